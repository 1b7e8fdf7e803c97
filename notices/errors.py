"""What the ledger answers when it refuses: a sentence for the person at the screen."""


class FineRefused(Exception):
    """Nothing was changed; `str(error)` tells the person why, in their language."""
