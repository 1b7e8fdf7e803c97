"""Variant Han characters that OpenCC's traditional-to-simplified table misses; read by catalog/folding.py.

Each pair is written variant first, standard form second, and is folded character by character. A variant that is
a common character of its own (芸, 弁, 予, 糸, 欠, 缶 …) must not stand here, however a Japanese book uses it:
folding decides equality, and 芸 and 艺 are two characters in a Chinese title.
"""

# Printing shapes of the old type founders (旧字形), as they stand in older records and in books from Taiwan.
OLD_PRINT_FORMS = """
硏研 囯国 囻国 圀国 緖绪 戯戏 戱戏 淸清 靑青 尙尚 鄕乡 曁暨 劒剑 劔剑 剱剑 槪概 漑溉 歩步 毎每 兪俞 吿告 悮误
愼慎 塡填 顚颠 徳德 郞郎 飮饮 晩晚 氷冰 凖准 畧略 秌秋 穐秋 缐线 寗宁 栢柏 蔴麻 賛赞 倂并 竝并 餠饼 姸妍 鉼饼
屛屏 甁瓶 鬪斗 鬭斗 鬬斗 闘斗 着著 徃往 廸迪 廻回 囬回 囘回 歳岁 敍叙 寳宝 刋刊 増增 曽曾 戸户 兎兔 廵巡 叅参 倶俱
偸偷 徧遍 緜绵 朶朵 襃褒 呉吴
"""

# Other spellings of one character in personal names, place names and titles (异体字).
OTHER_SPELLINGS = """
堃坤 喆哲 犇奔 祘算 筭算 匃丐 亾亡 姪侄 勲勋 喦岩 嵒岩 嶋岛 嶌岛 凴凭 暎映 崐昆 崘仑 葊庵 盦庵 牋笺 櫂棹 稾稿
篛箬 衞卫 覩睹 覧览 譌讹 讌宴 醼宴 輭软 邨村 坵丘 釬焊 銲焊 鎔熔 鎻锁 鏁锁 閙闹 隣邻 隷隶 雝雍 霊灵 飜翻 繙翻
飈飙 飇飙 騐验 髴佛 髣仿 鯭鳗 麤粗 麁粗 龢和 咊和 龝秋 龡吹 澂澄 濬浚 彚汇 濶阔 灋法 烖灾 焔焰 燄焰 煇辉 燿耀
牎窗 窻窗 窓窗 牕窗 猨猿 蝯猿 珎珍 琹琴 瑠琉 畱留 畄留 疉叠 皐皋 臯皋 盌碗 椀碗 瞶聩 砲炮 礮炮 秊年 秔粳
攷考 菓果 粧妆 疎疏 欵款 鑛矿 舖铺 敺驱 暱昵 槀稿 甎砖 皷鼓 紥扎 荳豆 觔斤 靭韧 遯遁 碁棋 窰窑 壻婿 勅敕 僊仙
蘓苏 賸剩 諠喧 閧哄 趂趁 翄翅 耡锄 膓肠 貍狸 痲麻 蕚萼 蔕蒂 柹柿 韮韭 姉姊 酧酬 涖莅
竢俟 竚伫 簒篡 簷檐 粦磷 糭粽 緐繁 繍绣 罇樽 罸罚 翶翱 聦聪 聡聪 聮联 聨联 肎肯 脇胁 脗吻 臈腊
"""

# Forms of Japanese print that are no Chinese characters of their own.
JAPANESE_FORMS = """
図图 経经 発发 気气 実实 広广 対对 変变 団团 囲围 圧压 壊坏 壌壤 売卖 処处 応应 恵惠 悪恶 悩恼 戦战 択择 拡扩
拠据 挙举 掲揭 摂摄 撃击 収收 効效 斉齐 斎斋 暁晓 様样 桜樱 検检 楽乐 権权 歓欢 歴历 帰归 浄净 渓溪 満满 沢泽
済济 滝泷 瀬濑 焼烧 営营 犠牺 獣兽 県县 砕碎 稲稻 穂穗 穏稳 竜龙 粋粹 絵绘 継继 続续 総总 縄绳 縦纵 縁缘 繊纤
脳脑 臓脏 舎舍 荘庄 蔵藏 薬药 蛍萤 覚觉 観观 訳译 読读 譲让 豊丰 賎贱 頼赖 軽轻 転转 辺边 逓递 遅迟 郷乡 酔醉
醸酿 釈释 鉄铁 鉱矿 鋳铸 銭钱 関关 陥陷 険险 隠隐 雑杂 顕显 騒骚 駆驱 駅驿 験验 髄髓 鶏鸡 塩盐 麺面 黒黑 黙默
歯齿 齢龄 亀龟 乗乘 亜亚 仏佛 仮假 伝传 価价 倹俭 児儿 両两 剤剂 労劳 勧劝 単单 厳严 圏圈 専专 巣巢 帯带 廃废
庁厅 弾弹 従从 徴征 懐怀 桟栈 栄荣 渋涩
"""

# Pairs of which both sides occur in mainland print, or which OpenCC leaves to its phrase table.
OVER_SIMPLIFIED = "馀余 锺钟 钜巨 谘咨 讬托 衹只 祇只 瞭了 覆复"


def pairs() -> dict[str, str]:
    """Variant character to standard character."""
    words = " ".join((OLD_PRINT_FORMS, OTHER_SPELLINGS, JAPANESE_FORMS, OVER_SIMPLIFIED)).split()
    return {word[0]: word[1] for word in words}
