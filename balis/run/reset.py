"""`python -m balis.run.reset`: throws away what `make run` and `make test` made in the data folder, and only that."""

import shutil
import sys
from pathlib import Path

from balis import embedded
from balis.embedded.paths import default_data_dir, socket_dir
from balis.environment import load_env_file
from balis.run.former import stop_former_processes
from balis.run.ground import NotReady, claim_folder

# BALIS_DATA_DIR may name a folder with other things in it: those stay.
OURS = [
    "access.log", "beat-schedule*", "beat.pid", "demo.unfinished", "mail", "media", "postgres", "postgres.*",
    "secret-key", "static", "static.stamp", "tests", "valkey", "valkey.lock",
]  # fmt: skip


def reset(data_dir: Path) -> None:
    """Stop the embedded servers of the folder and of the tests in it, then delete what is ours.

    Raises NotReady while the portal of this folder runs, EmbeddedError when a server does not stop.
    """
    if not data_dir.exists():
        return
    with claim_folder(data_dir):
        stop_former_processes(data_dir)
        for folder in (data_dir / "tests", data_dir):
            if folder.is_dir():
                embedded.stop(folder)
                shutil.rmtree(socket_dir(folder), ignore_errors=True)
        for pattern in OURS:
            for path in data_dir.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()


if __name__ == "__main__":
    load_env_file()
    try:
        reset(default_data_dir())
    except (NotReady, embedded.EmbeddedError) as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(f"{error.filename} cannot be deleted: {error.strerror}.")
