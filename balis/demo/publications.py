"""What the center and the libraries have published: news, announcements, and the pages of the portal."""

from datetime import datetime, timedelta

from balis.demo.books import HERE
from balis.demo.clock import at
from catalog.models import MemberLibrary
from notices.models import Announcement, News
from notices.pages import load_page_file

# days ago, title, text
NEWS: tuple[tuple[int, str, str], ...] = (
    (
        2,
        "关于开展馆际互借服务宣传月活动的通知",
        "为让更多师生了解并使用馆际互借服务，中心将与各成员馆共同开展宣传月活动。\n\n"
        "活动期间各馆将在总服务台摆放使用指南，并为新生举办检索与申请讲座，欢迎参加。",
    ),
    (
        9,
        "新系统试运行：一次检索，全程可查",
        "馆际互借新系统开始试运行。读者可以在联合检索中查到各成员馆的馆藏，直接提交申请，并随时查看申请单进行到哪一步。\n\n"
        "试运行期间如遇问题，请与所在馆的馆际互借员联系。",
    ),
    (
        23,
        "关于申请单撤销时限的说明",
        "申请提交后一小时内，读者可以自行撤销；出借馆在这一小时内可以备书，但不会发出。超过一小时不再需要的，请联系本馆馆际互借员。",
    ),
    (
        37,
        "物流传送时间调整通知",
        "自本周起，成员馆之间的图书传送改为每个工作日一次，一般一至三个工作日到馆。\n\n物流费用由中心承担，读者无需付费。",
    ),
    (
        52,
        "馆际互借员业务培训圆满结束",
        "来自各成员馆的馆际互借员参加了本次培训，内容包括申请单处理流程、条码核对、破损图书的处理以及月度统计。",
    ),
    (
        71,
        "上海图书馆馆际互借服务提示",
        "上海图书馆图书借期为45天，不可续借。请读者合理安排阅读时间，按期归还。",
    ),
    (
        88,
        "关于国家图书馆外文图书的借阅说明",
        "国家图书馆向成员馆读者提供中文和外文图书的馆际互借。提交外文图书申请时，请在“选择出借馆”中选择国家图书馆。",
    ),
    (
        117,
        "关于寒暑假期间还书时间顺延的说明",
        "应还日期落在还书地点闭馆日的，顺延到下一个开馆日。各馆假期安排以本馆公告为准。",
    ),
)

# request prefix of the library, days ago, title, text
ANNOUNCEMENTS: tuple[tuple[str, int, str, str], ...] = (
    ("BUPT", 3, "馆际互借取书地点调整", "到馆图书请到图书馆一层馆际互借服务台领取，请携带本人借书证。"),
    ("KD", 6, "流通部盘点通知", "本月最后一个星期五下午流通部盘点，当天收到的申请顺延至下一工作日处理。"),
    ("BHG", 12, "假期暂停服务通知", "假期期间暂停馆际互借服务，开学第一周恢复。已借出的图书到期日相应顺延。"),
    ("GK", 30, "我馆只开放中文图书出借", "外文图书仅供馆内阅览，敬请谅解。"),
    ("BD", 44, "关于昌平储存馆图书的说明", "馆藏地址为昌平储存馆的图书需提前调阅，取书时间可能延长一至两个工作日。"),
    ("BSD", 61, "教育学分馆图书可以申请馆际互借", "自本学期起，教育学分馆的中文普通图书纳入馆际互借范围。"),
)


def publish(libraries: dict[str, MemberLibrary], now: datetime) -> tuple[int, int, int]:
    """Write news, announcements and pages; returns how many of each."""
    today = now.date()
    for days, title, text in NEWS:
        News.objects.create(title=title, text=text, published_at=at(today - timedelta(days=days), 10))
    for prefix, days, title, text in ANNOUNCEMENTS:
        Announcement.objects.create(
            library=libraries[prefix], title=title, text=text, published_at=at(today - timedelta(days=days), 9, 30)
        )
    pages = sorted((HERE / "pages").glob("*.md"))
    for path in pages:
        load_page_file(path)
    return len(NEWS), len(ANNOUNCEMENTS), len(pages)
