"""Small real files, and sources opened over them with the installed loaders."""

from __future__ import annotations

import os
import shutil
import tempfile
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chiasm.documents import DocumentSource, SourceFailure, open_source
from chiasm.media import Document
from chiasm.media.loaders import Loaders, installed_loaders

Opened = Callable[..., DocumentSource]


@pytest.fixture(scope="session")
def loaders() -> Loaders:
    return installed_loaders()


@pytest.fixture
def opened(loaders: Loaders) -> Opened:
    """``open_source`` with the installed loaders."""

    def opened(source: Any, **options: Any) -> DocumentSource:
        return open_source(source, loaders=loaders, **options)

    return opened


class Files:
    """Writes files of each modality below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, name: str, text: str = "rain on a tin roof") -> Path:
        return self.raw(name, text.encode())

    def image(self, name: str, colour: tuple[int, int, int] = (200, 30, 30), kind: str = "PNG") -> Path:
        path = self._path(name)
        Image.new("RGB", (32, 24), colour).save(path, kind)
        return path

    def audio(self, name: str, seconds: float = 0.1) -> Path:
        path = self._path(name)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(np.zeros(round(16_000 * seconds), np.int16).tobytes())
        return path

    def raw(self, name: str, data: bytes) -> Path:
        path = self._path(name)
        path.write_bytes(data)
        return path

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    root = tmp_path / "root"
    root.mkdir()
    return Files(root.resolve())


@pytest.fixture
def other_user() -> Iterator[Files]:
    """Files in a folder that everybody may enter, while the test runs as a user whom permissions bind.

    Root may read everything, so it becomes nobody for the length of the test.
    """
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o777)
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(65534)
    try:
        yield Files(folder)
    finally:
        if privileged:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


def split(source: DocumentSource) -> tuple[list[Document], list[SourceFailure]]:
    """Return the documents and the failures of a source."""
    entries = list(source)
    documents = [each for each in entries if isinstance(each, Document)]
    return documents, [each for each in entries if isinstance(each, SourceFailure)]


@pytest.fixture
def taken() -> Callable[[DocumentSource], tuple[list[Document], list[SourceFailure]]]:
    return split
