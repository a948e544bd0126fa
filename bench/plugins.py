"""What installed plugins cost: ``chiasm plugins list`` and ``--help`` with 100 of them, and discovery for each.

Each is a distribution of its own with a light module that offers one component. Bounds: 0.5 s and 0.3 s.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.machine import print_machine

BOUNDS = {("plugins", "list"): 0.5, ("--help",): 0.3}

MODULE = """
from chiasm_registry import ComponentSpec, hookimpl


@hookimpl
def chiasm_components():
    return [ComponentSpec("encoder", "plugin-{n}", "plugin_{n}.encoder:Encoder", "A light plugin.", None, ("text",))]
"""

DISCOVERY = """
import time
started = time.perf_counter()
from chiasm_registry import installed_registry
imported = time.perf_counter()
found = len([each for each in installed_registry().plugins() if each.distribution.startswith("plugin-")])
print(found, time.perf_counter() - imported)
"""


def install(count: int, folder: Path) -> None:
    """Write distributions as pip would leave them."""
    for n in range(count):
        package = folder / f"plugin_{n}"
        package.mkdir()
        (package / "__init__.py").write_text(MODULE.format(n=n))
        info = folder / f"plugin_{n}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: plugin-{n}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[chiasm.plugins]\nplugin-{n} = plugin_{n}\n")


def run(command: list[str], folder: Path) -> str:
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path})
    return done.stdout


def seconds(command: list[str], folder: Path, runs: int) -> float:
    """The median wall time of runs, after one that is not counted, which writes the byte code."""
    run(command, folder)
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        run(command, folder)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def discovery(folder: Path, runs: int, expected: int) -> float:
    found = [run([sys.executable, "-c", DISCOVERY], folder).split() for _ in range(runs + 1)]
    assert {int(count) for count, _ in found} == {expected}
    return statistics.median(float(took) for _, took in found[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs")
    parser.add_argument("--count", type=int, default=100, help="plugins installed")
    arguments = parser.parse_args()
    runs = 5 if arguments.quick else 20
    print_machine()
    chiasm = shutil.which("chiasm", path=sys.prefix + "/bin") or "chiasm"
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name) / "none", Path(name) / "many"
        few.mkdir()
        many.mkdir()
        install(arguments.count, many)
        print(f"{'':24} {'none':>8} {arguments.count:>8} plugins")
        for command, bound in BOUNDS.items():
            without, with_all = (seconds([chiasm, *command], folder, runs) for folder in (few, many))
            verdict = "within" if with_all <= bound else "OVER"
            print(f"{'chiasm ' + ' '.join(command):24} {without:7.3f}s {with_all:7.3f}s  {verdict} {bound} s")
        without, with_all = discovery(few, runs, 0), discovery(many, runs, arguments.count)
        each = (with_all - without) / arguments.count
        print(f"{'discovery':24} {without:7.3f}s {with_all:7.3f}s  {each * 1000:.2f} ms for each plugin")


if __name__ == "__main__":
    main()
