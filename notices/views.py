"""Pages: the portal home, news and pages, system messages."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from notices import selectors
from notices.models import News, Page
from notices.page_text import first_words
from notices.services import mark_all_read, mark_read
from readers.access import reader_required
from readers.models import Reader

NEWS_ON_HOME = 6
NEWS_PER_PAGE = 20
MESSAGES_PER_PAGE = 50  # product.md: 50 per page


def _reader(request: HttpRequest) -> Reader:
    """The reader whom readers.access.reader_required has let in."""
    reader: Reader = request.reader  # type: ignore[attr-defined]
    return reader


def _canonical(request: HttpRequest) -> str:
    """The one address under which a search engine should know this page."""
    return f"{settings.SITE_URL}{request.path}"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "news": selectors.latest_news(NEWS_ON_HOME),
        "library_count": selectors.searchable_library_count(),
        "canonical": _canonical(request),
    }
    return render(request, "notices/home.html", context)


@require_safe
def news_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(News.objects.published(), NEWS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/news_list.html", {"page": page, "canonical": _canonical(request)})


@require_safe
def news_detail(request: HttpRequest, pk: int) -> HttpResponse:
    news = get_object_or_404(News.objects.published(), pk=pk)
    context = {"news": news, "description": first_words(news.text), "canonical": _canonical(request)}
    return render(request, "notices/news_detail.html", context)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    page = get_object_or_404(Page, slug=slug)
    context = {"page": page, "description": first_words(page.text), "canonical": _canonical(request)}
    return render(request, "notices/page.html", context)


@require_safe
@reader_required
def message_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.messages_of(_reader(request)), MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/message_list.html", {"page": page})


@require_safe
@reader_required
def fine_list(request: HttpRequest) -> HttpResponse:
    """罚款日志."""
    reader = _reader(request)
    page = Paginator(selectors.fines_of(reader), MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/fine_list.html", {"page": page, "owed": selectors.owed_by(reader)})


@require_POST
@reader_required
def message_read(request: HttpRequest, pk: int) -> HttpResponse:
    mark_read(message=get_object_or_404(selectors.messages_of(_reader(request)), pk=pk), by=_reader(request))
    return _back_to_messages(request)


@require_POST
@reader_required
def messages_read(request: HttpRequest) -> HttpResponse:
    count = mark_all_read(by=_reader(request))
    if count:
        messages.success(request, _("%(count)d条消息已标为已读。") % {"count": count})
    return _back_to_messages(request)


def _back_to_messages(request: HttpRequest) -> HttpResponse:
    """To the page of the list on which the button stood."""
    response = redirect("notices:messages")
    number = request.POST.get("page", "")
    if number.isdecimal() and number != "1":
        response["Location"] += f"?page={number}"
    return response
