"""`python -m bench [NAME ...]`: run the benchmarks and print their tables."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench import (
    browser,
    bus,
    compiling,
    export,
    generate,
    http,
    image,
    jobs,
    kernels,
    lab,
    results,
    sockets,
    streams,
    swap,
    warp,
)

BENCHMARKS: dict[str, Callable[[], None]] = {
    "http": http.main,
    "results": results.main,
    "sockets": sockets.main,
    "streams": streams.main,
    "warp": warp.main,
    "generate": generate.main,
    "swap": swap.main,
    "jobs": jobs.main,
    "bus": bus.main,
    "compiling": compiling.main,
    "lab": lab.main,
    "kernels": kernels.main,
    "export": export.main,
    "image": image.main,
    "browser": browser.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
