#!/bin/sh
# Renews the lock files: hashes, no addresses. uv comes from a throwaway environment.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet uv
compile() {
    "$work/venv/bin/uv" pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-emit-find-links \
        --no-header --python-version 3.11 pyproject.toml "$@"
}
compile -o requirements.lock
compile --extra dev -c requirements.lock -o requirements-dev.lock
