"""chiasm's contracts for the loader, the encoder and the plugin, and what is the plugin's own."""

import numpy as np
import pytest
from chiasm_series.encoder import SeriesShapeEncoder
from chiasm_series.encoder_params import SeriesShapeParams
from chiasm_series.loader import SeriesLoader
from chiasm_series.loader_params import SeriesLoaderParams
from chiasm_series.series import SERIES, Series

from chiasm.media import Item, Source, Want
from chiasm.testing import EncoderContract, LoaderContract, PluginContract

STEPS = np.arange(200)
WAVE, NOISE, RAMP = np.sin(STEPS / 5), np.random.default_rng(1).normal(size=200), STEPS / 200


def item(values: object) -> Item:
    return Item(SERIES, Series(np.asarray(values, np.float32).reshape(len(STEPS), -1), ("value",)))


class TestSeriesLoader(LoaderContract):
    @pytest.fixture
    def component(self) -> SeriesLoader:
        return SeriesLoader(SeriesLoaderParams())

    def files(self, component: object) -> list[bytes]:
        lines = [f"{step},{value:.3f},ok" for step, value in enumerate(WAVE)]
        return [("time,pressure,state\n" + "\n".join(lines)).encode(), b"1;2\n3;4\n" * 10]

    def test_columns_of_times_and_words_are_left_out(self, component: SeriesLoader) -> None:
        series = component.decode(Source(data=self.files(component)[0]), Want())
        assert series.channels == ("pressure",)
        assert np.allclose(series.values[:, 0], WAVE, atol=1e-3)

    def test_gaps_are_filled(self, component: SeriesLoader) -> None:
        data = "\n".join("" if at == 3 else str(at) for at in range(10)).replace("\n\n", "\nx\n")
        assert component.decode(Source(data=data.encode()), Want()).values[3, 0] == 3.0


class TestSeriesShapeEncoder(EncoderContract):
    @pytest.fixture
    def component(self) -> SeriesShapeEncoder:
        return SeriesShapeEncoder(SeriesShapeParams())

    def samples(self, component: object) -> list[Item]:
        return [item(WAVE), item(NOISE), item(RAMP), item(np.stack([WAVE, NOISE], axis=1))]

    def extremes(self, component: object) -> list[Item]:
        shortest = Item(SERIES, Series(np.zeros((1, 1), np.float32), ("value",)))
        return [item(np.zeros(200)), item(WAVE * 1e20), shortest]

    def test_scale_and_phase_do_not_count_and_rhythm_does(self, component: SeriesShapeEncoder) -> None:
        wave, moved, noise = np.asarray(component.encode([item(WAVE), item(7 + 3 * np.cos(STEPS / 5)), item(NOISE)]))
        assert wave @ moved > 0.95 > 0.8 > wave @ noise


class TestPlugin(PluginContract):
    @pytest.fixture
    def component(self) -> str:
        return "chiasm-series"
