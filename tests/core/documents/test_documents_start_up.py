"""The ``documents:`` section is read without what reads files."""

import subprocess
import sys


def test_importing_the_configuration_brings_neither_readers_nor_tables():
    code = "import sys, chiasm.documents; print('chiasm.documents.folder' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
