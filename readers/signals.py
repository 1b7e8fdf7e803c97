"""What readers announces to the apps above it; every signal is sent inside the transaction of the change."""

from django.dispatch import Signal

# sender=Reader, reader: a person has just registered and waits for the home library's review.
reader_registered = Signal()

# sender=Reader, reader, approved: bool, at: datetime: the home library has decided on a registration.
reader_decided = Signal()

# sender=User, what: str, user, reader: Reader | None, at: datetime, facts: dict[str, str]: something happened to an
# account that somebody is told of. `what` is a key of notices.routing.ACCOUNTS; `facts` are plain words for the letter,
# and `path` among them the address of the page to open.
account_event = Signal()

# sender=Reader, reader: may this account be closed? Whoever knows why not returns the sentence for the reader, else "".
# Nothing is written; asked before reader_erased, because what one listener erases another would look for.
closing_considered = Signal()

# sender=Reader, reader: the personal data of this reader have just been erased; the apps above erase theirs.
reader_erased = Signal()
