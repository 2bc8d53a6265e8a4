#!/bin/sh
# Runs a command as if what is installed in .venv/NAME were installed beside everything else.
set -eu
extra=$(cd ../.venv && pwd)/$1
shift
export PYTHONPATH="$extra" JUPYTER_PATH="$extra/share/jupyter" JUPYTER_CONFIG_PATH="$extra/etc/jupyter"
exec "$@"
