"""How much a decoded text looks like something a cataloguer wrote; decides between encodings."""

import re
from functools import lru_cache

from opencc import OpenCC

# The characters that titles, names of publishers and subjects in a Chinese catalogue are made of.
_FREQUENT = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多"
    "天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但"
    "身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四"
    "第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通"
    "目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物"
    "台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远"
    "资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江"
    "语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据"
    "导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴切节存整质编著译丛册卷修订材图馆础概辅习集选"
    "注鉴赏词典诗歌戏剧曲艺族故童序库络软医药卫农牧渔环境源料械控"
)
_HAN_IN_LATIN = re.compile("[㐀-鿿](?:(?<=[a-z].)|(?<=[A-Z].)(?=[A-Za-z])|(?=[a-z]{2}))")
_HAN = re.compile("[㐀-鿿]")
_ASCII = re.compile("[\x00-\x7f]+")


class _Weights(dict[str, float]):
    def __missing__(self, character: str) -> float:
        self[character] = weight = _other(character)
        return weight


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    weights = _Weights()
    for row in range(0xB0, 0xF8):  # GB2312: level 1 by use up to row D7, level 2 behind
        for cell in range(0xA1, 0xFF):
            character = bytes((row, cell)).decode("gb2312", "ignore")
            if character:
                weights[character] = 1.0 if row < 0xD8 else 0.2
    for row in range(0xA4, 0xC7):  # Big5 level 1
        for cell in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            character = bytes((row, cell)).decode("big5", "ignore")
            if character:
                weights.setdefault(character, 0.9)
    frequent = set(_FREQUENT) | set(OpenCC("s2t").convert(_FREQUENT))
    weights.update(dict.fromkeys(frequent, 2.0))
    return weights


def _other(character: str) -> float:
    code = ord(character)
    if character == "\ufffd" or 0x80 <= code < 0xA0:
        return -4.0
    if 0xE000 <= code < 0xF900:  # private use
        return -2.0
    if 0x2B0 <= code < 0x370 or 0xFE20 <= code < 0xFE30:  # accents and the signs of romanised Russian and Chinese
        return 0.5
    if 0xA0 <= code < 0x250 or 0x1E00 <= code < 0x1F00:
        return 0.5 if character.isalpha() else 0.0
    if 0x2000 <= code < 0x2010 or 0x2030 <= code < 0x2C00:  # symbols: ©, ℗, ①, →
        return 0.2
    if 0x3000 <= code < 0x3100 or 0xFF00 <= code < 0xFF60 or 0x2010 <= code < 0x2030:
        return 0.8
    if 0x3400 <= code < 0xA000 or code >= 0x20000:
        return -0.6
    if 0xAC00 <= code < 0xD7A4:
        return 0.4
    return 0.1 if character.isalpha() else -0.5


def score(text: str) -> float:
    """Mean plausibility of the characters beyond ASCII, about -4 to 2; 2 for text without any."""
    foreign = _ASCII.sub("", text)
    if not foreign:
        return 2.0
    total = sum(map(_weights().__getitem__, foreign))
    mixed = 2.0 * len(_HAN_IN_LATIN.findall(text)) if _HAN.search(foreign) else 0.0
    return (total - mixed) / len(foreign)
