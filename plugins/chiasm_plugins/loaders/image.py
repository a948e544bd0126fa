"""Decodes pictures to upright RGB.

The decoder of each format was picked by measurement (pictures a second of 1.5 megapixels, one core of a Sapphire Rapids
Xeon; ``bench/decode.py`` repeats it):

- JPEG: simplejpeg at reduced scale 362, Pillow draft 329, OpenCV reduced 362 but by powers of two only; full decoding
  242, 145 and 219.
- WebP without alpha: OpenCV 85, Pillow 59 (it always decodes to RGBA).
- PNG: Pillow 20, OpenCV 24, which loses what Pillow tells of palettes, alpha and damage. GIF: Pillow 71, OpenCV 18.
  TIFF and BMP: alike. These four are Pillow's.
"""

from __future__ import annotations

import io

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from chiasm.contracts import Loader, LoaderParams
from chiasm.errors import MediaError, MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import IMAGE, Limits, Source, Want
from chiasm_plugins.loaders.pixels import orientation, to_rgb, upright
from chiasm_plugins.loaders.webp import decode_plain_webp, webp_header

Pixels = NDArray[np.uint8]

_FORMATS: tuple[tuple[bytes, type[ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"\x89PNG", PngImagePlugin.PngImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
    (b"GIF8", GifImagePlugin.GifImageFile),
    (b"II", TiffImagePlugin.TiffImageFile),
    (b"MM", TiffImagePlugin.TiffImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
)
"""Opened by class and not by ``Image.open``: no other of Pillow's forty formats is tried on untrusted bytes, and its
warning about large pictures, a process-wide setting, stays out of the way of ``Limits``."""

_MAX_SCANS = 1000
"""A progressive JPEG has about ten scans; each of them costs a pass over the picture."""


class ImageLoader(Loader[LoaderParams]):
    """Decodes JPEG, PNG, WebP, GIF (first frame), TIFF (first page) and BMP."""

    modality = IMAGE

    def decode(self, source: Source, want: Want) -> Pixels:
        """Return uint8 ``[H, W, 3]`` RGB, upright; a JPEG at reduced scale where ``want.min_side`` allows it."""
        data = source.read(self.params.limits.max_image_bytes)
        return decode_image(data, limits=self.params.limits, min_side=want.min_side, name=source.name)


def decode_image(
    data: bytes, *, limits: Limits | None = None, min_side: int | None = None, name: str = "picture in memory"
) -> Pixels:
    """Decode a picture file: EXIF orientation applied, alpha put on white, 16 bits made 8.

    Args:
        data: The file's bytes.
        limits: Its ``max_pixels`` is checked against the header, before anything is decoded.
        min_side: The picture may come smaller than it is, with its shorter side at least this many pixels.
        name: How messages call it.

    Returns:
        uint8 ``[H, W, 3]``, RGB, contiguous.

    Raises:
        UnreadableMedia: It is truncated or corrupt.
        MediaTooLarge: It has more than ``limits.max_pixels`` pixels.
        UnsupportedMedia: It is none of the formats above.
    """
    max_pixels = (limits or Limits()).max_pixels
    try:
        return _decode(data, max_pixels, min_side, name)
    except (MediaError, MemoryError):
        raise
    except Exception as error:
        # Pillow lets OSError, SyntaxError, ValueError, RuntimeError, NotImplementedError and more through on bad files.
        raise UnreadableMedia(f"the picture cannot be decoded ({error})", where=name) from error


def _decode(data: bytes, max_pixels: int, min_side: int | None, name: str) -> Pixels:
    if data[:4] == b"RIFF":
        header = webp_header(data)
        _check_size(header.width, header.height, max_pixels, name)
        pixels = decode_plain_webp(data) if header.plain else None
        if pixels is not None:
            return pixels
    picture_class = next((each for start, each in _FORMATS if data.startswith(start)), None)
    if picture_class is None:
        raise UnsupportedMedia("the bytes are no picture of a known format", where=name)
    picture = picture_class(io.BytesIO(data))
    _check_size(*picture.size, max_pixels, name)
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        return _decode_jpeg(picture, data, min_side, name)
    picture.load()
    return upright(to_rgb(picture), orientation(picture))


def _decode_jpeg(picture: JpegImagePlugin.JpegImageFile, data: bytes, min_side: int | None, name: str) -> Pixels:
    if picture.info.get("progressive") and data.count(b"\xff\xda") > _MAX_SCANS:
        raise UnreadableMedia("a JPEG of that many scans is made to keep decoders busy", where=name)
    turn = orientation(picture)
    if picture.mode in ("RGB", "L"):
        side = min_side or 0
        try:
            return upright(simplejpeg.decode_jpeg(data, "RGB", min_height=side, min_width=side), turn)
        except ValueError:
            pass  # it stops at every irregularity, of which Pillow forgives those that lose no picture
    if min_side:
        picture.draft(picture.mode, (min_side, min_side))
    picture.load()
    return upright(to_rgb(picture), turn)


def _check_size(width: int, height: int, max_pixels: int, name: str) -> None:
    if width * height > max_pixels:
        raise MediaTooLarge(
            f"{width:,} x {height:,} pixels are over the limit of {max_pixels:,}",
            where=name,
            fix="Raise 'max_pixels' under 'media:' in the configuration if the file is trusted.",
        )
