"""Pictures: every format and mode becomes the same upright RGB, and bad ones are told."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from chiasm.contracts import LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import Item, Limits, Source, Want
from chiasm_plugins.loaders.image import ImageLoader, decode_image


def difference(one, other):
    assert one.shape == other.shape
    return np.abs(one.astype(int) - other.astype(int)).mean()


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_lossless_formats_give_the_very_pixels(encoded, photo, form, options):
    pixels = decode_image(encoded(form, **options))
    assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous and pixels.flags.writeable
    assert np.array_equal(pixels, photo)


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {"quality": 95}), ("JPEG", {"progressive": True}), ("WEBP", {}), ("GIF", {})],
)
def test_lossy_formats_give_what_pillow_gives(encoded, form, options):
    data = encoded(form, **options)
    assert difference(decode_image(data), np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))) < 1


def test_a_jpeg_is_decoded_at_reduced_scale_where_that_is_enough(encoded, photo):
    data = encoded("JPEG", np.tile(photo, (2, 3, 1)), quality=95)
    small = decode_image(data, min_side=200)
    assert small.shape == (256, 384, 3)
    reference = Image.fromarray(np.tile(photo, (2, 3, 1))).resize((384, 256), Image.Resampling.BOX)
    assert difference(small, np.asarray(reference)) < 3
    assert decode_image(data, min_side=5000).shape == (1024, 1536, 3)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(encoded, photo, form, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    flips = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.fromarray(photo[:, :300])
    # A camera held otherwise stores the picture turned the other way round (6 is undone by 8, and so on).
    stored = upright.transpose(flips[turn]) if turn > 1 else upright
    data = encoded(form, stored, exif=exif, **({} if form != "JPEG" else {"quality": 95}))
    for side in (None, 150):
        pixels = decode_image(data, min_side=side)
        assert pixels.shape[0] > pixels.shape[1]
        reference = np.asarray(upright.resize((pixels.shape[1], pixels.shape[0]), Image.Resampling.BOX))
        assert difference(pixels, reference) < 6


def test_cmyk_and_inverted_adobe_cmyk_become_rgb(encoded, photo):
    data = encoded("JPEG", Image.fromarray(photo).convert("CMYK"), quality=95)
    assert difference(decode_image(data), photo) < 6
    assert decode_image(data, min_side=100).shape == (128, 128, 3)
    assert difference(decode_image(encoded("TIFF", Image.fromarray(photo).convert("CMYK"))), photo) < 1


def test_palettes_grays_and_single_bits_become_rgb(encoded, photo):
    image = Image.fromarray(photo)
    assert difference(decode_image(encoded("PNG", image.convert("P", palette=Image.Palette.ADAPTIVE))), photo) < 12
    gray = np.asarray(image.convert("L"))
    for form in ("PNG", "JPEG", "TIFF", "BMP"):
        pixels = decode_image(encoded(form, image.convert("L")))
        assert difference(pixels, np.repeat(gray[..., None], 3, 2)) < 3
    bits = decode_image(encoded("PNG", image.convert("1")))
    assert set(np.unique(bits)) == {0, 255}


def test_sixteen_bits_are_scaled_and_not_cut_off(encoded):
    ramp = np.linspace(0, 65_535, 256 * 4, dtype=np.uint16).reshape(4, 256)
    for form in ("PNG", "TIFF"):
        pixels = decode_image(encoded(form, Image.fromarray(ramp)))
        assert np.abs(pixels[..., 0].astype(float) - ramp / 257).max() <= 0.5


def test_float_pictures_are_scaled(encoded):
    ramp = np.linspace(-3, 5, 256, dtype=np.float32).reshape(1, 256)
    pixels = decode_image(encoded("TIFF", Image.fromarray(ramp)))
    assert pixels[0, :, 0].tolist() == sorted(pixels[0, :, 0]) and (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_is_white(encoded, form):
    layer = np.zeros((20, 20, 4), np.uint8)
    layer[:, :10] = (255, 0, 0, 255)
    layer[:, 10:] = (0, 0, 0, 128)
    layer[:5] = (9, 9, 9, 0)
    options = {"lossless": True} if form == "WEBP" else {}
    pixels = decode_image(encoded(form, layer, **options))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[10, 0].tolist() == [255, 0, 0]
    assert abs(int(pixels[10, 15, 0]) - 127) <= 1


def test_transparent_colours_of_palettes_are_white(encoded, photo):
    image = Image.fromarray(photo[:32, :32]).convert("P", palette=Image.Palette.ADAPTIVE)
    for form in ("PNG", "GIF"):
        pixels = decode_image(encoded(form, image, transparency=image.getpixel((3, 3))))
        assert pixels[3, 3].tolist() == [255, 255, 255]


def test_the_first_frame_of_a_gif_and_the_first_page_of_a_tiff_are_taken(encoded, photo):
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 200)]
    for form in ("GIF", "TIFF", "PNG", "WEBP"):
        data = encoded(form, frames[0], save_all=True, append_images=frames[1:])
        assert abs(int(decode_image(data)[4, 4, 0]) - 10) <= 2


def test_a_png_named_jpg_is_read(tmp_path, encoded, photo):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded("PNG"))
    assert np.array_equal(Item.from_path(path).image(), photo)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("kept", [0.5, 0.02])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_truncated_pictures_are_refused(encoded, form, kept):
    data = encoded(form)
    with pytest.raises(UnreadableMedia, match="cannot be decoded"):
        decode_image(data[: int(len(data) * kept)], min_side=200)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_pictures_raise_nothing_but_media_errors(encoded, form):
    data = encoded(form)
    dice = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(data)
        for at in dice.integers(4, len(data) if dice.random() < 0.3 else 400, 8):
            damaged[at] = dice.integers(256)
        try:
            decode_image(bytes(damaged), limits=Limits(max_pixels=10_000_000))
        except (UnreadableMedia, MediaTooLarge, UnsupportedMedia):
            continue


def test_bytes_after_a_jpeg_and_odd_ones_within_do_not_matter(encoded):
    data = encoded("JPEG")
    odd = data[:-2] + b"\x12\x34" + data[-2:] + b"trailing bytes of a phone"
    assert difference(decode_image(odd), decode_image(data)) < 1


def huge_png() -> bytes:
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def huge(form: str, encoded) -> bytes:
    data = bytearray(encoded(form, np.zeros((4, 4, 3), np.uint8), **({"lossless": True} if form == "WEBP" else {})))
    if form == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = b"\xff\xff\xff\xff"
    elif form == "GIF":
        data[6:10] = b"\xff\xff\xff\xff"
    elif form == "BMP":
        data[18:26] = struct.pack("<ii", 60_000, 60_000)
    elif form == "WEBP":
        data[21:25] = struct.pack("<I", 16_383 | 16_383 << 14)
    elif form == "TIFF":
        for tag in (256, 257):
            at = data.index(struct.pack("<H", tag), int.from_bytes(data[4:8], "little"))
            data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, 60_000)
    return bytes(data)


def test_a_zip_bomb_of_a_png_is_refused_by_its_header():
    with pytest.raises(MediaTooLarge, match="100,000 x 100,000 pixels"):
        decode_image(huge_png())


@pytest.mark.parametrize("form", ["JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_huge_dimensions_are_refused_by_the_header(encoded, form):
    with pytest.raises(MediaTooLarge, match="pixels are over the limit"):
        decode_image(huge(form, encoded))


def test_a_gif_whose_frame_is_larger_than_its_screen_is_measured_by_the_frame(encoded):
    data = bytearray(encoded("GIF", np.zeros((64, 64, 3), np.uint8)))
    data[6:10] = struct.pack("<HH", 1, 1)
    with pytest.raises((MediaTooLarge, UnreadableMedia)):
        decode_image(bytes(data), limits=Limits(max_pixels=100))


def test_a_text_chunk_that_unfolds_beyond_measure_is_refused(encoded):
    data = encoded("PNG", np.zeros((4, 4, 3), np.uint8))
    body = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    with pytest.raises(UnreadableMedia):
        decode_image(data[:33] + chunk + data[33:])


def test_a_progressive_jpeg_of_endless_scans_is_refused(encoded):
    data = encoded("JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(UnreadableMedia, match="scans"):
        decode_image(data[:-2] + scan * 1100 + data[-2:])


def test_a_file_over_the_limit_on_bytes_is_refused(tmp_path, encoded):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded("PNG"))
    loader = ImageLoader(LoaderParams(limits=Limits(max_image_bytes=1000)))
    with pytest.raises(MediaTooLarge, match="bytes are over the limit of 1,000"):
        loader.decode(Source(path=path), Want())


def test_other_bytes_are_no_picture():
    with pytest.raises(UnsupportedMedia):
        decode_image(b"\x7fELF" + bytes(100))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_data_do_not_cost_the_picture(encoded, photo):
    data = encoded("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 20)
    assert decode_image(data).shape == photo.shape


def test_colour_profiles_do_not_get_in_the_way(encoded, photo):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form in ("JPEG", "PNG", "TIFF", "WEBP"):
        assert decode_image(encoded(form, icc_profile=profile)).shape == photo.shape


def test_threads_decode_at_once(encoded):
    files = [encoded(form) for form in ("JPEG", "PNG", "WEBP", "GIF")]
    alone = [decode_image(data) for data in files]
    wrong = []

    def work():
        for data, pixels in zip(files, alone, strict=True):
            if not np.array_equal(decode_image(data), pixels):
                wrong.append(data[:4])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
