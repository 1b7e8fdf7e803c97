"""The embedded servers start once, survive a kill, and say what to do when they cannot."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from balis.embedded import EmbeddedError, paths, postgres, valkey


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder with a blank in its name; its servers are stopped afterwards."""
    folder = tmp_path / "a data folder"
    yield folder
    postgres.stop(folder)
    valkey.stop(folder)
    shutil.rmtree(paths.socket_dir(folder), ignore_errors=True)


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def connect(data_dir: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(paths.socket_dir(data_dir)), port="5432", user="balis", dbname="balis")


def test_postgres_starts_once_listens_to_nobody_else_and_knows_chinese(data_dir: Path) -> None:
    assert postgres.ensure(data_dir, durable=False) is True
    pid = postmaster_pid(data_dir)
    assert postgres.ensure(data_dir, durable=False) is False
    assert postmaster_pid(data_dir) == pid
    with connect(data_dir) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses'), '高等数学' ~ '^[[:alpha:]]+$'").fetchone()
    assert row == ("", True)


def test_five_first_starts_at_once_give_one_server(data_dir: Path) -> None:
    code = "import sys, pathlib; from balis.embedded import postgres; print(postgres.ensure(pathlib.Path(sys.argv[1])))"

    def call(_: int) -> str:
        done = subprocess.run([sys.executable, "-c", code, str(data_dir)], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(call, range(5)))
    assert sorted(answers) == ["False", "False", "False", "False", "True"]


def test_postgres_comes_back_after_a_kill_with_its_data(data_dir: Path) -> None:
    postgres.ensure(data_dir)
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE book AS SELECT '高等数学' AS title")
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)
    assert postgres.ensure(data_dir) is True
    with connect(data_dir) as connection:
        assert connection.execute("SELECT title FROM book").fetchone() == ("高等数学",)


def test_a_server_whose_socket_was_swept_away_is_replaced(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.ensure(data_dir, durable=False)
    pid = postmaster_pid(data_dir)
    shutil.rmtree(paths.socket_dir(data_dir))
    monkeypatch.setattr(postgres, "SILENCE_SECONDS", 0)
    assert postgres.ensure(data_dir, durable=False) is True
    assert postmaster_pid(data_dir) != pid


def test_the_port_of_somebody_elses_server_does_not_confuse_us(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "5499")
    assert postgres.ensure(data_dir, durable=False) is True
    monkeypatch.delenv("PGPORT")
    assert postgres.ensure(data_dir, durable=False) is False


def test_root_runs_postgres_as_somebody_else_with_and_without_namespaces(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        assert postgres._unprivileged(data_dir) == []
        return
    works = postgres._works
    for prefix, owner in ((postgres.AS_NOBODY, postgres.NOBODY), (postgres.IN_NAMESPACE, postgres.ROOT)):
        if not works([*prefix, "true"]):
            continue  # this machine offers one way only
        monkeypatch.setattr(postgres, "_works", lambda command, prefix=prefix: command[0] == prefix[0])
        assert postgres.ensure(data_dir, durable=False) is True
        assert (data_dir / "postgres").stat().st_uid == owner
        assert postgres.stop(data_dir) is True


def test_a_half_initialised_folder_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "base").mkdir()
    with pytest.raises(EmbeddedError, match=r"not a whole database.*make reset"):
        postgres.ensure(tmp_path)
    assert (tmp_path / "postgres" / "base").is_dir()


def test_a_database_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 15, this is 18"):
        postgres.ensure(tmp_path)


def test_an_interrupted_first_start_is_simply_repeated(data_dir: Path) -> None:
    (data_dir / "postgres.unfinished" / "base").mkdir(parents=True)
    assert postgres.ensure(data_dir, durable=False) is True


def test_stop_is_harmless_when_nothing_runs(tmp_path: Path) -> None:
    assert postgres.stop(tmp_path) is False
    assert valkey.stop(tmp_path) is False


def test_a_stale_pid_file_of_another_program_is_not_our_server(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres.stop(tmp_path) is False  # and this test process is still alive to say so


def test_valkey_starts_once_and_keeps_what_it_acknowledged_through_a_kill(data_dir: Path) -> None:
    assert valkey.ensure(data_dir) is True
    assert valkey.ensure(data_dir) is False
    with redis.Redis(unix_socket_path=str(paths.valkey_socket(data_dir))) as client:
        client.set("mail", "queued")
    os.kill(int((data_dir / "valkey" / "pid").read_text()), signal.SIGKILL)
    assert valkey.ensure(data_dir) is True
    with redis.Redis(unix_socket_path=str(paths.valkey_socket(data_dir))) as client:
        assert client.get("mail") == b"queued"


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="t") as short:  # a socket's path may not be long
        monkeypatch.setattr("tempfile.tempdir", short)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        paths.socket_dir(tmp_path / "data").symlink_to(elsewhere)
        with pytest.raises(EmbeddedError, match="belongs to somebody else"):
            valkey.ensure(tmp_path / "data")
        assert list(elsewhere.iterdir()) == []


def test_a_temporary_folder_too_deep_for_sockets_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("d" * 100)))
    with pytest.raises(EmbeddedError, match="too long: set TMPDIR"):
        valkey.ensure(tmp_path)


@pytest.mark.parametrize("name", ['a "b"', "a$b", "a`b"])
def test_a_path_that_breaks_the_tools_of_postgresql_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmbeddedError, match="rename that folder"):
        postgres.ensure(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_socket_paths_stay_short_however_deep_the_folder() -> None:
    assert len(str(paths.valkey_socket(Path("/" + "深" * 200)))) < 107
