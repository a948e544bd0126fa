"""Indexing 500 JPEGs of 1 to 2 megapixels with the starter's picture encoder, into the embedded store.

At least 4 times as fast as a plain loop: Pillow decodes each whole, torch computes in float32, one by one.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.machine import print_machine
from bench.rounds import by_turns, verdict
from chiasm import Pipeline
from chiasm.demo.photographs import ASTRONAUT, CAT, COFFEE, FLOWER, MOTORCYCLE, ROCKET, TEMPLE
from chiasm_plugins.starter import starter_model

BOUND = 4.0
SIDE = 224
MEAN, DEVIATION = 127.0, 128.0
PIPELINE = """
chiasm: 1
components:
  words: {use: sentence-transformer, params: {model: "starter:all-MiniLM-L6-v2"}}
  sight: {use: conse, params: {classifier: "starter:efficientnet-lite0", words: words}}
index:
  - {encode: image, with: sight}
"""


def write_photographs(folder: Path, count: int) -> None:
    """Write parts of real photographs, enlarged to 1 to 2 megapixels, with a camera's noise."""
    random = np.random.default_rng(0)
    sources = [each.open() for each in (ASTRONAUT, CAT, COFFEE, FLOWER, MOTORCYCLE, ROCKET, TEMPLE)]
    for number in range(count):
        source = sources[number % len(sources)]
        share = random.uniform(0.6, 1.0)
        width, height = int(source.width * share), int(source.height * share)
        left, top = random.integers(source.width - width + 1), random.integers(source.height - height + 1)
        part = source.crop((left, top, left + width, top + height))
        scale = (random.uniform(1.0e6, 2.0e6) / (width * height)) ** 0.5
        large = np.asarray(part.resize((int(width * scale), int(height * scale)), Image.Resampling.BICUBIC))
        noise = random.integers(0, 6, large.shape, dtype=np.int16)
        noisy = np.clip(large + noise, 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number:04}.jpg", quality=90)


class Ways:
    """The same photographs, classified by a plain loop and indexed through a pipeline."""

    def __init__(self, photographs: Path, work: Path) -> None:
        from efficientnet_lite_pytorch import EfficientNet

        self.photographs = photographs
        self.work = work
        files = starter_model("starter:efficientnet-lite0")
        self.model = EfficientNet.from_name("efficientnet-lite0")
        self.model.load_state_dict(torch.load(files.locate() / files.weights, weights_only=True))
        self.model.eval()

    def plain_loop(self) -> Callable[[], None]:
        def job() -> None:
            for path in sorted(self.photographs.iterdir()):
                with Image.open(path) as opened:
                    picture = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
                pixels = torch.from_numpy((np.asarray(picture, np.float32) - MEAN) / DEVIATION)
                with torch.inference_mode():
                    self.model(pixels.permute(2, 0, 1)[None])

        return job

    def chiasm(self) -> Callable[[], None]:
        library = Pipeline.from_yaml(PIPELINE, store=Path(tempfile.mkdtemp(dir=self.work)))
        first = np.zeros((SIDE, SIDE, 3), np.uint8)
        library.index([{"id": "first", "image": first}])  # loads the models, as the loop's is loaded

        def job() -> None:
            report = library.index(self.photographs)
            library.close()
            assert not report.failed, report

        return job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the photographs")
    count = 50 if parser.parse_args().quick else 500
    print_machine()
    with tempfile.TemporaryDirectory() as made:
        photographs, work = Path(made, "photographs"), Path(made, "work")
        photographs.mkdir()
        work.mkdir()
        write_photographs(photographs, count)
        ways = Ways(photographs, work)
        took = by_turns({"plain loop": ways.plain_loop, "chiasm": ways.chiasm}, rounds=1 if count < 500 else 3)
    for name, each in took.items():
        print(f"{name:12} {count / each.wall:7.1f} images/s  {each.processor:6.1f} s of processor")
    print(f"faster than the plain loop: {verdict(took['plain loop'].wall / took['chiasm'].wall, BOUND, at_least=True)}")


if __name__ == "__main__":
    main()
