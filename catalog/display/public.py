"""Which fields of a library's record readers may see and take with them: the description, not the house's own notes."""

import re

from catalog.marc.encodings import CNMARC
from catalog.marc.record import Record

_TAG = re.compile(r"^\d{3}$")
# Fields below 900 that are about copies, purchase, cataloguing or preservation.
_PRIVATE = {
    CNMARC: frozenset({"830", "850", "851", "852"}),
    "marc21": frozenset(
        {"541", "561", "562", "563", "583", "841", "842", "843", "844", "845", "850", "851", "852", "853", "854", "855",
         "859", "863", "864", "865", "866", "867", "868", "876", "877", "878", "887"}
        | {f"59{n}" for n in range(10)}
    ),
}  # fmt: skip


def is_public(tag: str, syntax: str) -> bool:
    """Local fields (9xx, letters as in AVA and OWN) and fields about copies stay in the back office."""
    return bool(_TAG.match(tag)) and not tag.startswith("9") and tag not in _PRIVATE.get(syntax, frozenset())


def public_record(record: Record, syntax: str) -> Record:
    """The record without what is its library's own business; an 880 goes with the field it stands for."""

    def shown(tag: str, link: str) -> bool:
        return is_public(tag, syntax) and (tag != "880" or not link or is_public(link, syntax))

    return Record(record.leader, [f for f in record.fields if shown(f.tag, f.first("6")[:3])])
