from tests.console.people import a_day, app, as_person, centre, hub, the_day
from tests.screens.browsing import chromium, look, page_of, served

__all__ = ["a_day", "app", "as_person", "centre", "chromium", "hub", "look", "page_of", "served", "the_day"]
