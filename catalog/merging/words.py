"""The words merging knows, as tables: what experts argue about stands here, how it is used in the other modules."""

import re

# One number in Arabic or Chinese digits.
NUMBER = r"[0-9一二三四五六七八九十百〇零两]+"
UNITS = "册卷集辑部编篇本分期版次"
# Letters and digits count, and what tells C++ and C# from C.
PUNCTUATION = re.compile(r"[^\w+#]+|_+")
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
HALVES = "上中下前后续甲乙丙丁"
ENGLISH_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "first": "1", "second": "2", "third": "3", "premier": "1",
    "erster": "1", "zweiter": "2", "dritter": "3",
}  # fmt: skip
# Words of other languages in front of the number of a volume; long forms before their beginnings.
VOLUME_WORDS = (
    "volume|vols|vol|tome|tomo|band|buch|teil|part|book|heft|fascicle|bd|pt|bk|no|v|t|том|часть|книга|выпуск|вып|ч|кн|т"
)

# Characters that cataloguers take for one another in titles; folded for comparing titles only.
INTERCHANGEABLE = str.maketrans({"和": "与", "及": "与", "暨": "与", "之": "的", "底": "的", "象": "像", "作": "做",
                                 "份": "分", "帐": "账", "迭": "叠", "覆": "复", "唯": "惟"})  # fmt: skip
# Words in front of a Western title that libraries leave out.
ARTICLE = re.compile(r"^(?:the|an?|les?|la|une?|der|die|das|ein|eine|el|los|las|il|lo|gli) +(?=\S)|^l['’](?=\w)")
# Words that make another book of a title when only one of two records has them.
ANOTHER_BOOK = re.compile(
    r"(?<![附含])(?:习题|题解|题集|全解|解答|详解|答案|练习|学习指导|学习指南|学习辅导|辅导|教学指导|指导书|教学参考|教师用书"
    r"|教师手册|教参|同步|复习|考研|题库|试题|实验|实训|课程设计|上机|案例|释疑|笔记|读本|导读|选读|选注|译注|注析|新证|续编|补编|外集|别集|索引"
    r"|教案|课件|图册|地图册|挂图|漫画|连环画|绘本|缩写|简写|节选|选集|注音|双语|英文版|中文版|少儿|青少年|儿童|练习册|活动手册|听力|词汇手册"
    r"|workbook|exercises|solutions?|answer|studyguide|studentguide|instructor|teachers|manual|testbank|companion|reader|labmanual|index"
    r"|audiobook|abridged|forchildren|graphicnovel|illustratedguide|supplement)"
)
# Words that tell two titles apart by one place: 微观 and 宏观, 上古 and 中古. Each line is one choice.
CONTRASTS = [
    "微宏", "古近现当", "上中下", "初中高低", "东西南北", "内外", "男女", "文理工农医", "正反", "正负", "新旧老",
    "长短", "大小", "前后", "左右", "春夏秋冬", "动静", "阴阳", "公私", "军民", "有无", "主客", "软硬",
    "一二三四五六七八九十",
    "甲乙丙丁", "英法德俄日美中", "线非", "国省市县", "天地", "山水", "汉唐宋元明清",
]  # fmt: skip

EDITION_KINDS = {
    "修订": "revised", "增订": "revised", "增补": "revised", "修正": "revised", "重修": "revised", "改订": "revised",
    "最新": "revised", "新版": "revised", "rev": "revised", "enl": "revised", "updated": "revised",
    "缩印": "reduced", "普及": "popular", "青少": "youth", "注音": "phonetic", "大字": "large", "盲文": "braille",
    "教师": "teacher", "学生": "student", "简明": "concise", "精编": "concise", "abridged": "concise",
    "节本": "concise", "绘画": "pictures", "international": "international", "精装": "bound",
    "平装": "paper", "珍藏": "collector",
}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
            "ninth": 9, "tenth": 10, "2nd": 2, "3rd": 3, "4th": 4}  # fmt: skip
# An extent or an edition statement that speaks of files: 1 online resource (393 p.), 在线资源(393页), Kindle edition.
ELECTRONIC = re.compile(
    r"online|electronic (?:resource|edition|book)|kindle|epub|\bpdf\b|\be-?book|在线资源"
    r"|电子(?:资源|书|版|图书)|网络(?:版|资源)"
)
REPRINT = re.compile("影印|复印本|复制|重印本|reprint|facsim")
PRINTING = re.compile(r"次印刷|次印|重印|刷|printing|(?<=[0-9])印|印(?=[0-9])")

ROLE = re.compile(
    r"(?:\.{2,} ?\[?(?:等|et al\.?)\]?|等|主编|总主编|编著|编写|编译|编辑|合编|合著|合译|校注|译注|注释"
    r"|校点|点校|选编|选注|编选|编绘|绘图|口述|撰稿|整理|摄影|集解|笺注|共著|共编|监修|监译|主审|审校|执笔|[著编译訳撰辑绘注主修校评选写述演讲搜集画审])+$"
)
ROLE_BEFORE = re.compile(
    r"^(?:by|edited by|ed\. by|translated by|trans\. by|illustrated by|written by|von|par"
    r"|主编|编著|著者|作者|编者|译者)[\s:：]+"
)
SEVERAL = re.compile(r"[;；]|[,，、](?![^(（]*[)）])|等[著编]| and | & | et al|\.\.\.")
# 北京大学出版社有限公司 is 北京大学出版社 is 北京大学.
PUBLISHER_TAIL = re.compile(
    r"(?:出版社|出版公司|出版集团|出版发行公司|出版中心|出版|杂志社|编辑部|有限责任公司|股份有限公司|有限公司|公司|发行部|音像|电子(?!工业)"
    r"|publishing|publishers?|publications|press|pub|books|verlag|editions?|inc|ltd|co|corp|company|group|media|llc|gmbh)$"
)
PUBLISHER_HEAD = re.compile(r"^(?:the|editions|editorial|verlag|librairie|izd-vo|изд-во|издательство) +(?=\S)")
PUBLISHER_ALIASES = {
    "高教社": "高等教育", "高教": "高等教育", "清华": "清华大学", "北大": "北京大学", "北大社": "北京大学",
    "人大": "中国人民大学", "外研": "外语教学与研究", "外研社": "外语教学与研究", "人教社": "人民教育",
    "中信社": "中信",
    "三联": "生活读书新知三联书店", "三联书店": "生活读书新知三联书店", "商务": "商务印书馆", "中华": "中华书局",
    "社科文献": "社会科学文献", "oup": "oxforduniversity", "cup": "cambridgeuniversity",
}  # fmt: skip
UNKNOWN_PUBLISHERS = ("s.n", "sn", "s. n", "出版者不详", "不详", "出版者不明")
