"""Folding makes script, width, case and accents equal, character by character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.folding import fold
from catalog.variants import pairs


@pytest.mark.parametrize(("written", "folded"), [
    ("中國發展報告", "中国发展报告"),
    ("９４中国ＡＢＣ", "94中国abc"),
    ("硏究囯緖戯甯敎淸靑尙鄕曁劒", "研究国绪戏宁教清青尚乡暨剑"),
    ("図書館 経済学 気象", "图书馆 经济学 气象"),
    ("Émile Zola: Œuvres", "emile zola: oeuvres"),
    ("Tōkaidō gojūsantsugi", "tokaido gojusantsugi"),
    ("Chʻing shih", "ching shih"),
    ("Straße İstanbul Łódź", "strasse istanbul lodz"),
    ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύσ"),
    ("Мёртвые души, ЁЛКА, Йод", "мертвые души, елка, йод"),
    ("二○○八年", "二〇〇八年"),
    ("がぎぐ", "がぎぐ"),
    ("馀姚 鍾书 锺书", "余姚 钟书 钟书"),
    ("沿著海岸 沿着海岸", "沿著海岸 沿著海岸"),
])  # fmt: skip
def test_examples(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize("pair", sorted(pairs().items()))
def test_a_variant_equals_its_standard_form(pair):
    variant, standard = pair
    assert fold(variant) == fold(standard)
    assert fold(f"甲{variant}乙") == fold(f"甲{standard}乙")


def test_there_are_more_than_a_hundred_variants_and_none_is_listed_twice():
    assert len(pairs()) > 100
    assert not set(pairs()) & set(pairs().values())


@pytest.mark.parametrize(
    ("one", "other"), [("芸", "艺"), ("予", "豫"), ("弁", "辩"), ("丘", "邱"), ("末", "未"), ("は", "ば")]
)
def test_what_looks_alike_stays_apart(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


_HAN = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))


@given(_HAN, _HAN)
def test_a_part_folds_alone_as_it_does_inside_its_text(left, right):
    assert fold(left + right) == fold(left) + fold(right)
