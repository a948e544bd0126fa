"""The sample photographs: those that scikit-image and scikit-learn carry in their packages, in many file formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from chiasm.errors import ModelUnavailable


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph of a package.

    Attributes:
        package: Import name of the package.
        file: In the package.
        credit: Who made it, and what it may be used for.
    """

    package: str
    file: str
    credit: str

    def open(self) -> Image.Image:
        """Return it as an RGB picture.

        Raises:
            ModelUnavailable: The package is not installed, or lacks the file.
        """
        spec = find_spec(self.package)
        folder = Path(next(iter(spec.submodule_search_locations or [""]))) if spec else Path()
        if spec is None or not (folder / self.file).is_file():
            raise ModelUnavailable(
                f"the samples need the picture {self.file} of {self.package}", fix="pip install 'chiasm[demo]'"
            )
        with Image.open(folder / self.file) as picture:
            return picture.convert("RGB")


def _skimage(name: str, credit: str) -> Photograph:
    return Photograph("skimage", f"data/{name}", credit)


def _sklearn(name: str, credit: str) -> Photograph:
    return Photograph("sklearn", f"datasets/images/{name}", credit)


ASTRONAUT = _skimage("astronaut.png", "Eileen Collins, NASA, public domain")
BRICKS = _skimage("brick.png", "CC0Textures, CC0")
CAT = _skimage("chelsea.png", "Stéfan van der Walt, CC0")
COFFEE = _skimage("coffee.png", "Rachel Michetti, CC0")
COINS = _skimage("coins.png", "Brooklyn Museum, no known copyright restrictions")
FLOWER = _sklearn("flower.jpg", "vultilion, CC BY 2.0")
GALAXIES = _skimage("hubble_deep_field.jpg", "NASA and ESA, public domain")
GRASS = _skimage("grass.png", "linolafett, CC0")
HORSE = _skimage("horse.png", "Andreas Preuss, CC0")
MOON = _skimage("moon.png", "NASA, public domain")
MOTORCYCLE = _skimage("motorcycle_left.png", "D. Scharstein and others, Middlebury stereo data 2014")
MOTORCYCLE_FROM_THE_RIGHT = _skimage("motorcycle_right.png", "D. Scharstein and others, Middlebury stereo data 2014")
PAGE = _skimage("page.png", "sample data of scikit-image")
PHOTOGRAPHER = _skimage("camera.png", "Lav Varshney, CC0")
ROCKET = _skimage("rocket.jpg", "SpaceX, public domain")
TEMPLE = _sklearn("china.jpg", "danielbuechele, CC BY 2.0")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file of the sample folder.

    Attributes:
        name: Its name; the suffix says the format.
        photograph: What it shows.
        text: Written beside it, in a file of the same stem.
        facts: Metadata in a JSON file of the same stem.
    """

    name: str
    photograph: Photograph
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


# Named as a camera names them, so that only what they show can find them.
PHOTO_FILES = (
    PhotoFile("IMG_0101.jpg", ASTRONAUT),
    PhotoFile("IMG_0102.png", CAT, facts={"year": 2009}),
    PhotoFile("IMG_0103.webp", COFFEE),
    PhotoFile("IMG_0104.jpg", MOTORCYCLE),
    PhotoFile("IMG_0105.jpg", TEMPLE, facts={"year": 2011}),
    PhotoFile(
        "IMG_0106.tiff",
        COINS,
        text="Uncle Victor dug these up in the field behind the mill in the summer of 1998. The museum kept three.\n",
        facts={"year": 1998},
    ),
    PhotoFile("IMG_0107.jpg", PHOTOGRAPHER),
    PhotoFile("IMG_0108.bmp", PAGE),
    PhotoFile("IMG_0109.gif", HORSE),
)
