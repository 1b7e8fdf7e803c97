"""`python -m balis.run.stop`: ends what a command or a killed run left running in this folder."""

import sys

from balis import embedded
from balis.embedded.paths import default_data_dir
from balis.environment import load_env_file
from balis.run.former import stop_former_processes
from balis.run.ground import NotReady, claim_folder


def stop() -> list[str]:
    """Stop the embedded servers and leftovers; return their names. Raises NotReady while `make run` is using them."""
    load_env_file()
    data_dir = default_data_dir()
    with claim_folder(data_dir):
        former = stop_former_processes(data_dir)
        return ([f"{former} processes of a killed run"] if former else []) + embedded.stop(data_dir)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"stopped: {', '.join(stop()) or 'nothing ran'}\n")
    except (NotReady, embedded.EmbeddedError) as error:
        sys.exit(str(error))
