"""The program around the commands: help, exit codes, errors, commands of plugins."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from chiasm.cli.exit_codes import exit_code_of
from chiasm.errors import (
    ConfigError,
    ModelUnavailable,
    QueryError,
    SpaceMismatch,
    StoreLocked,
    UnknownComponent,
    UnreadableMedia,
    UnusableComponent,
)

HELLO = """
from chiasm_registry import hookimpl

@hookimpl
def chiasm_cli(app):
    @app.command()
    def hello(name: str = "you"):
        "Greet."
        print(f"hello {name}")
"""


def test_help_imports_no_plugin_and_nothing_heavy(process):
    code = "import sys; from chiasm.cli import run; run(['--help']); print('MODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.partition("MODULES")[2].split())

    assert "Commands:" in done.stdout
    assert not modules & {"numpy", "torch", "qdrant_edge", "chiasm.pipeline", "chiasm_plugins.encoders", "rich"}


def test_listing_plugins_imports_nothing_heavy():
    code = "import sys; from chiasm.cli import run; run(['plugins', 'list']); print('MODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.partition("MODULES")[2].split())

    assert not modules & {"numpy", "torch", "transformers", "cv2", "av", "qdrant_edge", "chiasm.pipeline", "rich"}


def test_help_documents_the_exit_codes(chiasm):
    text = " ".join(chiasm("--help").out.split())

    assert "0 done; 1 some documents failed" in text
    assert "130 interrupted" in text


@pytest.mark.parametrize("command", ["index", "search", "plan", "retry", "info", "plugins", "schema", "demo"])
def test_every_command_has_help(chiasm, command):
    result = chiasm(command, "--help")

    assert result.code == 0
    assert f"Usage: chiasm {command}" in result.out


def test_no_command_shows_the_help(process):
    assert "Usage: chiasm" in (result := process()).out + result.err


def test_an_unknown_command_is_told_with_the_nearest(chiasm):
    result = chiasm("serch")

    assert result.code == 2
    assert "No such command 'serch'" in result.err
    assert "Did you mean 'search'?" in result.err


def test_a_command_of_a_plugin_runs(chiasm, install):
    install("greeter", HELLO)

    assert chiasm("hello", "--name", "chiasm").out == "hello chiasm\n"
    assert "Greet." in chiasm("hello", "--help").out


def test_a_plugin_whose_commands_fail_hides_no_other(chiasm, install, caplog):
    install("greeter", HELLO)
    install("another", "from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_cli(app): raise RuntimeError('no')")

    assert chiasm("hello").out == "hello you\n"
    assert "another/another: chiasm_cli raised RuntimeError: no" in caplog.text


def test_a_command_that_two_plugins_add_is_refused(chiasm, install):
    install("greeter", HELLO)
    install("another", HELLO)
    result = chiasm("hello")

    assert result.code == 2
    assert "2 plugins add a command 'hello'" in result.err


def test_a_plugin_cannot_take_the_place_of_a_command(chiasm, install):
    install("greeter", HELLO.replace("def hello", "def schema"))

    assert chiasm("schema").out.startswith("{")


def test_an_error_is_one_message_without_a_traceback(chiasm, tmp_path):
    result = chiasm("plan", "--config", tmp_path / "none.yaml")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: ")
    assert "Traceback" not in result.err


@pytest.mark.parametrize("before", [True, False])
def test_debug_shows_the_traceback_wherever_it_is_written(chiasm, tmp_path, before):
    arguments = ["plan", "--config", tmp_path / "none.yaml"]
    result = chiasm(*(["--debug", *arguments] if before else [*arguments, "--debug"]))

    assert "Traceback" in result.err
    assert "Error: " in result.err


def test_the_debug_variable_shows_the_traceback(chiasm, tmp_path, monkeypatch):
    monkeypatch.setenv("CHIASM_DEBUG", "1")

    assert "Traceback" in chiasm("plan", "--config", tmp_path / "none.yaml").err


def test_a_fault_of_a_plugin_is_told_as_a_fault(chiasm, install):
    install("greeter", HELLO.replace('print(f"hello {name}")', "raise KeyError('oops')"))
    result = chiasm("hello")

    assert result.code == 70
    assert "Unexpected error: KeyError: 'oops'" in result.err
    assert "--debug" in result.err


def test_an_interrupted_command_ends_with_130(chiasm, install):
    install("greeter", HELLO.replace('print(f"hello {name}")', "raise KeyboardInterrupt"))
    result = chiasm("hello")

    assert (result.code, result.err) == (130, "Interrupted.\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (UnknownComponent("x"), 2),
        (QueryError("x"), 2),
        (UnreadableMedia("x"), 2),
        (StoreLocked("x"), 3),
        (SpaceMismatch("x"), 3),
        (ModelUnavailable("x"), 4),
        (UnusableComponent("x"), 4),
    ],
)
def test_the_exit_code_tells_what_kind_of_error_it_was(error, code):
    assert exit_code_of(error) == code


def test_a_reader_that_goes_away_early_is_no_error(tmp_path):
    """As in ``chiasm schema | head -1``."""
    program = f"{sys.executable} -c 'from chiasm.cli import main; main()' schema 2>err | head -1"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout.splitlines()[0] == "{"
    assert (tmp_path / "err").read_text() == ""


def test_names_that_the_terminal_cannot_show_do_not_end_a_command(process, tmp_path):
    result = process("plan", "--config", "ünï🎈.yaml", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert result.code == 2
    assert r"\xfcn\xef\U0001f388.yaml" in result.err


def test_help_on_a_terminal_fits_it():
    text = on_terminal(["--help"], columns=60)

    assert "╭─ Commands" in text
    assert max(map(len, text.splitlines())) <= 60


def test_a_table_on_a_terminal_fits_it():
    text = on_terminal(["plugins", "list"], columns=80)

    assert "sentence-transformer" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("Plugin ")) <= 80


def on_terminal(arguments, columns):
    """Run a command on a terminal of that width and return what it shows, without colours."""

    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "50", "TERM": "xterm-256color"}
    program = [sys.executable, "-c", "from chiasm.cli import main; main()", *arguments]
    process = subprocess.Popen(program, stdout=theirs, stderr=theirs, stdin=theirs, env=environment)
    os.close(theirs)
    output = b""
    try:
        while chunk := os.read(ours, 65536):
            output += chunk
    except OSError:
        pass  # Linux says so when the other side is closed
    process.wait()
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.decode()).replace("\r", "")
