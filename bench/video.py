"""Indexing a video at a frame a second with the starter's picture encoder.

At least 95% as fast as the parts by hand: PyAV with slice threads decodes every frame and takes one a second, and the
same encoder takes all of them at once.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from bench.decode import FRAME_RATE, write_video
from bench.machine import print_machine
from bench.rounds import by_turns, verdict
from chiasm import Pipeline
from chiasm.media import Item

BOUND = 0.95
MIN_SIDE = 256
PIPELINE = """
chiasm: 1
components:
  words: {use: sentence-transformer, params: {model: "starter:all-MiniLM-L6-v2"}}
  sight: {use: conse, params: {classifier: "starter:efficientnet-lite0", words: words}}
index:
  - {translate: video -> frame, with: {use: frames}}
  - {encode: frame, with: sight}
"""


def by_slices(path: Path) -> list[np.ndarray]:
    """A frame a second as the encoder wants it, each scaled by OpenCV."""
    taken = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        for number, frame in enumerate(container.decode(stream)):
            if number % FRAME_RATE == 0:
                pixels = frame.to_ndarray(format="rgb24")
                scale = MIN_SIDE / min(pixels.shape[:2])
                taken.append(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return taken


class Ways:
    """The same video by hand and through a pipeline."""

    def __init__(self, video: Path, work: Path) -> None:
        self.video = video
        self.work = work
        self.encoder = self.library().plan().encodings[0].encoder
        self.encoder.load()

    def library(self) -> Pipeline:
        return Pipeline.from_yaml(PIPELINE, store=Path(tempfile.mkdtemp(dir=self.work)))

    def by_hand(self) -> Callable[[], None]:
        def job() -> None:
            self.encoder.encode([Item.of_image(pixels) for pixels in by_slices(self.video)])

        return job

    def chiasm(self) -> Callable[[], None]:
        library = self.library()
        library.plan().encodings[0].encoder.load()

        def job() -> None:
            report = library.index(self.video)
            library.close()
            assert not report.failed, report

        return job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a shorter video, fewer rounds")
    quick = parser.parse_args().quick
    seconds = 30 if quick else 180
    print_machine()
    with tempfile.TemporaryDirectory() as made:
        video = Path(made, "video.mp4")
        write_video(video, seconds, 250)
        ways = Ways(video, Path(made))
        took = by_turns({"by hand": ways.by_hand, "chiasm": ways.chiasm}, rounds=2 if quick else 4)
    print(f"{seconds} s of 720p H.264 at {FRAME_RATE} frames a second, libx264's defaults")
    for name, each in took.items():
        print(f"{name:8} {seconds / each.wall:6.1f}x real time  {each.processor:6.1f} s of processor")
    print(f"speed beside the loop by hand: {verdict(took['by hand'].wall / took['chiasm'].wall, BOUND, at_least=True)}")


if __name__ == "__main__":
    main()
