"""`make soak`: services and replicas for ten minutes each, or as many as are given, then kernels
and streams."""

from __future__ import annotations

import sys

from bench.soak import kernels, replicas, services, streams


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    passed = [services.main(minutes), replicas.main(minutes), kernels.main(), streams.main()]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
