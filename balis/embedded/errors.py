"""What can go wrong with the embedded servers, said in one sentence."""


class EmbeddedError(Exception):
    """The embedded database or broker cannot be used; the message says what to do."""
