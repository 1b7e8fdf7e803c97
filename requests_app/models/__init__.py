"""Requests and their events, the policies they follow, the calendar that moves their dates."""

from requests_app.models.notes import DeskNote, NoteFrom
from requests_app.models.parcels import ON_THE_WAY, Parcel, ParcelItem, ParcelState
from requests_app.models.policies import BorrowingPolicy, Closure, DueCountsFrom, LendingPolicy, cancel_window
from requests_app.models.requests import (
    DeliveryMethod,
    LoanRequest,
    NumberSeries,
    RequestEvent,
)
from requests_app.models.scans import Scan, ScanOutcome

__all__ = [
    "ON_THE_WAY",
    "BorrowingPolicy",
    "Closure",
    "DeliveryMethod",
    "DeskNote",
    "DueCountsFrom",
    "LendingPolicy",
    "LoanRequest",
    "NoteFrom",
    "NumberSeries",
    "Parcel",
    "ParcelItem",
    "ParcelState",
    "RequestEvent",
    "Scan",
    "ScanOutcome",
    "cancel_window",
]
