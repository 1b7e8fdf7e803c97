"""Days and hours of a library: open days for due dates, working time for whoever has to answer.

A day is a date in Beijing. Due dates avoid closures and a library's weekly closed days; working time stands still at
closures and at every weekend.
"""

from requests_app.calendar.open_days import (
    due_date,
    is_closed,
    last_open_day_before,
    next_open_day,
    pickup_deadline,
)
from requests_app.calendar.working_time import working_deadline, working_time

__all__ = [
    "due_date",
    "is_closed",
    "last_open_day_before",
    "next_open_day",
    "pickup_deadline",
    "working_deadline",
    "working_time",
]
