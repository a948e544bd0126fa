"""Contract tests cannot be replaced; what a component cannot pass is declared, with a reason, and has to fail."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from chiasm.testing import ContractMisused, EncoderContract

HERE = Path(__file__).parent


def test_a_test_cannot_be_overridden():
    with pytest.raises(ContractMisused, match=r"test_it_can_be_pickled.*expected_failures = \{'test_it_can_be_pick"):

        class Cheating(EncoderContract):
            def test_it_can_be_pickled(self, component):
                pass


def test_a_test_cannot_be_taken_away():
    with pytest.raises(ContractMisused):

        class Cheating(EncoderContract):
            test_it_can_be_pickled = None


def test_a_test_cannot_be_overridden_by_another_base():
    class Mixin:
        def test_encoding_prints_nothing(self, component):
            pass

    with pytest.raises(ContractMisused, match="Cheating"):

        class Cheating(Mixin, EncoderContract):
            pass


def test_a_misspelt_expected_failure_is_refused_with_the_nearest_name():
    with pytest.raises(ContractMisused, match="Did you mean 'test_it_can_be_pickled'"):

        class Mistaken(EncoderContract):
            expected_failures = {"test_it_can_be_pickeld": "handles"}


def test_an_expected_failure_needs_a_reason():
    with pytest.raises(ContractMisused, match="without a reason"):

        class Silent(EncoderContract):
            expected_failures = {"test_it_can_be_pickled": " "}


def run_pytest(folder: Path, body: str) -> str:
    (folder / "test_it.py").write_text(
        "import pytest, sys\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "import faulty_encoders as faulty\n"
        "from chiasm.testing import EncoderContract\n" + dedent(body)
    )
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", str(folder), "-c", "/dev/null"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_declared_failure_is_expected_and_one_that_passes_is_an_error(tmp_path):
    said = run_pytest(
        tmp_path,
        """
        class TestIt(EncoderContract):
            expected_failures = {
                "test_it_can_be_pickled": "it holds a lock",
                "test_encoding_prints_nothing": "it is said to print",
            }

            @pytest.fixture
            def component(self):
                return faulty.HoldsALock(faulty.LetterParams())

            def test_more_may_be_tested(self, component):
                assert component.params.scale == 1.0
        """,
    )

    assert re.search(r"XFAIL \S*test_it.py::TestIt::test_it_can_be_pickled - it holds a lock", said)
    assert re.search(r"FAILED \S*test_it.py::TestIt::test_encoding_prints_nothing", said)
    assert "[XPASS(strict)] it is said to print" in said
    assert re.search(r"PASSED \S*test_it.py::TestIt::test_more_may_be_tested", said)


def test_the_message_says_what_broke(tmp_path):
    said = run_pytest(
        tmp_path,
        """
        class TestIt(EncoderContract):
            @pytest.fixture
            def component(self):
                return faulty.KeepsWeights(faulty.LetterParams())
        """,
    )

    assert "after close() it still holds 8,000," in said
    assert "1 failed" in said


def test_the_kit_is_imported_without_pytest_and_hypothesis():
    program = (
        "import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None\n"
        "import chiasm.testing as kit\n"
        "print([getattr(kit, name).__name__ for name in kit.__all__])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "EncoderContract" in done.stdout, done.stderr
