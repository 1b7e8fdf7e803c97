"""The demo world: member libraries, a union catalogue, people and four months of requests, for show and for tests."""


def logins() -> list[tuple[str, str, str]]:
    """(who, login, password) of the people with whom one can look at every side of the system."""
    # Imported late: this package is imported before Django's apps are ready.
    from balis.demo import people

    return people.logins()
