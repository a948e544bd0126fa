"""What the page on evaluation shows works on the media of the demonstration, as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chiasm.cli import run

PAGE = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")
COMMANDS = [
    " ".join(block.replace("\\\n", " ").split())
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
]
ON_DEMO = [command for command in COMMANDS if "chiasm-demo" in command]
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(demonstration, tmp_path, monkeypatch):
    (tmp_path / "chiasm-demo").symlink_to(demonstration.folder.parent)
    (name, lines) = re.search(r'^```json title="(.*?)"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL).groups()
    (tmp_path / name).write_text(lines)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", ON_DEMO)
def test_every_command_runs(folder, command, capsys):
    program, *arguments = shlex.split(command)
    assert program == "chiasm"
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "7 judged queries" in out or "centred" in out


def test_the_commands_that_are_shown_were_found():
    assert len(ON_DEMO) == 4 and len(PROGRAMS) == 3


def test_the_table_that_is_shown_has_the_shape_of_the_one_that_is_printed(folder, capsys):
    run(shlex.split(ON_DEMO[0])[1:])
    shown = re.search(r"^```text\n(7 judged.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]
    printed = capsys.readouterr().out
    systems = [re.split(r" {2,}", line)[0] for line in printed.strip().splitlines()]
    assert [re.split(r" {2,}", line)[0] for line in shown.strip().splitlines()] == systems


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_runs(folder, program):
    exec(compile(program, "evaluation.md", "exec"), {})
