"""Runs every benchmark, or those that are named: ``python -m bench [NAME ...] [--quick]``."""

import subprocess
import sys
from pathlib import Path

NO_BENCHMARKS = {"__main__", "__init__", "digits_data", "digits_fusions", "machine", "rounds"}


def main() -> int:
    folder = Path(__file__).parent
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem not in NO_BENCHMARKS)
    asked = [each for each in sys.argv[1:] if not each.startswith("-")]
    options = [each for each in sys.argv[1:] if each.startswith("-")]
    if unknown := set(asked) - set(names):
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    failed = []
    for name in asked or names:
        print(f"\n== {name}", flush=True)
        # A process of its own: what one benchmark loads must not weigh on the next.
        if subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
