"""The plugin tutorial, done as it says: from its own text, in a fresh environment."""

from __future__ import annotations

import difflib
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from fresh_environment import REPOSITORY, FreshEnvironment
from PIL import Image

from chiasm.scaffold import Scaffold

PAGE = (REPOSITORY / "docs" / "plugin-tutorial.md").read_text()
COMMANDS = [line for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.M | re.S) for line in block.splitlines()]
FILES = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```', PAGE, re.M | re.S))

MOST_COMMANDS, MOST_LINES = 5, 40


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader is: pictures, and a sunset to find the like of."""
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "Pictures").mkdir()
    colours = {"Pictures/rose": (220, 20, 60), "Pictures/sea": (10, 60, 200), "Pictures/leaf": (30, 160, 40)}
    for name, colour in (colours | {"sunset": (215, 25, 65)}).items():
        pixels = np.random.default_rng(7).integers(-8, 8, (80, 90, 3)) + colour
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{name}.jpg")
    return folder


def do(environment: FreshEnvironment, command: str, place: Path) -> str:
    program, *arguments = shlex.split(command)
    if program == "chiasm":
        return environment.chiasm(*arguments, cwd=place).stdout
    if program == "pytest":
        return environment.run("-m", "pytest", "-p", "no:cacheprovider", *arguments, cwd=place).stdout
    assert (program, arguments[:2]) == ("pip", ["install", "-e"])
    # What it depends on is there already, and nothing is fetched by tests.
    environment.install("-e", place / arguments[2].partition("[")[0])
    return ""


def test_the_tutorial_does_what_it_says(environment, place):
    new, install, test, index, search = COMMANDS
    do(environment, new, place)
    for name, text in FILES.items():
        assert (place / name).exists(), f"the scaffold writes no {name}"
        (place / name).write_text(text)
    do(environment, install, place)
    assert re.search(r"\b3\d passed|\b4\d passed", do(environment, test, place))
    do(environment, index, place)
    titles = [line for line in do(environment, search, place).splitlines() if ".jpg" in line]
    assert "rose.jpg" in titles[0]
    environment.run("-m", "mypy", cwd=place / "acme-colours")


def test_it_takes_few_commands_and_few_lines():
    generated = dict(Scaffold("encoder", "acme-colours").files())
    written = [
        line
        for name, text in FILES.items()
        for line in difflib.ndiff(generated[name.removeprefix("acme-colours/")].splitlines(), text.splitlines())
        if line.startswith("+ ") and line[2:].strip()
    ]
    print(f"{len(COMMANDS)} commands, {len(written)} lines", file=sys.stderr)

    assert len(COMMANDS) <= MOST_COMMANDS
    assert len(written) <= MOST_LINES


def test_the_tests_that_it_shows_are_those_that_the_scaffold_writes():
    generated = dict(Scaffold("encoder", "acme-colours").files())["tests/test_encoder.py"]
    (shown,) = re.findall(r"^```python\n(class Test.*?)^```", PAGE, re.M | re.S)

    assert shown in generated


def test_the_contract_page_names_every_contract():
    import chiasm.testing

    page = (REPOSITORY / "docs" / "testing.md").read_text()
    for name in chiasm.testing.__all__:
        if name.endswith("Contract"):
            assert f"`{name}`" in page or name == "Contract"
