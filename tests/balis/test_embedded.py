"""The embedded servers start once, survive a kill, and say what to do when they cannot."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from balis.embedded import EmbeddedError, paths, postgres, valkey


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a blank in its name; its servers are stopped afterwards."""
    folder = tmp_path_factory.mktemp("a data folder")
    yield folder
    postgres.stop(folder)
    valkey.stop(folder)


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def connect(data_dir: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(paths.socket_dir(data_dir)), user="balis", dbname="balis")


def test_postgres_starts_once_and_keeps_chinese(data_dir: Path) -> None:
    assert postgres.ensure(data_dir, durable=False) is True
    pid = postmaster_pid(data_dir)
    assert postgres.ensure(data_dir, durable=False) is False
    assert postmaster_pid(data_dir) == pid
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE book (title text)")
        connection.execute("INSERT INTO book VALUES ('高等数学')")
        row = connection.execute("SELECT title, show_config FROM book, current_setting('listen_addresses') show_config")
        assert row.fetchone() == ("高等数学", "")


def test_five_parallel_calls_give_one_server(data_dir: Path) -> None:
    postgres.stop(data_dir)
    folder = f"Path({str(data_dir)!r})"
    code = f"from pathlib import Path; from balis.embedded import postgres; print(postgres.ensure({folder}))"

    def call(_: int) -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(call, range(5)))
    assert sorted(answers) == ["False", "False", "False", "False", "True"]


def test_postgres_comes_back_after_a_kill_with_its_data(data_dir: Path) -> None:
    postgres.ensure(data_dir)
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE acknowledged (title text)")
        connection.execute("INSERT INTO acknowledged VALUES ('高等数学')")
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)
    assert postgres.ensure(data_dir) is True
    with connect(data_dir) as connection:
        assert connection.execute("SELECT title FROM acknowledged").fetchone() == ("高等数学",)


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


def test_an_interrupted_first_start_is_simply_repeated(tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished" / "base").mkdir(parents=True)
    try:
        assert postgres.ensure(tmp_path, durable=False) is True
    finally:
        postgres.stop(tmp_path)


def test_stop_is_harmless_when_nothing_runs(tmp_path: Path) -> None:
    assert postgres.stop(tmp_path) is False
    assert valkey.stop(tmp_path) is False


def test_a_stale_pid_file_of_another_program_is_not_our_server(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert postgres.stop(tmp_path) is False  # and this test process is still alive to say so


def test_valkey_keeps_what_it_acknowledged_through_a_kill(data_dir: Path) -> None:
    assert valkey.ensure(data_dir) is True
    assert valkey.ensure(data_dir) is False
    client = redis.Redis(unix_socket_path=str(paths.valkey_socket(data_dir)))
    client.set("mail", "queued")
    client.close()
    os.kill(int((data_dir / "valkey" / "pid").read_text()), signal.SIGKILL)
    assert valkey.ensure(data_dir) is True
    client = redis.Redis(unix_socket_path=str(paths.valkey_socket(data_dir)))
    assert client.get("mail") == b"queued"
    client.close()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    paths.socket_dir(tmp_path / "data").symlink_to(elsewhere)
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        valkey.ensure(tmp_path / "data")
    assert list(elsewhere.iterdir()) == []


def test_socket_paths_stay_short_however_deep_the_folder() -> None:
    assert len(str(paths.valkey_socket(Path("/" + "深" * 200)))) < 107
