"""The words that invented books are made of, each with how often it is used.

They come from the demo world and from tables inside locked packages, so they are the same for everyone who installed
the same lock file; digest() tells whether they are.
"""

import math
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import django
import numpy as np
from faker.providers.lorem import de_DE, en_US, fr_FR
from pypinyin.phrases_dict import phrases_dict

from balis.demo import words as demo
from balis.demo.generator import publishers, topics

Texts = np.ndarray[Any, np.dtype[np.object_]]

# Words that stand before or after what a title is about, with their weights: they make the very broad queries.
HEADS = {
    "中国": 80, "新编": 14, "现代": 16, "当代": 14, "国际": 12, "世界": 12, "大学": 9, "实用": 10, "简明": 6, "北京": 8,
    "古代": 6, "高等": 8, "基础": 8, "中国古代": 5, "中国近代": 5, "美国": 6, "21世纪": 5, "应用": 8,
}  # fmt: skip
TAILS = {
    "研究": 95, "概论": 30, "教程": 45, "学": 20, "原理与应用": 16, "史": 30, "导论": 16, "理论与实践": 18, "分析": 18,
    "基础": 14, "手册": 12, "技术": 22, "论集": 8, "文集": 12, "设计": 18, "管理": 20, "方法": 12, "发展报告": 8,
    "案例分析": 8, "学习指导": 8, "辅导": 8, "习题集": 8, "词典": 8, "选集": 8, "年鉴": 8, "与社会": 5, "问题研究": 14,
    "实验指导": 5, "评论": 6, "教育": 16,
}  # fmt: skip
# Titles that many libraries have in many editions.
POPULAR = [
    "高等数学", "线性代数", "大学英语", "数据结构", "中国近现代史纲要", "马克思主义基本原理", "毛泽东思想概论",
    "红楼梦", "三国演义", "水浒传", "西游记", "概率论与数理统计", "计算机网络", "操作系统", "大学物理", "有机化学",
    "无机化学", "西方经济学", "宏观经济学", "微观经济学", "资本论", "民法学", "刑法学", "宪法学", "国际法",
    "中国通史", "世界通史", "史记", "论语", "鲁迅全集", "家", "围城", "城南旧事", "平凡的世界", "电路分析",
    "信号与系统", "自动控制原理", "材料力学", "理论力学", "结构力学", "机械设计", "工程制图", "C语言程序设计",
    "Python程序设计", "Java编程思想", "管理学", "会计学", "数据库系统概论", "人工智能", "机器学习", "深度学习",
    "市场营销", "财务管理", "组织行为学", "普通心理学", "教育学", "中国文学史", "现代汉语", "古代汉语",
    "语言学概论", "新闻学概论", "传播学教程", "中国哲学史", "西方哲学史", "美学", "逻辑学", "社会学概论", "人口学",
    "统计学", "计量经济学", "生物化学", "遗传学", "微生物学", "生理学", "病理学", "药理学", "内科学", "外科学",
    "中医基础理论", "本草纲目", "黄帝内经", "建筑史", "城市规划原理", "园林设计", "摄影艺术", "音乐理论", "素描",
    "茶经", "诗经", "楚辞", "唐诗三百首", "宋词选",
]  # fmt: skip
VOLUMES = ["上册", "下册", "上", "中", "下", "第1卷", "第2卷", "卷一", "卷二", "第3册"]
PLACES = [
    "北京", "上海", "天津", "南京", "武汉", "广州", "成都", "重庆", "西安", "长沙", "杭州", "济南", "沈阳", "长春",
    "哈尔滨", "郑州", "合肥", "福州", "南昌", "昆明", "贵阳", "南宁", "兰州", "太原", "石家庄", "呼和浩特",
    "乌鲁木齐", "海口", "西宁", "银川",
]  # fmt: skip
HOUSES = [
    "大学", "人民", "科学技术", "教育", "文艺", "美术", "古籍", "少年儿童", "理工大学", "师范大学", "财经大学",
    "医科大学",
]  # fmt: skip
FOREIGN_HOUSES = ["Springer", "Elsevier", "Wiley", "Oxford University Press", "Cambridge University Press", "Routledge"]
# Characters of function words: they stand in dictionaries of phrases, seldom in what a book is about.
_FUNCTION = set("的了是在和有不也就都而及与着或一个没我们出们么吗呢吧啊儿")
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,4}")


