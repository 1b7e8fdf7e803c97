"""What readers expect to stand first, as a table of searches over a small catalogue (relevance_books.csv)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from catalog.models import Edition
from catalog.search import SearchPage, SearchQuery, search
from catalog.search.query import Clause
from catalog.search.tokens import normal_form
from tests.catalog.relevance import code_of, shelve

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """A search and what is expected of it. Books go by the `key` of the file, or by their title where it has none.

    `only`: all hits, in their order. `first`: what stands at the top, in this order. `then`: each stands before the
    next, wherever. `without`: not found. `by`: the plan that found the hits (catalog/search/plan.py). `offers`: the
    texts of the suggestions, in their order.
    """

    query: SearchQuery
    only: list[str] | None
    first: list[str]
    then: list[str]
    without: list[str]
    total: int | None
    by: str
    offers: list[str]


def case(
    text: str, only: str | None = None, *, first: str = "", then: str = "", without: str = "", total: int | None = None,
    by: str = "", offers: str = "", clauses: tuple[tuple[str, ...], ...] = (), at: str = "", **how: Any,
) -> Case:  # fmt: skip
    """One row of the table: keys and offers stand between `>`. `at` are the letters of the libraries chosen."""
    query = SearchQuery(text, clauses=tuple(Clause(*row) for row in clauses), libraries=tuple(map(code_of, at)), **how)
    return Case(
        query, None if only is None else _parts(only), _parts(first), _parts(then), _parts(without), total, by,
        _parts(offers),
    )  # fmt: skip


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(">") if part.strip()]


GAOSHU = "高数七版上 > 高数七版下 > 高数六版上 > 高数六版下 > 高等数学习题集 > 高等数学辅导 > 医用高等数学"
HONGLOU = "红楼2008 > 红楼上 > 红楼中 > 红楼下 > 红楼台 > 红楼梦辞典 > 紅樓夢硏究"
LUNYU = "论语2006 > 论语2006B > 论语1980 > 论语2020 > 论语译注 > 論語注疏"
POSTS = "Python编程 > 深度学习 > Android编程权威指南 > C#程序设计 > R语言实战 > C/C++程序设计教程 > Node.js实战"
POSTS += " > HTML5与CSS3基础教程 > AT&T史话"

CASES = {
    "words of one to ten characters": [
        case("家", "家巴金 > 家曹禺 > 家庭医生 > 国家与革命 > 作家巴金"),
        case("茶", "茶 > 茶馆 > 茶经 > 中国茶文化"),
        case("诗", "诗 > 诗经 > 唐诗三百首"),
        case("易", "易 > 易经 > 国际贸易实务 > 周易"),
        case("春", "春 > 靑春之歌"),
        case("概论", "中国特色社会主义理论体系概论 > 图书馆情报学概论"),
        case("体系概", "中国特色社会主义理论体系概论"),
        case("社会主义", first="中国特色社会主义理论体系概论"),
        case("理论体系概", "中国特色社会主义理论体系概论"),
        case("特色社会主义", "中国特色社会主义理论体系概论"),
        case("特色社会主义理", "中国特色社会主义理论体系概论"),
        case("中国特色社会主义", "中国特色社会主义理论体系概论"),
        case("主义理论体系概论", "中国特色社会主义理论体系概论"),
        case("社会主义理论体系概论", "中国特色社会主义理论体系概论"),
        case("中国特色社会主义理论体系概论", "中国特色社会主义理论体系概论"),
    ],
    "traditional, simplified and variant characters": [
        case("紅樓夢", HONGLOU),
        case("红楼梦", HONGLOU),
        case("红楼梦硏究", "紅樓夢硏究"),
        case("红楼梦研究", "紅樓夢硏究"),
        case("国富论", "国富论 > 囯富論"),
        case("囯富論", "国富论 > 囯富論"),
        case("绪论", "哲學緖論"),
        case("戏曲史", "宋元戯曲史"),
        case("宁波", "甯波方言詞典"),
        case("教育心理学", "敎育心理學"),
        case("清史", "淸史稿 > 剑桥中国晚清史"),
        case("青春之歌", "靑春之歌"),
        case("尚书", "尚书今古文注疏 > 尙書正義"),
        case("尙書", "尚书今古文注疏 > 尙書正義"),
        case("乡土中国", "乡土中国 > 鄕土中國"),
        case("暨南大学", "曁南大學史"),
        case("剑桥", "剑桥中国晚清史 > 劒橋中國史"),
        case("資治通鑒", "資治通鑑 > 资治通鉴选"),
        case("后汉书", "後漢書"),
        case("汉书", "漢書 > 後漢書"),
        case("三国志", "三國志"),
        case("水浒", "水滸傳"),
        case("钱钟书", "钱钟书传 > 围城 > 管锥一"),
        case("钱锺书", "钱钟书传 > 围城 > 管锥一"),
        case("錢鍾書", "钱钟书传 > 围城 > 管锥一"),
        case("圖書館情報學", "図書館情報学 > 图书馆情报学概论"),
        case("石头记", "脂硯齋重評石頭記 > 红楼台"),
        case("二〇〇九年中国统计年鉴", "二○○九年中国统计年鉴"),
    ],
    "blanks, width, case and punctuation": [
        case("高 等 数 学", GAOSHU + " > 高等代数与初等数学"),
        case("鲁 迅", "鲁迅全集一 > 鲁迅全集十 > 鲁迅传 > 呐喊 > 彷徨"),
        case("鲁　迅　全集", "鲁迅全集一 > 鲁迅全集十"),
        case("钱 锺 书", first="钱钟书传", then="围城 > 管锥一"),
        case("中国 茶 文化", "中国茶文化 > 茶"),
        case("《红楼梦》", HONGLOU),
        case("Ｃ＋＋程序设计", first="C++程序设计"),
        case("３Ｄ打印", first="3D打印 > 3D打印技术"),
        case("１９８４", "1984 > 1984年中国年鉴"),
        case("PYTHON编程：从入门到实践", "Python编程"),
        case("python编程从入门到实践", "Python编程"),
        case("生活读书新知三联书店", "海德格尔存在哲学"),
        case("列夫托尔斯泰", "战争上 > 战争下"),
        case("列夫・托尔斯泰", "战争上 > 战争下"),
        case("哈利波特", "哈利·波特与魔法石"),
    ],
    "languages and their scripts": [
        case("Война и мир", "Война и мир"),
        case("мир война", "Война и мир"),
        case("Толстой", "Война и мир > Анна Каренина"),
        case("мертвые души", "Мёртвые души"),
        case("ёлка", "Елка в Сокольниках"),
        case("Наука", "Мёртвые души > Математический анализ"),
        case("村上春树", "ノルウェイの森 上"),
        case("ノルウェイの森", "ノルウェイの森 上"),
        case("夏目漱石 こころ", "こころ"),
        case("コンピュータ", "コンピュータ入門 > コンピューターの歴史"),
        case("コンピューター", "コンピューターの歴史 > コンピュータ入門"),
        case("ｺﾝﾋﾟｭｰﾀ入門", "コンピュータ入門"),
        case("ハリーポッター", "ハリー・ポッターと賢者の石"),
        case("经济学入门", "経済学入門"),
        case("채식주의자", "채식주의자"),
        case("한국어문법", "한국어 문법"),
        case("문법 한국어", "한국어 문법"),
        case("조선말", "조선 말 대사전"),
        case("les miserables", "Les misérables"),
        case("L'étranger", "L'étranger > Étude sur l’étranger"),
        case("l’etranger", "L'étranger > Étude sur l’étranger"),
        case("memoires d'artagnan", "Mémoires de M. d'Artagnan"),
        case("STRASSE", "Die Straße nach Peking"),
        case("Uber die Grundlagen", "Über die Grundlagen der Geometrie"),
        case("Ching shih kao", "Chʻing shih kao"),
    ],
    "letters, signs and digits": [
        case("C程序设计", "C程序设计 > C语言程序设计 > C/C++程序设计教程"),
        case("C++程序设计", "C++程序设计 > C/C++程序设计教程 > Visual C++ 6.0程序设计"),
        case("C#程序设计", "C#程序设计"),
        case("C", first="C程序设计 > C语言程序设计 > C primer plus", without="C++程序设计 > C# in depth"),
        case("c++", first="C++ Primer中文版 > C++程序设计", without="C程序设计 > C#程序设计"),
        case("c#", "C#程序设计 > C# in depth"),
        case("the C++ programming language", "The C++ programming language"),
        case("C programming language", "The C programming language"),
        case("C语言", first="C语言程序设计", without="C++程序设计 > C#程序设计"),
        case("程序设计 C++", first="C++程序设计", without="C程序设计 > C#程序设计"),
        case(".NET", ".NET框架程序设计 > ASP.NET程序设计"),
        case("asp.net", "ASP.NET程序设计"),
        case("Node.js", "Node.js实战"),
        case("TCP/IP", "TCP/IP详解 卷1"),
        case("3D打印", "3D打印 > 3D打印技术 > 三维打印与3D动画"),
        case("打印3D", first="3D打印 > 3D打印技术", without="打印机维修"),
        case("R&D", "R&D管理 > Research and development management"),
        case("AT&T", "AT&T史话"),
        case("R语言", "R语言实战"),
        case("1984", "1984 > 1984年中国年鉴"),
        case("21世纪", "21世纪资本论"),
        case("二十一世纪", "二十一世纪大学英语"),
        case("资本论", "资本论 第一卷 > 21世纪资本论"),
        case("大学英语Ⅱ", "大学英语Ⅱ"),
        case("大学英语III", "大学英语Ⅲ"),
        case("Henry IV", "Henry IV"),
        case("Henry V", "Henry V"),
        case("World War I", "World War I"),
        case("e-learning", "E-learning by design"),
        case("E learning", "E-learning by design"),
        case("O'Reilly", "Python数据分析 > Learning Python > Programming Perl"),
        case("O’Reilly perl", "Programming Perl"),
        case("and", "And quiet flows the Don > Research and development management"),
        case("android", "Android编程权威指南"),
        case("nature", "Nature > Human nature"),
    ],
    "exact title, begins with, phrase, the rest; then holdings, newer, id": [
        case("高等数学", GAOSHU + " > 高等代数与初等数学"),
        case("等数", first="高等代数与初等数学 > 高数七版上", without="等价关系与分类"),
        case("大学数学", first="大学数学", without="离散数学大学教程"),
        case("数学大学", "离散数学大学教程"),
        case("论语", LUNYU),
        case("线性代数", "线性代数 > 线性代数及其应用"),
        case("数学分析", "数分上 > 数分下 > 数学分析原理"),
        case("程序设计", first="程序设计基础 > C程序设计 > C++程序设计"),
        case("打印", "打印机维修 > 三维打印与3D动画 > 3D打印 > 3D打印技术"),
        case("学习", "学习的革命 > 深度学习 > 机器学习 > 统计学习方法 > 高等数学习题集"),
        case("机器学习", "机器学习 > 深度学习 > 统计学习方法"),
        case("医学", "中医学"),
        case("西医", "西医内科学 > 中西医结合"),
        case("图书馆学报", "图书馆学报 > 中国图书馆学报"),
        case("learning python", "Learning Python"),
        case("python learning", "Learning Python"),
        case("learning", "Learning Python > Learning to learn > E-learning by design"),
        case("史记", "史记一 > 史记二 > 史记十"),
        case("周易", "周易 > 易经 > 易"),
    ],
    "volumes": [
        case("高等数学 下册", "高数七版下 > 高数六版下"),
        case("高等数学（上册）", "高数七版上 > 高数六版上"),
        case("高等数学下", "高数七版下 > 高数六版下"),
        case("红楼梦 下", "红楼下"),
        case("红楼梦下册", "红楼下", by="volume"),
        case("红楼梦 中册", "红楼中", by="volume"),
        case("史记 第二册", "史记二"),
        case("史记第十册", "史记十"),
        case("鲁迅全集 第一卷", "鲁迅全集一"),
        case("平凡的世界 第三部", "平凡三"),
        case("平凡的世界", "平凡一 > 平凡二 > 平凡三"),
        case("TCP/IP详解 卷1 协议", "TCP/IP详解 卷1"),
    ],
    "author, publisher and title in one box": [
        case("家 曹禺", "家曹禺"),
        case("曹禺 家", "家曹禺"),
        case("巴金 家", "家巴金 > 作家巴金"),
        case("红楼梦 曹雪芹", "红楼2008 > 红楼上 > 红楼中 > 红楼下 > 红楼台"),
        case("曹雪芹 红楼梦", "红楼2008 > 红楼上 > 红楼中 > 红楼下 > 红楼台"),
        case("数据结构 严蔚敏", "数据结构"),
        case("殷人昆 数据结构", "数据结构C++"),
        case("谭浩强 C++", "C++程序设计"),
        case("清华 程序设计", first="程序设计基础 > C程序设计 > C++程序设计"),
        case("同济 高等数学", first="高数七版上 > 高数七版下", without="医用高等数学"),
        case("Kernighan Ritchie C", "The C programming language"),
        case("Shakespeare henry iv", "Henry IV"),
        case("奥威尔 1984", "1984"),
        case("红楼梦 1982", "红楼上 > 红楼中 > 红楼下", by="year"),
        case("鲁迅 2005 人民文学出版社", "鲁迅全集一 > 鲁迅全集十", by="year"),
        case("谭浩强 程序设计 清华大学出版社 2004", "C++程序设计"),
        case("高等数学 9787040396638", "高数七版上"),
        case("978-7-302-42328-7 机器学习", "机器学习"),
    ],
    "quoted phrases": [
        case("“高等数学”", GAOSHU),
        case('"等数学"', first="高等代数与初等数学", without="初等数论"),
        case('"数学大学"', "离散数学大学教程"),
        case("「红楼梦」", HONGLOU),
        case('"高等数学" 同济', first="高数七版上 > 高数七版下", without="高等数学辅导"),
        case('"programming language" c', "The C programming language"),
        case('"language programming"', ""),
        case('"ython"', ""),
        case("“人民邮电出版社”", POSTS),
        case('"曹雪芹"', without="红楼梦辞典", first="红楼2008"),
    ],
    "routes": [
        case("鲁迅", "鲁迅全集一 > 鲁迅全集十 > 鲁迅传", route="title"),
        case("鲁迅", "鲁迅全集一 > 鲁迅全集十 > 呐喊 > 彷徨", route="author"),
        case("鲁迅", "鲁迅全集一 > 鲁迅全集十 > 鲁迅传", route="subject"),
        case("王", first="高等代数与初等数学 > 古代汉语", without="论语译注 > 红楼上", route="author"),
        case("Толстой Л Н", "Война и мир > Анна Каренина", route="author"),
        case("茶文化", "中国茶文化 > 茶经 > 茶", route="subject"),
        case("茶", "茶 > 茶经 > 中国茶文化", route="subject"),
        case("Fiction", "Nineteen eighty-four > And quiet flows the Don", route="subject"),
        case("人民邮电出版社", POSTS, route="publisher"),
        case("人民邮电", POSTS, route="publisher"),
        case("人民邮电出版社", POSTS),
        case("北京出版社", "北京通史", route="publisher"),
        case("人民出版社", first="鲁山迅雷 > 国家与革命", without="红楼上 > 黄河大合唱", route="publisher"),
        case("三联", "乡土中国 > 学习的革命 > 海德格尔存在哲学", route="publisher"),
        case("岩波書店", "コンピュータ入門 > こころ", route="publisher"),
        case("oreilly", "", route="publisher"),
        case("二十四史", first="史记一 > 史记二 > 史记十", total=6),
        case("汉译世界学术名著丛书", "理想国 > 国富论 > 囯富論"),
        case("出版", "出版社经营管理 > 编辑出版学 > 中国地图集"),
        case("Shakespeare", "Henry V > Henry IV", route="author"),
    ],
    "numbers": [
        case("9787040396638", "高数七版上", by="isbn"),
        case("978-7-04-039663-8", "高数七版上", by="isbn"),
        case("978 7 04 039663 8", "高数七版上", by="isbn"),
        case("ISBN：７０４０３９６６３７", "高数七版上", by="isbn"),
        case("978\u200b7040396638", "高数七版上", by="isbn"),
        case("ISBN-13: 978-7-04-039663-8", "高数七版上", by="isbn"),
        case("ISBN-10: 7-04-039663-7", "高数七版上", by="isbn"),
        case("ISBN13: 9787040396638", "高数七版上", by="isbn"),
        case("“9787040396638”", "高数七版上", by="isbn"),
        case("9787040396638 (pbk.)", "高数七版上", by="isbn"),
        case("9787040396638（精装）", "高数七版上", by="isbn"),
        case("7-04-039663-7", "高数七版上", route="isbn"),
        case("0-07-054235-X", "Principles of mathematical analysis", by="isbn"),
        case("9787040396639", "", offers="978-7-04-039663-8"),
        case("7040936637", "", offers="978-7-04-039663-8"),
        case("0583-1431", "数学学报", by="isbn"),
        case("ISSN 1001-8867", "中国图书馆学报", by="isbn"),
        case("00220418", "Journal of documentation", route="isbn"),
        case("0583-1432", ""),
        case("10019·3318", "红楼上 > 红楼中 > 红楼下"),
        case("统一书号：10019.1932", "家巴金"),
        case("13043.123", "高等数学辅导", route="isbn"),
        case("O13/1021", "高数六版上 > 高数六版下", by="call_number"),
        case("o13 / 1021.1", "高数七版上 > 高数七版下", by="call_number"),
        case("O13/102", "", route="call_number"),
        case("O13", "高数七版上 > 高数七版下 > 高数六版上 > 高数六版下 > 高等数学习题集 > 高等数学辅导"),
        case("I246.5", first="家巴金 > 围城 > 春", without="平凡一", route="call_number"),
        case("TP312C/T18", "C++程序设计", route="call_number"),
    ],
    "pinyin": [
        case("gaodengshuxue", GAOSHU, by="pinyin"),
        case("gao deng shu xue", GAOSHU, by="pinyin"),
        case("gaodeng shuxue xitiji", "高等数学习题集", by="pinyin"),
        case("gdsx", GAOSHU, by="initials"),
        case("g d s x", GAOSHU, by="initials"),
        case("hong lou meng", first="红楼2008", then="红楼台 > 红楼梦辞典 > 紅樓夢硏究", total=7),
        case("chongqing", "重庆老城", by="pinyin"),
        case("yinyue xinshang", "音乐欣赏"),
        case("xian", "西安史话", by="pinyin"),
        case("xi'an", "西安史话", by="pinyin"),
        case("changan", "长安十二时辰"),
        case("nvxing", "女性与法律"),
        case("lüse jianzhu", "绿色建筑"),
        case("c yuyan chengxu", "C语言程序设计", by="pinyin"),
        case("3d dayin", "3D打印 > 3D打印技术", by="pinyin"),
        case("lunyu", first="论语2006", then="論語注疏 > 概率论与数理统计", route="pinyin"),
        case("jia", "家巴金 > 家曹禺", route="pinyin"),
        case("lu xun", "鲁迅全集一 > 鲁迅全集十 > 鲁迅传", route="pinyin"),
        case("nature", "Nature > Human nature", by="words"),
    ],
    "the advanced form": [
        case("鲁迅", "鲁迅传 > 呐喊 > 彷徨", clauses=(("not", "全集", "title"),)),
        case("鲁迅", "呐喊 > 彷徨", route="author", clauses=(("not", "鲁迅", "title"),)),
        case("巴金", "家巴金 > 春 > 秋 > 茶馆 > 骆驼祥子", route="author", clauses=(("or", "老舍", "author"),)),
        case("巴金", "家巴金 > 春 > 秋 > 骆驼祥子", route="author",
             clauses=(("or", "老舍", "author"), ("not", "茶馆", "title"))),
        case("红楼梦", "红楼台", route="title",
             clauses=(("and", "曹雪芹", "author"), ("and", "三民书局", "publisher"))),
        case("数学", "数学学报", route="title", clauses=(("and", "科学出版社", "publisher"),)),
        case("“数学分析”", "数学分析原理", route="title",
             clauses=(("not", "华东师范", "author"),)),
        case("", LUNYU, clauses=(("and", "论语", "title"),)),
        case("红楼梦", "红楼上 > 红楼中 > 红楼下 > 红楼梦辞典", year_from=1980, year_to=1990),
        case("红楼梦", "红楼台 > 紅樓夢硏究", year_to=1980),
        case("红楼梦", "红楼2008", year_from=2000),
        case("红楼梦", "", year_from=1990, year_to=1980),
    ],
    "other orders and narrowing": [
        case("红楼梦", "红楼2008 > 红楼梦辞典 > 红楼上 > 红楼中 > 红楼下 > 红楼台 > 紅樓夢硏究", sort="year"),
        case("论语", "论语2020 > 论语2006 > 论语2006B > 论语译注 > 论语1980 > 論語注疏", sort="year"),
        case("论语", "论语译注 > 论语2006 > 论语2006B > 论语1980 > 論語注疏 > 论语2020", sort="holdings"),
        case("数学", then="大学数学 > 高等代数与初等数学 > 离散数学大学教程 > 什么是数学 > 线性代数 > 医用高等数学",
             sort="title"),
        case("红楼梦", "红楼2008 > 红楼上 > 红楼中 > 红楼下 > 红楼台 > 红楼梦辞典 > 紅樓夢硏究", sort="title"),
        case("程序设计", then="C程序设计 > C++程序设计 > C语言程序设计 > C#程序设计 > 程序设计基础", sort="holdings"),
        case("红楼梦", "红楼2008", at="J"),
        case("红楼梦", "红楼2008 > 红楼上 > 红楼中 > 红楼下", at="HI"),
        case("学报", "数学学报 > 中国图书馆学报 > 图书馆学报", material_type="serial"),
        case("神经网络", "卷积神经网络研究", material_type="thesis"),
        case("mathematics", "Naive set theory", language="eng"),
        case("图书馆", "図書館情報学", language="jpn"),
        case("打印", "打印机维修", decade=2000),
        case("数据", "数据结构 > 数据结构C++ > Python数据分析", clc="T"),
        case("清华大学出版社", "R&D管理", clc="F"),
    ],
    "editions": [
        case("高等数学 第七版", first="高数七版上", by="edition"),
        case("高等数学第7版", first="高数七版上", by="edition"),
        case("Principles of mathematical analysis 3rd ed.", "Principles of mathematical analysis", by="edition"),
        case("第七版", ""),
    ],
    "nothing found": [
        case("jia", "", offers="jia"),
        case("红楼梦 第九回本 曹雪芹", "", offers="红楼梦 曹雪芹 > 红楼梦 > 曹雪芹"),
        case("the nothingness of python", "", offers="python"),
        case("曹雪芹红楼梦", "", offers="曹雪芹 红楼梦 > 曹雪芹 > 红楼梦"),
        case("巴金春", "", offers="巴金 春 > 巴金"),
        case("高等数雪", "", offers="gao deng shu xue > 高等数"),
        case("数学分晰", "", offers="shu xue fen xi > 数学分"),
        case("中国茶文化史", "", offers="中国茶文化"),
        case("世界的平凡", "", offers="世界 > 平凡"),
        case("高等数学 牛顿莱布尼茨", "", offers="高等数学"),
        case("pyhton", "", offers="python"),
        case("learnign python", "", offers="learning python > python"),
        case("oreilly", "", offers="o reilly > reilly"),
        case("dartagnan", "", offers="d artagnan > artagnan"),
        case("elearning", "", offers="e learning > learning"),
        case("Ch'ing shih kao", "", offers="ching shih kao > shih > kao"),
        case("呐喊", "", at="J", offers="呐喊"),
        case("茶馆", "", route="author", offers="茶馆"),
        case("xqzwv", ""),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """All hits of a search in their order, by their keys, and its first page."""

    keys: list[str]
    page: SearchPage


@pytest.fixture(scope="module")
def keys(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[int, str]]:
    """The books are on the shelves for all cases: none of them writes."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield shelve()
        transaction.set_rollback(True)


