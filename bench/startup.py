"""How long the command line takes to start: ``--help`` and ``plugins list``, beside bare Python.

The bound is 0.3 s for each with everything installed.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time

from bench.machine import print_machine

BOUND_SECONDS = 0.3


def seconds(command: list[str], runs: int) -> list[float]:
    """Wall time of each run, after one that is not counted."""
    took = []
    for at in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if at:
            took.append(time.perf_counter() - started)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs")
    runs = 5 if parser.parse_args().quick else 20
    print_machine()
    chiasm = shutil.which("chiasm", path=sys.prefix + "/bin") or "chiasm"
    bare = statistics.median(seconds([sys.executable, "-c", ""], runs))
    print(f"{'bare python':24} {bare:6.3f} s")
    for command in (["--help"], ["plugins", "list"], ["index", "--help"]):
        median = statistics.median(seconds([chiasm, *command], runs))
        verdict = "within" if median <= BOUND_SECONDS else "OVER"
        name = " ".join(["chiasm", *command])
        print(f"{name:24} {median:6.3f} s  {median / bare:4.1f}x bare, {verdict} {BOUND_SECONDS} s")


if __name__ == "__main__":
    main()
