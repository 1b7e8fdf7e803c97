"""Prepare everything, then serve: web, worker and scheduler until Ctrl-C."""

import argparse
import os
import sys

from balis import embedded
from balis.embedded.paths import default_data_dir
from balis.environment import load_env_file
from balis.run.former import stop_former_processes
from balis.run.ground import NotReady, claim_folder, require_free_port
from balis.run.prepare import prepare
from balis.run.supervise import supervise


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    arguments = parser.parse_args()
    load_env_file()
    os.environ.setdefault("SITE_URL", f"http://localhost:{arguments.port}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    data_dir = default_data_dir()
    try:
        with claim_folder(data_dir):
            stop_former_processes(data_dir)
            require_free_port(arguments.host, arguments.port)
            embedded.ensure(data_dir)
            try:
                prepare()
                return supervise(data_dir, arguments.host, arguments.port)
            finally:
                embedded.stop(data_dir)
    except (NotReady, embedded.EmbeddedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
