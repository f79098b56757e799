"""`make bench`: every figure, one line each, all measured now; at most ten minutes."""

import importlib
import pkgutil
import sys
import time

import bench
from bench.figure import Figure

NOT_MEASURES = {"__main__", "catalogue_data", "figure", "instance"}
LIMIT_SECONDS = 600


def main() -> int:
    """Run the modules named on the command line, else all; 1 when one could not be measured."""
    wanted = sys.argv[1:] or [
        found.name
        for found in pkgutil.iter_modules(bench.__path__)
        if found.name not in NOT_MEASURES
    ]
    began = time.monotonic()
    print(f"{'figure':<46} {'ours':>18} {'reference':>22} {'ratio':>8} goal    verdict", flush=True)
    failed = False
    for name in wanted:
        try:
            figures: list[Figure] = importlib.import_module(f"bench.{name}").run()
        except Exception as error:  # noqa: BLE001 - one figure that fails must not hide the others
            print(f"{name:<46} not measured: {type(error).__name__}: {error}", flush=True)
            failed = True
            continue
        for figure in figures:
            print(figure.line(), flush=True)
    print(f"measured in {time.monotonic() - began:.0f} s (limit {LIMIT_SECONDS} s)")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
