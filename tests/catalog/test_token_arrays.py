"""What is cut and hashed in numpy for many editions is what is cut piece by piece for one."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.models import Edition, SearchEntry
from catalog.search.entries import Entry, write
from catalog.search.token_arrays import tokens_of
from catalog.search.tokens import further_pieces, hashes, pieces_by_route, texts_of, tokens

# All scripts, with more of those that are cut into pairs, of four bytes in UTF-8 as well, and of what stands beside.
_CHARACTERS = st.one_of(
    st.characters(codec="utf-8", exclude_characters="\x00"),
    st.sampled_from("高等数学物理化国电のカー〆々〇한글ᄀ\u3400\U00020000\U0002a6dd\U00031350\U0003ffff\U000f0000"),
    st.sampled_from("abcC+# 12.-é ٣_·\n"),
)
_texts = st.text(_CHARACTERS, max_size=12)
_editions = st.builds(
    Edition,
    title=_texts,
    volume=_texts,
    authors=st.lists(_texts, max_size=3),
    responsibility=_texts,
    subjects=st.lists(_texts, max_size=3),
    publisher=_texts,
    series=_texts,
    clc=st.sampled_from(["", "O13", "TP312.8"]),
    year=st.sampled_from([None, 2014]),
)


@given(st.lists(_editions, max_size=5))
@example([])
@example([Edition(title="")])
@example([Edition(title="\U00020000学\U0002a6dd", authors=["\U00020000"], subjects=["高", "\U0003ffff"])])
def test_many_at_once_have_the_tokens_that_each_has_by_itself(editions: list[Edition]) -> None:
    texts = [texts_of(edition) for edition in editions]
    further = [hashes(further_pieces(edition, words)) for edition, words in zip(editions, texts, strict=True)]
    assert [one.tolist() for one in tokens_of(texts, further)] == [
        tokens(pieces_by_route(edition, words)) for edition, words in zip(editions, texts, strict=True)
    ]


def test_more_editions_than_are_cut_at_once_stay_apart() -> None:
    editions = [Edition(title=f"高等数学{number}", authors=["同济"] * (number % 3)) for number in range(1201)]
    texts = [texts_of(edition) for edition in editions]
    found = tokens_of(texts, [[]] * len(texts))
    assert len(found) == 1201
    alone = [tokens_of([one], [[]])[0].tolist() for one in texts[::100]]
    assert [one.tolist() for one in found[::100]] == alone


def _entry(edition: Edition, **changed: object) -> Entry:
    values = {
        "edition_id": edition.pk, "tokens": np.array([-(2**31), -1, 0, 2**31 - 1], np.int32),
        "grams": 4, "rank_class": 2,
        "facts": bytes(range(26)),
        "folded_title": "高等\\数学\t", "folded_rest": "", "pinyin_title": "g",
    }  # fmt: skip
    return Entry(**values | changed)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_entries_are_read_back_as_they_were_written() -> None:
    editions = [Edition.objects.create(title=title) for title in "甲乙丙"]
    assert not write([])
    assert write([_entry(editions[0]), empty := _entry(editions[1], tokens=np.zeros(0, np.int32), grams=0)])
    assert _stored() == list(map(_values, [_entry(editions[0]), empty]))
    same_tokens = _entry(editions[0], folded_title="线性代数", facts=b"\0" * 26)
    assert not write([same_tokens, empty])
    assert _stored() == list(map(_values, [same_tokens, empty]))
    other_tokens, new = _entry(editions[1], tokens=np.array([7], np.int32), grams=1), _entry(editions[2])
    assert write([same_tokens, other_tokens, new])
    assert _stored() == list(map(_values, [same_tokens, other_tokens, new]))


def _stored() -> list[dict[str, object]]:
    return [_values(row) for row in SearchEntry.objects.order_by("pk")]


def _values(row: Entry | SearchEntry) -> dict[str, object]:
    values = {name: getattr(row, name) for name in Entry.__annotations__}
    return values | {"tokens": list(row.tokens), "facts": bytes(row.facts)}
