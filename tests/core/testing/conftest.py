"""The faulty components live in modules of this folder, so that they can be pickled and sent to other processes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
