#!/bin/sh
# Makes .venv and installs the locked packages into it: `setup.sh runtime` or `setup.sh dev`.
# Quick when nothing changed. Every failure is one sentence that says what to do.
set -eu
kind=${1:?runtime or dev}
cd "$(dirname "$0")/.."

fail() { echo "$1" >&2; exit 1; }

[ -w . ] || fail "No write permission in $(pwd): copy the project to a folder of yours."

lock=requirements.lock
[ "$kind" = dev ] && lock=requirements-dev.lock
stamp=.venv/installed-$kind
# An interrupted start may have left an environment without pip, an upgrade of the system one without Python.
if .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if [ -f "$stamp" ] && cmp -s "$lock" "$stamp"; then exit 0; fi
    # What the developers' lock installs is a superset of the runtime's.
    if [ "$kind" = runtime ] && [ -f .venv/installed-dev ] && cmp -s requirements-dev.lock .venv/installed-dev; then exit 0; fi
else
    python=
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "Python 3.11 or newer was not found: install it, or name it as in 'make run PYTHON=/path/to/python3'."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv)."
    rm -rf .venv
    "$python" -m venv .venv || fail "The virtual environment .venv could not be made: the message above says why."
fi

echo "· packages ($kind) …"
rm -f "$stamp"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock" ||
    fail "Some packages could not be installed: check the network (or pip's own configuration), then repeat."
cp "$lock" "$stamp"
