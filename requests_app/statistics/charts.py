"""A bar chart as plain SVG numbers: no script, printable, readable by a screen reader through its table."""

from dataclasses import dataclass
from datetime import date

from requests_app.statistics.selectors import MonthTotal

WIDTH, HEIGHT = 520, 210  # of the drawing, in its own units
LEFT, TOP, BOTTOM = 36, 16, 42


@dataclass(frozen=True)
class Bar:
    """One month: two bars side by side, 请求 and 满足."""

    month: date
    label: str  # the number of the month
    year: str  # under the first bar and every January
    requests: int
    filled: int
    x: float
    width: float
    requests_top: float
    requests_height: float
    filled_top: float
    filled_height: float

    @property
    def filled_x(self) -> float:
        return self.x + self.width + 2

    @property
    def middle(self) -> float:
        return self.x + self.width + 1


@dataclass(frozen=True)
class GridLine:
    y: float
    label: str


@dataclass(frozen=True)
class BarChart:
    bars: list[Bar]
    grid: list[GridLine]
    is_empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    baseline: int = HEIGHT - BOTTOM

    @classmethod
    def of_year(cls, months: list[MonthTotal]) -> "BarChart":
        """Bars of the months in their order, with a grid of round numbers."""
        highest = max([0, *(max(month.figures.requests, month.figures.filled) for month in months)])
        top = _round_above(highest)
        space = HEIGHT - TOP - BOTTOM
        step = (WIDTH - LEFT) / max(1, len(months))
        bar_width = step * 0.3

        def height(number: int) -> float:
            return round(space * number / top, 1)

        bars = [
            Bar(
                month=each.month,
                label=str(each.month.month),
                year=str(each.month.year) if index == 0 or each.month.month == 1 else "",
                requests=each.figures.requests,
                filled=each.figures.filled,
                x=round(LEFT + index * step + (step - 2 * bar_width - 2) / 2, 1),
                width=round(bar_width, 1),
                requests_top=HEIGHT - BOTTOM - height(each.figures.requests),
                requests_height=height(each.figures.requests),
                filled_top=HEIGHT - BOTTOM - height(each.figures.filled),
                filled_height=height(each.figures.filled),
            )
            for index, each in enumerate(months)
        ]
        parts = 4 if top % 4 == 0 else 2 if top % 2 == 0 else 1
        grid = [
            GridLine(y=round(HEIGHT - BOTTOM - space * part / parts, 1), label=str(top * part // parts))
            for part in range(parts + 1)
        ]
        return cls(bars, grid, is_empty=highest == 0)


def _round_above(number: int) -> int:
    """The smallest of 4, 8, 20, 40, 80, 200 … that is not below the number."""
    size = 1
    while True:
        for lead in (4, 8, 20):
            if lead * size >= number:
                return lead * size
        size *= 10
