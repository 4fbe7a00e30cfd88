from tests.console.people import a_day, app, as_person, centre, hub, the_day

__all__ = ["a_day", "app", "as_person", "centre", "hub", "the_day"]
