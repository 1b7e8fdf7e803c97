"""What a start prepares is prepared once, repeated where it was interrupted, and thrown away whole."""

import gettext
from pathlib import Path

import pytest

from balis.demo import people, world
from balis.run import prepare, static
from balis.run.ground import NotReady
from balis.run.messages import compile_messages
from balis.run.reset import reset


def test_messages_are_compiled_once_per_change(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po, mo = folder / "django.po", folder / "django.mo"
    po.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "检索"\nmsgstr "Search"\n')
    assert compile_messages(tmp_path) == [mo]
    with mo.open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("检索") == "Search"
    assert compile_messages(tmp_path) == []


def test_no_messages_are_no_error(tmp_path: Path) -> None:
    assert compile_messages(tmp_path / "locale") == []


class TestStaticFiles:
    @pytest.fixture
    def collected(self, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The calls of collectstatic, which here only writes its manifest."""
        root = tmp_path / "static"
        settings.STATIC_ROOT = root  # type: ignore[attr-defined]
        calls: list[str] = []

        def collect(command: str, **_options: object) -> None:
            calls.append(command)
            (root / "staticfiles.json").write_text("{}")

        monkeypatch.setattr(static, "call_command", collect)
        return calls

    def test_they_are_collected_when_something_changed(
        self, collected: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert [static.collect_static(), static.collect_static()] == [True, False]
        monkeypatch.setattr(static, "fingerprint", lambda: "another")
        assert static.collect_static() is True
        assert collected == ["collectstatic", "collectstatic"]

    def test_a_swept_folder_is_filled_again(self, collected: list[str], tmp_path: Path) -> None:
        static.collect_static()
        (tmp_path / "static" / "staticfiles.json").unlink()
        assert static.collect_static() is True

    def test_the_fingerprint_sees_a_changed_file(self, tmp_path: Path, settings: object) -> None:
        settings.STATICFILES_DIRS = [tmp_path]  # type: ignore[attr-defined]
        style = tmp_path / "style.css"
        style.write_text("a {}")
        before = static.fingerprint()
        assert static.fingerprint() == before
        style.write_text("a { }")
        assert static.fingerprint() != before


@pytest.mark.django_db
class TestDemo:
    @pytest.fixture
    def made(self, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
        """The options of each making of the demo world; none is really made."""
        settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
        calls: list[dict[str, object]] = []
        monkeypatch.setattr("django.core.management.call_command", lambda _name, **options: calls.append(options))
        return calls

    def test_an_empty_database_gets_it(self, made: list[dict[str, object]], tmp_path: Path) -> None:
        prepare.prepare_demo()
        assert made == [{}]
        assert list(tmp_path.iterdir()) == []

    def test_an_interrupted_one_is_built_anew(self, made: list[dict[str, object]], tmp_path: Path) -> None:
        people.create_center()
        (tmp_path / "demo.unfinished").touch()
        prepare.prepare_demo()
        assert made == [{"reset": True, "interactive": False}]

    def test_a_finished_one_is_left_alone_and_its_logins_shown(
        self, made: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        people.create_center()
        prepare.prepare_demo()
        assert made == []
        assert "linxiao" in capsys.readouterr().out

    def test_real_data_is_left_alone(
        self, made: list[dict[str, object]], bupt: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "demo.unfinished").touch()
        assert not world.is_empty()
        prepare.prepare_demo()
        assert made == []
        assert capsys.readouterr().out == ""


class TestReset:
    def test_it_deletes_what_is_ours_and_nothing_else(self, tmp_path: Path) -> None:
        for ours in ("mail", "static", "postgres", "postgres.unfinished"):
            (tmp_path / ours).mkdir()
            (tmp_path / ours / "file").touch()
        (tmp_path / "secret-key").touch()
        (tmp_path / "thesis.odt").touch()
        reset(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"thesis.odt", "run.lock"}

    def test_it_does_not_follow_links(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "photo.jpg").touch()
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "media").symlink_to(elsewhere)
        reset(tmp_path / "data")
        assert (elsewhere / "photo.jpg").exists()
        assert not (tmp_path / "data" / "media").is_symlink()

    def test_a_running_portal_is_not_pulled_from_under_its_readers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def taken(*_: object) -> None:
            raise BlockingIOError

        monkeypatch.setattr("fcntl.lockf", taken)
        (tmp_path / "mail").mkdir()
        with pytest.raises(NotReady, match="runs already"):
            reset(tmp_path)
        assert (tmp_path / "mail").is_dir()
