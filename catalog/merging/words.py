"""The words merging knows, as tables: what experts argue about stands here, how it is used in the other modules.

All of it is compared with folded text: simplified characters, lower case, no accents (catalog/folding.py).
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Letters and digits count, and what tells C++ and C# from C.
PUNCTUATION = re.compile(r"[^\w+#]+|_+")

# --- Numbers and volumes ------------------------------------------------------------------------------------

# One number in Arabic or Chinese digits; the numerals of cheques and old books are written as the plain ones first.
NUMBER = r"[0-9一二三四五六七八九十百〇零两]+"
HAN_NUMBER = "[一二三四五六七八九十百〇零]{1,5}"
PLAIN_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十") | {ord("廿"): "二十", ord("卅"): "三十"}
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
# What volumes are counted in. 部分 is never 部 with a 分 behind it, hence the atomic groups.
UNIT = "(?>部分|分[册卷集辑编部]|年级|单元|[册卷集辑部编篇本期])"
UNIT_IN_TITLE = "(?>部分|分[册卷集辑编部]|[册卷集辑部编篇])"
HALVES = "上中下前后续甲乙丙丁"
SPELLED_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "first": "1", "second": "2", "third": "3", "fourth": "4",
    "fifth": "5", "sixth": "6", "premier": "1", "premiere": "1", "deuxieme": "2", "troisieme": "3",
    "erster": "1", "zweiter": "2", "dritter": "3", "vierter": "4", "erste": "1", "zweite": "2", "dritte": "3",
    "erstes": "1", "zweites": "2", "drittes": "3", "viertes": "4", "primo": "1", "secondo": "2", "terzo": "3",
    "prima": "1", "seconda": "2", "terza": "3", "primero": "1", "segundo": "2", "tercero": "3", "primera": "1",
    "segunda": "2", "tercera": "3", "первый": "1", "второй": "2", "третий": "3", "четвертый": "4", "первая": "1",
    "вторая": "2", "третья": "3", "четвертая": "4",
}  # fmt: skip
# Words of other languages in front of the number of a volume; long forms before their beginnings.
VOLUME_WORDS = (
    "volumen|volume|vols|vol|tome|tomo|tom|band|buch|teil|partie|parte|part|book|livre|libro|heft|fascicle|fasc|section"
    "|unit|level|module|number|bd|pt|bk|tl|no|nr|v|t|том|часть|книга|выпуск|вып|ч|кн|т"
)
# Of these, what stands inside a title in front of a name; no. is not, since symphonies have numbers.
VOLUME_WORDS_INSIDE = "volume|vol|tome|tomo|band|buch|teil|part|book|livre|libro|bd|pt|bk|v|t|том|часть|книга|ч|кн|т"
# What a volume of schoolbooks is called by, in front of its number: 必修1, 选择性必修 第二册.
SCHOOL_WORDS = "选择性必修|必修|选修|模块|单元|级"

# --- Titles ---------------------------------------------------------------------------------------------------

# Characters that cataloguers take for one another in titles; folded for comparing titles only.
INTERCHANGEABLE = str.maketrans(
    {"和": "与", "及": "与", "暨": "与", "之": "的", "底": "的", "象": "像", "作": "做", "份": "分", "帐": "账",
     "迭": "叠", "覆": "复", "唯": "惟", "〇": "零", "囗": "口"}
)  # fmt: skip
# Characters that typists and scanners take for one another; each group is one. Where all else agrees, it is a slip.
LOOK_ALIKE = """
己已巳 未末 土士 日曰 人入 戊戌戍 史吏 侯候 傅传 拆折析 撒撤 治冶 博搏 辨辩辫 徒徙 晴睛 鸟乌 拔拨 茶荼 崇祟 遂逐 赢嬴羸
暑署 钩钓 竞竟 壁璧 干千于 刀刁 盲肓 肆肄 籍藉 即既 汩汨 祗祇 幕慕 密蜜 型形 炼练 疍蛋 栗粟 弈奕 陕陜 谒渴 沬沫 裸祼
"""
# Words in front of a Western title that libraries leave out.
ARTICLE = re.compile(r"^(?:the|an?|les?|la|une?|der|die|das|ein|eine|el|los|las|il|lo|gli) +(?=\S)|^l['’] ?(?=\w)")
# In the title of old records: 红楼梦 [专著], Faust [electronic resource].
DESIGNATION = re.compile(
    r" *[\[［] *(专著|普通图书|图书|古籍|汇编|连续出版物|期刊|学位论文|乐谱|地图|电子资源|电子图书|网络资源|缩微品"
    r"|录音制品|盲文|text(?: \(large print\))?|book|monograph|electronic resource|computer file|microform"
    r"|sound recording|videorecording|braille) *[\]］]",
    re.IGNORECASE,
)
# Words that make another book of a title when only one of two records has them.
ANOTHER_BOOK = re.compile(
    r"(?<![附含])(?:习题|题解|题集|全解|解答|详解|答案|练习|学习指导|学习指南|学习辅导|辅导|教学指导|指导书|教学参考|教师用书"
    r"|教师手册|教参|同步|复习|考研|题库|试题|实验|实训|课程设计|上机|案例|释疑|笔记|读本|导读|选读|选注|译注|注析|新证"
    r"|精讲|精解|精析|精练|导学|学案|题典|真题|疑难|参考资料|攻略|速记|必背|串讲|冲刺|押题|模拟|名师|助学|自测|检测"
    r"|教学大纲|教学设计|教案|课件|学生用书|作业本|练习册|活动手册|听力|词汇手册|字帖|描红|填色|涂色|贴纸"
    r"|续编|补编|外集|别集|索引|附录|附册|别册|增刊|手稿|白话|今译|改编|剧本|曲谱|简谱|总谱|分谱|伴奏|双解"
    r"|图册|地图册|挂图|漫画|连环画|绘本|缩写|简写|节选|选集|注音|双语|英文版|中文版|学生版|教师版|青少版|少儿版"
    r"|少儿|青少年|儿童"
    r"|workbook|exercises|solutions?|answer|studyguide|readingguide|studentguide|instructor|teachers|manual|testbank"
    r"|companion|reader|laboratory|experiments|activities|activitybook|casebook|sourcebook|flashcards|quickreference"
    r"|handbookto|guideto|toaccompany|keyto|problems|questions|lecturenotes|coursebook|tests|index|concordance"
    r"|studentedition|studentsedition|teachersedition|youngreaders|adapted|retold|simplified|gradedreader|selections"
    r"|appendix|appendices|errata|screenplay|libretto|pianoreduction|audiobook|abridged|forchildren|graphicnovel"
    r"|illustratedguide|supplement)"
)
# Of these words, those that name a part of a work as well: 华盖集续编 may be inside 第3卷.
PART_OF_WORK = _words("续编 补编 外集 别集 索引 图册 选集 同步")
# What reads like a subtitle behind a title, but says that this is a book about the other, or a choice of it.
ABOUT_OR_CHOICE = re.compile(
    "研究|述评|评传|传记|史话|史论|故事|鉴赏|赏析|详析|评析|补正|续集|校补|汇校|集评|大全|精华|精粹|精选|普及|讲义|讲稿|提要"
    "|概要|纲要|测试|应用|入门|基础|教程|指南|词典|辞典|手册|论集|论文集|资料|丛稿|札记|考证|考释|通释|新解|新探|批评|批判|导论"
)
# Words that tell two titles apart by one place: 微观 and 宏观, 上古 and 中古. Each line is one choice.
CONTRASTS = [
    "微宏", "古近现当", "上中下", "初中高低", "东西南北", "内外", "男女", "文理工农医", "正反", "正负", "新旧老",
    "长短", "大小", "前后", "左右", "春夏秋冬", "动静", "阴阳", "公私", "军民", "有无", "主客", "软硬",
    "一二三四五六七八九十",
    "甲乙丙丁", "英法德俄日美中", "线非", "国省市县", "天地", "山水", "汉唐宋元明清",
]  # fmt: skip
# The same for Western titles: words of which each makes another book.
WESTERN_CONTRASTS = [
    _words("micro macro microeconomics macroeconomics"),
    _words("organic inorganic physical analytical"),
    _words("finite infinite"),
    _words("quantum classical"),
    _words("men women boys girls son daughter brother sister brothers sisters king queen"),
    _words("beginner beginners elementary preintermediate intermediate upperintermediate advanced pre upper lower"),
    _words("primary secondary"),
    _words("teacher student"),
    _words("reading writing listening speaking"),
    _words("early late ancient medieval modern contemporary old new"),
    _words("north south east west northern southern eastern western"),
    _words("spring summer autumn winter"),
    _words("first second third one two three four five"),
    _words("english french german spanish italian russian prussian chinese japanese latin greek"),
    _words("java javascript python perl ruby php"),
    _words("birds mammals fishes insects plants trees flowers"),
]

# --- Editions and carriers ------------------------------------------------------------------------------------

# Kinds of editions by the words that name them.
EDITION_KINDS = {
    "revised": r"修订|修正|重修|改订|校订|订正|最新|新版|全新|新编|\brev(?:ised)?\b|updated|uberarb|revue",
    "enlarged": r"增订|增补|增修|补订|扩充|\benl(?:arged)?\b|expanded|\baugm|erw(?:eitert)?\b|extended",
    "corrected": r"corrected|\bcorr\b",
    "reduced": "缩印|缩本|pocket|口袋|袖珍",
    "popular": "普及|大众|通俗",
    "youth": "青少|少儿|少年|儿童|children",
    "phonetic": "注音|拼音",
    "large": "大字|large (?:print|type)",
    "braille": "盲文|braille",
    "teacher": "教师|教学用|instructor|teacher",
    "student": "学生|student",
    "alternate": "alternate|custom",
    "concise": "简明|精编|精简|节本|节选|节略|缩写|简写|abridged|concise|brief",
    "pictures": "绘画|图文|插图|彩图|彩绘|全彩|绘本|画册|漫画|illustrated",
    "annotated": "评注|评点|批注|校注|注释|详注|注解|annotated",
    "international": "international|global|asian|indian",
    "collector": "珍藏|典藏|纪念|collector|deluxe|anniversary",
    "bilingual": "双语|对照|bilingual",
    "trial": "试用|试验|试行|征求意见|送审",
    "draft": "初稿|讨论稿",
    "engineering": "理工|工科",
    "humanities": "文科",
    "economics": "经管|经济管理|财经",
    "medicine": "医学|医药",
    "vocational": "高职|高专|中职|专科|职业",
    "undergraduate": "本科",
    "simplified": "简体",
    "traditional": "繁体",
    "bound": "精装|hardcover|hardback",
    "paper": "平装|简装|paperback|softcover",
}
# Bindings say nothing about the text.
BINDINGS = _words("bound paper")
# Kinds that make another book where only one record names them; a revised edition is often not called so.
OTHER_KINDS = _words(
    "youth phonetic teacher student alternate concise large braille bilingual vocational undergraduate engineering "
    "humanities economics medicine"
)
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "zweite": 2, "dritte": 3, "vierte": 4,
    "deuxieme": 2, "troisieme": 3, "segunda": 2, "初版": 1, "초판": 1,
}  # fmt: skip
REPRINT = re.compile(r"影印|景印|复印本|复制|重印本|翻印|reprint|facsim|\brepr\b|print on demand|按需印刷")
PRINTING = re.compile(r"次印刷|次印|重印|刷|printing|impression|reprinted|(?<=[0-9])印|印(?=[0-9])")
# An extent or an edition statement that speaks of files: 1 online resource (393 p.), 在线资源(393页), Kindle edition.
ELECTRONIC = re.compile(
    r"online|electronic (?:resource|edition|book)|kindle|epub|\bpdf\b|\be-?book|在线资源"
    r"|电子(?:资源|书|版|图书)|网络(?:版|资源)"
)
# What carries the text, where it is not a printed page to look at; each excludes the others and the ordinary book.
CARRIERS = {
    "microform": "缩微|微缩|胶卷|胶片|microfilm|microfiche|microform",
    "braille": "盲文|点字|braille",
    "large-print": "大字本|大字版|大字号|large (?:print|type)",
    "audio": "录音带|录音资料|有声|音频|audiobook|audio (?:book|disc|cassette)|sound (?:disc|cassette|recording)",
    "video": "录像|视频|videodis[ck]|videocassette|videorecording",
}
# A disc is the carrier where no pages are counted; else it comes with the book.
DISC = re.compile(r"光盘|\bcds?\b|cd-rom|\bdvds?\b|\bdis[ck]s?\b|磁带|cassette")

# --- Authors --------------------------------------------------------------------------------------------------

ROLE = re.compile(
    r"(?:\.{2,} ?\[?(?:等|et al\.?)\]?|等|主编|总主编|编著|编写|编译|编辑|合编|合著|合译|校注|译注|注释"
    r"|校点|点校|选编|选注|编选|编绘|绘图|口述|讲演|撰稿|整理|摄影|集解|笺注|共著|共编|监修|监译|主审|审校|执笔"
    r"|[著编译訳撰辑绘注主修校评选写述演讲搜集画审]| ?(?:지음|옮김|엮음|글|그림))+$"
)
ROLE_BEFORE = re.compile(
    r"^(?:by|edited by|ed\. by|translated by|trans\. by|illustrated by|written by|von|par|deur|door|di|por|red\.?"
    r"|hrsg\.? von|под (?:общей )?ред(?:\.|акцией))[\s:：]+|^(?:主编|编著|著者|作者|编者|译者)[\s:：]+"
)
SEVERAL = re.compile(
    r"[;；]|[,，、](?![^(（]*[)）])|等[主总合共选校改]?[著编译撰][著译写纂辑]?| and | & | et al|\.\.\.| и др| u\.? ?a\."
)
# One person under two names: how the catalogue of one library has it, and how the title page of the next.
PEN_NAMES = """
鲁迅 周树人 | 茅盾 沈雁冰 沈德鸿 | 巴金 李尧棠 李芾甘 | 老舍 舒庆春 舒舍予 | 郭沫若 郭鼎堂 | 冰心 谢婉莹 | 曹禺 万家宝
章炳麟 章太炎 | 梁启超 梁任公 | 孙中山 孙文 孙逸仙 | 蔡元培 蔡孑民 | 丁玲 蒋冰之 | 金庸 查良镛 | 胡适 胡适之
王国维 王静安 | 叶圣陶 叶绍钧 | 苏轼 苏东坡 | 陶渊明 陶潜 | 王守仁 王阳明 | 郑燮 郑板桥 | 唐寅 唐伯虎 | 诸葛亮 诸葛孔明
老子 李耳 老聃 | 庄子 庄周 | 孙子 孙武 | 孟子 孟轲 | 荀子 荀况 荀卿 | 韩非 韩非子 | 李白 李太白 | 白居易 白乐天
黄宗羲 黄梨洲 | 顾炎武 顾亭林 | 王夫之 王船山 | 刘鹗 洪都百炼生 | 夏衍 沈端先 | 施蛰存 施青萍 | 瞿秋白 瞿霜
弘一法师 李叔同 弘一 | 梁羽生 陈文统 | 古龙 熊耀华 | 艾青 蒋海澄 | 三毛 陈懋平 | 莫言 管谟业 | 高德纳 克努特
"""

# --- Publishers -----------------------------------------------------------------------------------------------

# 北京大学出版社有限公司 is 北京大学出版社 is 北京大学.
PUBLISHER_TAIL = re.compile(
    r"(?:出版社|出版公司|出版集团|出版发行公司|出版中心|出版|书社(?=有限)|杂志社|编辑部|有限责任公司|股份有限公司|有限公司|公司"
    r"|发行部|音像|电子(?!工业)|集团| ?출판사)$"
)
PUBLISHER_HEAD = re.compile(r"^(?:the|editions|editorial|verlag|librairie|izd-vo|изд-во|издательство) +(?=\S)")
# Words of Western names that libraries write or leave out.
PUBLISHER_WORDS = _words(
    "the and of at up press pr publishing publisher publishers publications pub pubs books verlag edition editions inc "
    "ltd limited co corp corporation company group media llc gmbh ag kg sons son professional education educational "
    "higher reference college trade associates plc sa de et und y cie international us uk usa new york london"
)
# Words that many publishers share; by them alone no two are one.
PUBLISHER_COMMON = _words("university univ national state institute society american academy science")
# Houses with branches in several towns: 上海商务印书馆 is 商务印书馆, but those of 香港 and 台湾 are others.
BRANCH = re.compile("^(?:上海|北京|北平|天津|南京|重庆|长沙|桂林|汉口)(?=.{1,4}(?:书局|印书馆|书店|书社|书屋)$)")
PUBLISHER_ALIASES = {
    "高教社": "高等教育", "高教": "高等教育", "高等教育社": "高等教育", "清华": "清华大学", "北大": "北京大学",
    "北大社": "北京大学", "北师大": "北京师范大学", "华师大": "华东师范大学", "复旦": "复旦大学", "南大": "南京大学",
    "浙大": "浙江大学", "武大": "武汉大学", "人大": "中国人民大学", "人教社": "人民教育", "人文社": "人民文学",
    "人卫": "人民卫生", "人卫社": "人民卫生", "人邮": "人民邮电", "机工": "机械工业", "机工社": "机械工业",
    "电子社": "电子工业", "建工": "中国建筑工业", "法律社": "法律", "中信社": "中信", "上古": "上海古籍",
    "外研": "外语教学与研究", "外研社": "外语教学与研究", "外教社": "上海外语教育", "上海外教": "上海外语教育",
    "三联": "生活读书新知三联书店", "三联书店": "生活读书新知三联书店", "商务": "商务印书馆", "中华": "中华书局",
    "社科文献": "社会科学文献", "社科文献社": "社会科学文献", "中国社科": "中国社会科学", "译文": "上海译文",
    "世图": "世界图书", "世图北京": "世界图书", "世界图书北京": "世界图书", "oup": "oxford university",
    "cup": "cambridge university",
}  # fmt: skip
# Who published what the author printed; the key of all of them.
SELF = "自印"
SELF_PUBLISHED = re.compile(
    r"^(?:(?:编者|著者|作者|撰者|编印者|[本该][会馆校所])(?:自?[刊印]|自行出版)?|自[印刊]本?|chez l.auteur"
    r"|privately printed|(?:изд\.? )?автора?|(?:the |le |la |die |der |el )?(?:authors?|auteur|autor|verfasser"
    r"|selbstverl\w*|skrywer|association|society|institute|museum|gallery|university|department|council|academy"
    r"|library|college|club))$"
)
UNKNOWN_PUBLISHERS = ("s.n", "sn", "s. n", "出版者不详", "不详", "出版者不明")
