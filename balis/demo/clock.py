"""Believable times of the past: staff work on weekdays from half past eight to five, readers whenever they like."""

import random
from datetime import date, datetime, time, timedelta

from django.utils import timezone

OPENS, CLOSES = time(8, 30), time(17, 0)
# Public holidays that have the same date every year (the others matter less here).
HOLIDAYS = {(1, 1), *((5, day) for day in range(1, 6)), *((10, day) for day in range(1, 8))}


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of that day in Beijing."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)), timezone.get_default_timezone())


def working_time(rng: random.Random, latest: datetime) -> datetime:
    """A moment when a library works: `latest` itself if it is one, else some time of the working day before it."""
    local = timezone.localtime(latest)
    if is_working_day(local.date()) and OPENS <= local.time() <= CLOSES:
        return local
    if is_working_day(local.date()) and local.time() > CLOSES:
        day = local.date()
    else:
        day = local.date() - timedelta(days=1)
        while not is_working_day(day):
            day -= timedelta(days=1)
    return at(day, 8, 40) + timedelta(minutes=rng.randrange(0, 8 * 60 + 10), seconds=rng.randrange(60))


def readers_time(rng: random.Random, latest: datetime) -> datetime:
    """A moment when a reader is awake: not between midnight and eight."""
    local = timezone.localtime(latest)
    if local.hour >= 8:
        return local
    return at(local.date() - timedelta(days=1), 19) + timedelta(minutes=rng.randrange(0, 240))


def after_working_time(start: datetime, hours: float) -> datetime:
    """The moment at which so many hours of Monday to Friday have passed, as the clocks of the libraries count them."""
    moment, left = timezone.localtime(start), timedelta(hours=hours)
    while True:
        midnight = at(moment.date() + timedelta(days=1), 0)
        if moment.weekday() < 5:
            if left <= midnight - moment:
                return moment + left
            left -= midnight - moment
        moment = midnight
