"""Frames: pictures of a video with the time that each stands for."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from chiasm.contracts import LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia
from chiasm.media import Frame, Item, Source, TimeSpan
from chiasm_plugins.loaders.video import VideoLoader
from chiasm_plugins.translators.frames import FramesTranslator
from chiasm_plugins.translators.frames_params import FramesParams


@pytest.fixture
def film(tmp_path):
    """A video of 25 frames a second, or with frames at the given 25ths of a second; frame k is a gray of 2 k."""

    def make(shown=range(70), size=(160, 96)):
        path = tmp_path / "film.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            for number, at in enumerate(shown):
                pixels = np.full((size[1], size[0], 3), 2 * number, np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = at, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return Item.from_path(path)

    return make


def translate(item, **params):
    [items] = FramesTranslator(FramesParams(**params)).translate([item])
    return items


def test_each_second_gives_the_picture_on_screen_and_its_time(film):
    items = translate(film())
    assert [item.span for item in items] == [TimeSpan(0, 1), TimeSpan(1, 2), TimeSpan(2, 2.8)]
    assert [round(item.image().mean() / 2) for item in items] == [0, 25, 50]


def test_pictures_keep_the_name_of_the_video_and_say_how_they_were_made(film):
    item = film()
    for picture in translate(item):
        assert (picture.modality, picture.name) == ("image", item.name)
        assert (picture.provenance.producer, picture.provenance.source_modality) == ("frames", "video")


def test_a_picture_that_stays_is_given_once_for_all_its_time(film):
    items = translate(film(shown=[0, 10, 150, 160]))
    assert [item.span for item in items] == [TimeSpan(0, 1), TimeSpan(1, 6), TimeSpan(6, 6.44)]
    assert [round(item.image().mean() / 2) for item in items] == [0, 1, 2]


def test_pictures_are_made_smaller_by_default_and_left_as_filmed_on_request(film):
    item = film(shown=range(3), size=(1280, 720))
    assert translate(item)[0].image().shape == (320, 569, 3)
    assert translate(item, min_side=None)[0].image().shape == (720, 1280, 3)


def test_pictures_come_one_by_one(film):
    stream = FramesTranslator(FramesParams()).stream(film())
    assert next(stream).span == TimeSpan(0, 1)
    stream.close()


def test_more_pictures_than_the_limit_are_refused_before_decoding(film):
    with pytest.raises(MediaTooLarge, match="more than 2 pictures"):
        translate(film(), max_frames=2)


class Endless:
    """A video whose container does not say how long it is; stands for files that cannot be made small here."""

    seconds, has_pictures, has_audio = 0.0, True, False

    def frames(self, per_second=None, min_side=None):
        at = 0
        while True:
            yield Frame(np.zeros((4, 4, 3), np.uint8), float(at))
            at += 1


def test_a_video_that_does_not_tell_its_length_is_stopped_at_the_limit():
    with pytest.raises(MediaTooLarge, match="more than 5 pictures"):
        translate(Item("video", value=Endless()), max_frames=5)


def test_a_video_without_pictures_is_refused(tmp_path):
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    item = Item("video", source=Source(path=path), loader=VideoLoader(LoaderParams()))
    with pytest.raises(UnreadableMedia, match="no video stream"):
        translate(item)