@dataclass(frozen=True)
class Words:
    """Texts and the share of each."""

    texts: Texts
    shares: np.ndarray[Any, np.dtype[np.float64]]

    def draw(self, rng: np.random.Generator, *shape: int) -> Texts:
        drawn: Texts = self.texts[rng.choice(len(self.texts), shape, p=self.shares)]
        return drawn


def weighted(weights: dict[str, float] | dict[str, int]) -> Words:
    shares = np.array(list(weights.values()), float)
    return Words(np.array(list(weights), object), shares / shares.sum())


def zipf(texts: list[str], *, shift: float, exponent: float = 1.0) -> Words:
    """Texts from the most to the least used: the share of rank r is proportional to 1 / (r + shift) ** exponent."""
    texts = list(dict.fromkeys(texts))
    shares = 1 / (np.arange(len(texts)) + shift) ** exponent
    return Words(np.array(texts, object), shares / shares.sum())


@cache
def chinese() -> Words:
    """More than 50,000 words: the topics of the demo world, then phrases of two dictionaries.

    The dictionaries give no frequencies. A word counts as the more common the more words share its characters, and
    as the rarer the longer it is, which gives characters and pairs of them the skew of real titles.
    """
    table = files("opencc").joinpath("dictionary", "STPhrases.txt").read_text(encoding="utf-8")
    phrases = {*phrases_dict, *(line.split("\t")[0] for line in table.splitlines())}
    words = [word for word in phrases if _HAN_WORD.fullmatch(word) and not _FUNCTION.intersection(word)]
    subjects = [topic.topic for topic in topics() if topic.kind != "english"]
    characters = Counter(character for word in phrases_dict for character in word)
    for character, count in Counter("".join(subjects)).items():
        characters[character] += 20 * count
    all_characters = sum(characters.values())

    def rarity(word: str) -> float:
        logarithms = (math.log(all_characters / (characters[character] + 1)) for character in word)
        return sum(logarithms) / len(word) + 0.9 * (len(word) - 2)

    ranked = sorted(words, key=lambda word: (rarity(word), word))
    # One topic after each of the commonest words: both shall be common, neither shall make up all titles.
    mixed = [word for number, word in enumerate(ranked) for word in (*subjects[number : number + 1], word)]
    return zipf(mixed, shift=20, exponent=0.9)


@cache
def latin(language: str = "eng") -> Words:
    """Words of one language; the English end in the long tail of what stands in Django's source."""
    if language != "eng":
        provider = {"fre": fr_FR, "ger": de_DE}[language].Provider
        return zipf([word.lower() for word in provider.word_list], shift=8)
    subjects = [word.lower() for topic in topics() if topic.kind == "english" for word in topic.topic.split()]
    counts: Counter[str] = Counter()
    for path in sorted(Path(django.__file__).parent.rglob("*.py")):
        counts.update(word.lower() for word in re.findall("[A-Za-z]{4,13}", path.read_text(encoding="utf-8")))
    tail = sorted(counts, key=lambda word: (-counts[word], word))
    head = ["introduction", "theory", "analysis", "history", "china", "development", "modern", "science", *subjects]
    return zipf([*head, *en_US.Provider.word_list, *tail], shift=8)


@cache
def houses() -> Words:
    """Publishers, the large ones first."""
    by_kind = publishers()
    known = [name for kind in ("any", *by_kind) for name, _place in by_kind[kind] if not kind.startswith("english")]
    regional = [f"{place}{house}出版社" for house in HOUSES for place in PLACES]
    return zipf([*known, *regional, *FOREIGN_HOUSES], shift=4, exponent=0.9)


@cache
def surnames() -> Words:
    return zipf(list(demo.SURNAMES), shift=6)


@cache
def given_names() -> Words:
    return zipf(list(demo.GIVEN_SINGLE + demo.GIVEN_FIRST + demo.GIVEN_SECOND), shift=30)


@cache
def classes() -> list[str]:
    """Class numbers of the Chinese Library Classification, as the demo world has them."""
    return sorted({topic.clc for topic in topics()})


def digest() -> str:
    """Changes when any word or weight does: catalogues made of other words cannot be compared."""
    parts = [chinese(), latin("eng"), latin("fre"), latin("ger"), houses(), surnames(), given_names()]
    text = "\n".join(word for part in parts for word in part.texts)
    return f"{zlib.crc32(f'{text}{classes()}{HEADS}{TAILS}{POPULAR}'.encode()):08x}"
