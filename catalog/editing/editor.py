"""Who edits the catalogue, and what editing may be refused for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import MemberLibrary


class EditRefused(ValueError):
    """The change is not possible; the message says why, for a person. Nothing was changed."""


@dataclass(frozen=True)
class Editor:
    """A person at a desk: `library` is the desk's library, None at the center's."""

    name: str
    library: MemberLibrary | None = None

    @property
    def is_center(self) -> bool:
        return self.library is None

    def must_work_for(self, library: MemberLibrary | int) -> None:
        """Raises EditRefused unless this desk may change copies of that library."""
        wanted = library if isinstance(library, int) else library.pk
        if self.library is not None and self.library.pk != wanted:
            raise EditRefused(_("只能修改本馆的馆藏。"))

    def must_be_center(self) -> None:
        if not self.is_center:
            raise EditRefused(_("只有管理中心可以这样做。"))
