"""What the circulation of requests writes on a copy: out on a request, back on its shelf, lost, in question."""

from catalog.models import CirculationStatus, Holding


def mark_copy_out(*, holding: Holding, request_number: str) -> None:
    """The copy is reserved for that request: readers see it 已借出 until it is back."""
    Holding.objects.filter(pk=holding.pk).update(out_on_request=request_number)
    holding.out_on_request = request_number


def mark_copy_back(*, holding: Holding) -> None:
    """The copy is free again; readers see what its library's last import said."""
    Holding.objects.filter(pk=holding.pk).update(out_on_request="")
    holding.out_on_request = ""


def mark_copy_lost(*, holding: Holding) -> None:
    """The copy was paid for: readers see it 遗失 until its library's file says something new."""
    _write_off(holding, CirculationStatus.LOST)


def mark_copy_in_question(*, holding: Holding) -> None:
    """Nobody knows where the copy is: readers see it 待查 until its library's file says something new."""
    _write_off(holding, CirculationStatus.MISSING)


def mark_copy_found(*, holding: Holding) -> None:
    """A copy written off is there after all: what its library's file said stands again. Others stay as they are."""
    if holding.circulation_status in (CirculationStatus.LOST, CirculationStatus.MISSING):
        pins = dict(holding.pinned_fields)
        said = pins.pop("circulation_status", None)
        if said is not None:
            _save(holding, circulation_status=said, pinned_fields=pins)


def _write_off(holding: Holding, status: CirculationStatus) -> None:
    """As a correction of the status: the next file, which still lists the copy as it was, does not undo it."""
    pins = {"circulation_status": holding.circulation_status, **holding.pinned_fields}
    _save(holding, circulation_status=status, pinned_fields=pins, out_on_request="")


def _save(holding: Holding, **values: object) -> None:
    Holding.objects.filter(pk=holding.pk).update(**values)
    for name, value in values.items():
        setattr(holding, name, value)