def look_for(query: SearchQuery, keys: dict[int, str]) -> Found:
    first = search(query)
    pages = [first, *(search(replace(query, page=number)) for number in range(2, first.pages + 1))]
    return Found([keys[result.edition.pk] for page in pages for result in page.results], first)


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(one, id=f"{kind}: {one.query.text} {number}")
        for kind, cases in CASES.items()
        for number, one in enumerate(cases)
    ],
)
def test_what_stands_first(expected: Case, keys: dict[int, str]) -> None:
    found = look_for(expected.query, keys)

    if expected.only is not None:
        assert found.keys == expected.only
    assert found.keys[: len(expected.first)] == expected.first
    for earlier, later in pairwise(expected.then):
        assert found.keys.index(earlier) < found.keys.index(later), found.keys
    assert not set(found.keys) & set(expected.without)
    if expected.total is not None:
        assert found.page.total == expected.total
    if expected.by:
        assert found.page.found_by == expected.by
    if expected.offers:
        assert [offer.query.text for offer in found.page.suggestions] == expected.offers


def test_the_cases_speak_of_books_that_are_there(keys: dict[int, str]) -> None:
    """A misspelt key in `without` would never fail."""
    cases = [one for cases in CASES.values() for one in cases]
    named = {key for one in cases for key in [*(one.only or []), *one.first, *one.then, *one.without]}
    assert named <= set(keys.values())
    assert len(cases) >= 140


def test_every_search_counts_what_it_shows(keys: dict[int, str]) -> None:
    """Total, facets and libraries agree with the hits; no book comes twice."""
    for query in {one.query for cases in CASES.values() for one in cases}:
        found = look_for(query, keys)
        assert found.page.exact
        assert len(set(found.keys)) == len(found.keys) == found.page.total, query
        for name, values in found.page.facets.items():
            assert sum(facet.count for facet in values) == found.page.total, (query, name)
        if found.keys and not query.libraries:
            assert max(found.page.per_library.values()) <= found.page.total <= sum(found.page.per_library.values())


def test_every_title_finds_itself_first(keys: dict[int, str]) -> None:
    """The whole title of any book, as it is written, finds that book or another one of the same title first."""
    for pk, key in keys.items():
        title = Edition.objects.get(pk=pk).full_title
        first = search(SearchQuery(title)).results[0].edition
        assert normal_form(first.full_title) == normal_form(title), key
