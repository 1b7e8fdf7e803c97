"""Member libraries, and the union catalogue: source records, editions, holdings."""

from catalog.models.bibliography import (
    CirculationStatus,
    Edition,
    Holding,
    MaterialType,
    SourceRecord,
)
from catalog.models.changes import CatalogChange, ChangeKind
from catalog.models.imports import HoldingsProfile, ImportRun
from catalog.models.libraries import LibraryCategory, MemberLibrary, PauseKind, ServicePause, Weekday
from catalog.models.review import CatalogDecision, DecisionKind, PairState, Pin, ReviewPair
from catalog.models.search import FrequentToken, SearchBefore, SearchChange, SearchEntry, SearchState
from catalog.models.settings import SettingChange

__all__ = [
    "CatalogChange",
    "CatalogDecision",
    "ChangeKind",
    "CirculationStatus",
    "DecisionKind",
    "Edition",
    "FrequentToken",
    "Holding",
    "HoldingsProfile",
    "ImportRun",
    "LibraryCategory",
    "MaterialType",
    "MemberLibrary",
    "PairState",
    "PauseKind",
    "Pin",
    "ReviewPair",
    "SearchBefore",
    "SearchChange",
    "SearchEntry",
    "SearchState",
    "ServicePause",
    "SettingChange",
    "SourceRecord",
    "Weekday",
]
