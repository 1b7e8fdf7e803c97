"""What readers announces to the apps above it; both signals are sent inside the transaction of the change."""

from django.dispatch import Signal

# sender=Reader, reader: a person has just registered and waits for the home library's review.
reader_registered = Signal()

# sender=Reader, reader, approved: bool, at: datetime: the home library has decided on a registration.
reader_decided = Signal()
