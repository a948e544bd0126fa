"""The contract of loaders."""

from __future__ import annotations

import gc
import pickle
import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np

from chiasm.contracts import Loader, LoaderParams
from chiasm.errors import ChiasmError, MediaError, MediaTooLarge
from chiasm.media.audio import Audio
from chiasm.media.item import Want
from chiasm.media.limits import Limits
from chiasm.media.modality import AUDIO, IMAGE, TEXT, VIDEO
from chiasm.media.source import Source
from chiasm.testing.comparing import digest
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, ContractMisused, expect
from chiasm.testing.elsewhere import call_in_another_process

_SMALL = Limits(max_pixels=1, max_seconds=0.001, max_bytes=1, max_image_bytes=1, max_text_bytes=1)


class LoaderContract(MovableContract):
    """Tests of a loader. Besides the fixture, a subclass says which files it is tested with."""

    def files(self, component: Loader[Any]) -> Sequence[bytes]:
        """Return the content of some small files that it reads; override it."""
        raise ContractMisused(
            f"the kit has no files of {type(component).__name__}",
            fix="Give some in your test class: def files(self, component): return [b'...', b'...']; "
            "for 'chiasm plugins check', --file FILE.",
        )

    def test_it_says_what_it_gives(self, component: Loader[Any]) -> None:
        """Items get its modality."""
        expect(isinstance(component.modality, str) and component.modality, f"modality is {component.modality!r}")
        expect(isinstance(component.params, LoaderParams), "its params do not derive from LoaderParams")

    def test_files_are_decoded_to_what_the_modality_asks_for(self, component: Loader[Any]) -> None:
        """Text to str, a picture to uint8 [H, W, 3], sound to Audio, a video to frames with times."""
        for source in self._sources(component):
            _check_value(component.modality, component.decode(source, Want()))

    def test_a_file_and_its_bytes_give_the_same(self, component: Loader[Any]) -> None:
        """Media come from disk, from tables and from queries."""
        for data in self.files(component):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "file"
                path.write_bytes(data)
                on_disk = _content(component, Source(path=path))
                expect(path.read_bytes() == data, "decoding changes the file")
            expect(on_disk == _content(component, Source(data=data)), "a file on disk is decoded otherwise than bytes")

    def test_the_same_file_always_gives_the_same(self, component: Loader[Any]) -> None:
        """Again, and by another loader."""
        for source in self._sources(component):
            first = _content(component, source)
            expect(_content(component, source) == first, "decoded a second time, a file gives something else")
            expect(_content(fresh(component), source) == first, "another loader decodes a file otherwise")

    def test_files_are_decoded_in_many_threads(self, component: Loader[Any]) -> None:
        """Runs read in threads."""
        sources = self._sources(component) * 8
        expected = [_content(component, source) for source in sources]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda source: _content(component, source), sources))
        expect(found == expected, "decoded in threads, files give something else")

    def test_damaged_files_are_refused(self, component: Loader[Any]) -> None:
        """Cut off, with bytes changed, or noise: a value, or a MediaError, and nothing else."""
        dice = random.Random(3)  # noqa: S311 - for tests
        for data in self.files(component):
            damaged = [data[: len(data) * part // 8] for part in range(1, 8)]
            damaged += [_with_changed_bytes(data, dice) for _ in range(16)]
            damaged += [dice.randbytes(200), data + dice.randbytes(50), data[len(data) // 2 :]]
            for content in damaged:
                _decode_or_refuse(component, Source(data=content or b"\0", name="damaged"))

    def test_an_empty_or_missing_file_is_refused(self, component: Loader[Any]) -> None:
        """With a MediaError that names it."""
        for source in (Source(data=b"", name="empty"), Source(path=Path("/no/such/folder/file"))):
            try:
                value = component.decode(source, Want())
                _consume(component.modality, value)
            except MediaError as error:
                expect(error.where or source.name in str(error), f"the error does not name the file: {error}")
            except Exception as error:
                raise ContractBroken(f"{source.name} raises {type(error).__name__}, not a MediaError") from error
            else:
                expect(False, f"{source.name} is decoded, to {value!r}")

    def test_limits_are_kept(self, component: Loader[Any]) -> None:
        """What is over ``params.limits`` is refused before it is decoded."""
        params = component.params.model_copy(update={"limits": _SMALL})
        strict = type(component)(params, component.parts)
        for source in self._sources(component):
            try:
                strict.decode(source, Want())
            except MediaTooLarge:
                continue
            except ChiasmError as error:
                raise ContractBroken(f"a file over the limits raises {error!r}, not MediaTooLarge") from error
            expect(False, f"{source.size} bytes are decoded with limits of one byte; ask source.read(max_bytes)")

    def test_no_file_stays_open(self, component: Loader[Any]) -> None:
        """A run decodes millions."""
        open_files = Path("/proc/self/fd")
        if not open_files.is_dir():
            raise SkipTest("open files cannot be counted here")
        with tempfile.TemporaryDirectory() as folder:
            for number, data in enumerate(self.files(component)):
                path = Path(folder) / str(number)
                path.write_bytes(data)
                _content(component, Source(path=path))
                _decode_or_refuse(component, Source(path=path), data[: len(data) // 2], path)
            gc.collect()
            left = [link for link in open_files.iterdir() if _points_into(link, folder)]
        expect(not left, f"{len(left)} files stay open after decoding")

    def test_another_process_decodes_the_same(self, component: Loader[Any]) -> None:
        """Items travel with their loaders."""
        source = self._sources(component)[0]
        value = component.decode(source, Want())
        try:
            pickle.dumps(value)
        except Exception as error:
            raise SkipTest("what it gives is decoded as it is used, and stays in its process") from error
        elsewhere = call_in_another_process(fresh(component), "decode", source, Want())
        expect(digest(elsewhere) == digest(value), "another process decodes a file otherwise")

    def test_decoding_prints_nothing(self, component: Loader[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            for source in self._sources(component):
                _content(component, source)

    def _sources(self, component: Loader[Any]) -> list[Source]:
        found = [Source(data=data, name=f"file {at}") for at, data in enumerate(self.files(component))]
        expect(found, "files() gives none")
        return found


def _check_value(modality: str, value: Any) -> None:  # noqa: ANN401
    if modality == TEXT:
        expect(isinstance(value, str), f"a text is decoded to {type(value).__name__}, not str")
    elif modality == IMAGE:
        good = isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == 3
        expect(good, f"a picture is decoded to {_form(value)}, not uint8 [H, W, 3]")
    elif modality == AUDIO:
        expect(isinstance(value, Audio), f"sound is decoded to {type(value).__name__}, not Audio")
        good = value.samples.ndim == 1 and value.samples.dtype == np.float32 and np.isfinite(value.samples).all()
        expect(good and value.rate > 0, f"sound is {_form(value.samples)} at {value.rate} Hz, not float32 [samples]")
    elif modality == VIDEO:
        frame = next(iter(value.frames(per_second=1.0)))
        _check_value(IMAGE, frame.pixels)
        expect(frame.seconds >= 0, f"the first frame is at {frame.seconds} s")
    else:
        expect(value is not None, "a file is decoded to None")


def _form(value: Any) -> str:  # noqa: ANN401
    return f"{value.dtype} {list(value.shape)}" if isinstance(value, np.ndarray) else type(value).__name__


def _consume(modality: str, value: Any) -> Any:  # noqa: ANN401
    """Return what a value holds: a video's frames, and other values as they are."""
    if modality != VIDEO:
        return value
    return [(frame.seconds, frame.pixels) for frame in value.frames(per_second=2.0)]


def _content(component: Loader[Any], source: Source) -> str:
    return digest(_consume(component.modality, component.decode(source, Want())))


def _with_changed_bytes(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(max(1, len(data) // 100)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _decode_or_refuse(
    component: Loader[Any], source: Source, content: bytes | None = None, path: Path | None = None
) -> None:
    if path is not None and content is not None:
        path.write_bytes(content)
    try:
        _consume(component.modality, component.decode(source, Want()))
    except MediaError:
        return
    except Exception as error:
        raise ContractBroken(
            f"a damaged file raises {type(error).__name__}: {error}; raise UnreadableMedia instead"
        ) from error


def _points_into(link: Path, folder: str) -> bool:
    try:
        return str(link.readlink()).startswith(folder)
    except OSError:
        return False
