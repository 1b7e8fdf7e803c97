"""What requests_app announces. The apps above listen; this app does not know them."""

from django.dispatch import Signal

request_moved = Signal()
"""Sent inside the transaction of every move, once per event written (so also for `caught_up`).

sender: LoanRequest · request: LoanRequest, already in its new state, with reader, reader.user, home_library and
lender loaded · event: RequestEvent. A listener that raises undoes the move: it must only write rows.
"""

requests_anonymised = Signal()
"""Sent when requests forget whose they were. sender: LoanRequest · numbers: list[str]."""
