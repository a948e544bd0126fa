"""Images a second through ``clip`` against transformers one by one; random weights, as time does not hang on them."""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.machine import print_machine
from chiasm.errors import ConfigError
from chiasm.media import Item
from chiasm_plugins.encoders.clip import ClipEncoder
from chiasm_plugins.encoders.clip_params import ClipParams


def write_model(folder: Path) -> None:
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    torch.manual_seed(0)
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    CLIPImageProcessor().save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps({}))  # there are no texts here


def pictures(count: int) -> list[np.ndarray]:
    """Pictures as a loader gives them at reduced scale, about 270 x 360."""
    random = np.random.default_rng(0)
    block = np.ones((9, 9, 1), np.uint8)
    return [np.kron(random.integers(0, 256, (30, 40, 3), dtype=np.uint8), block) for _ in range(count)]


def one_by_one(folder: Path, images: list[np.ndarray]) -> float:
    import torch
    from transformers import AutoImageProcessor, AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        model.get_image_features(**processor(images=images[0], return_tensors="pt"))
        start = time.perf_counter()
        for image in images:
            model.get_image_features(**processor(images=image, return_tensors="pt"))
        return len(images) / (time.perf_counter() - start)


def by_chiasm(folder: Path, images: list[np.ndarray], runtime: str, dtype: str) -> float:
    encoder = ClipEncoder(ClipParams.model_validate({"model": str(folder), "runtime": runtime, "dtype": dtype}))
    items = [Item.of_image(image) for image in images]
    encoder.encode(items[:8])
    start = time.perf_counter()
    encoder.encode(items)
    rate = len(images) / (time.perf_counter() - start)
    encoder.close()
    return rate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    images = pictures(16 if parser.parse_args().quick else 96)
    print_machine()
    with tempfile.TemporaryDirectory() as made:
        os.environ["CHIASM_CACHE_DIR"] = f"{made}/cache"
        folder = Path(made, "model")
        write_model(folder)
        plain = one_by_one(folder, images)
        print(f"transformers one by one, float32      {plain:6.1f} images/s")
        for runtime in ("torch", "openvino"):
            for dtype in ("float32", "bfloat16"):
                try:
                    rate = by_chiasm(folder, images, runtime, dtype)
                except ConfigError as error:
                    print(f"chiasm, {runtime} {dtype}: {error}")
                    continue
                print(f"chiasm, {runtime + ' ' + dtype:28}  {rate:6.1f} images/s  {rate / plain:4.1f}x")


if __name__ == "__main__":
    main()
