"""What the circulation of requests writes on a copy: out on a request, or back on its shelf."""

from catalog.models import Holding


def mark_copy_out(*, holding: Holding, request_number: str) -> None:
    """The copy is reserved for that request: readers see it 已借出 until it is back."""
    Holding.objects.filter(pk=holding.pk).update(out_on_request=request_number)
    holding.out_on_request = request_number


def mark_copy_back(*, holding: Holding) -> None:
    """The copy is free again; readers see what its library's last import said."""
    Holding.objects.filter(pk=holding.pk).update(out_on_request="")
    holding.out_on_request = ""
