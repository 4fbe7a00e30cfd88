from tests.console.people import app, as_person, centre, hub, the_day

__all__ = ["app", "as_person", "centre", "hub", "the_day"]
