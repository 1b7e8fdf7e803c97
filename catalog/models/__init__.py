"""Member libraries, and the union catalogue: source records, editions, holdings."""

from catalog.models.bibliography import (
    CirculationStatus,
    Edition,
    Holding,
    MaterialType,
    SourceRecord,
)
from catalog.models.imports import HoldingsProfile, ImportRun
from catalog.models.libraries import LibraryCategory, MemberLibrary, PauseKind, ServicePause
from catalog.models.search import SearchEntry

__all__ = [
    "CirculationStatus",
    "Edition",
    "Holding",
    "HoldingsProfile",
    "ImportRun",
    "LibraryCategory",
    "MaterialType",
    "MemberLibrary",
    "PauseKind",
    "SearchEntry",
    "ServicePause",
    "SourceRecord",
]
