"""The encoder: what a series is like, whatever its length, scale and number of channels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Encoder, Prepared, Role, Vectors
from chiasm.errors import EncodingError
from chiasm.media import Item
from chiasm.space import EmbeddingSpace
from chiasm_series.encoder_params import SeriesShapeParams
from chiasm_series.series import SERIES, Series

QUANTILES = np.linspace(0.05, 0.95, 9)
Floats = NDArray[np.float64]


class SeriesShapeEncoder(Encoder[SeriesShapeParams]):
    """Encodes rhythm (power by band of frequency), memory (autocorrelation), distribution and trend.

    Each channel is scaled to mean 0 and deviation 1, and the mean of the channels' features is taken, so a pump with
    three sensors can be compared with a pump with one.
    """

    @property
    def consumes(self) -> frozenset[str]:
        """Series."""
        return frozenset({SERIES})

    @property
    def space(self) -> EmbeddingSpace:
        """What identifies the vectors."""
        bands, lags = self.params.bands, self.params.lags
        how = f"{bands} bands, {lags} lags"
        return EmbeddingSpace("series-shape", bands + lags + len(QUANTILES) + 1, revision="1", preprocessing=how)

    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Compute the features of one series. Called from several threads at once."""
        series: Series = item.decode()
        values = series.values.astype(np.float64)
        if len(values) < 4:
            raise EncodingError(f"a series of {len(values)} steps has no shape", where=item.name)
        channels = [self._features(channel) for channel in values.T]
        mean = np.mean(channels, axis=0)
        return Prepared((mean / np.linalg.norm(mean)).astype(np.float32), cost=len(values), nbytes=4 * len(mean))

    def encode_prepared(self, prepared: Sequence[Prepared]) -> Vectors:
        """Return float32 [n, dim]."""
        vectors = np.zeros((len(prepared), self.space.dim), np.float32)
        for row, each in enumerate(prepared):
            vectors[row] = each.value
        return vectors

    def _features(self, channel: Floats) -> Floats:
        scale = float(channel.std())
        scaled = (channel - channel.mean()) / scale if scale > 0 else np.zeros_like(channel)
        slope = float(np.corrcoef(np.arange(len(scaled)), scaled)[0, 1]) if scale > 0 else 0.0
        parts = (
            _unit(self._rhythm(scaled)),
            _unit(self._memory(scaled)),
            0.5 * _unit(np.quantile(scaled, QUANTILES)),
            np.array([slope + 1e-3]),
        )
        return np.concatenate(parts)

    def _rhythm(self, scaled: Floats) -> Floats:
        """Return the share of power in each band; bands widen with frequency."""
        power = np.abs(np.fft.rfft(scaled * np.hanning(len(scaled)))) ** 2
        frequencies = np.fft.rfftfreq(len(scaled))
        edges = np.geomspace(1 / 512, 0.5, self.params.bands + 1)
        bands = np.clip(np.digitize(frequencies, edges) - 1, 0, self.params.bands - 1)
        shares: Floats = np.sqrt(np.bincount(bands, weights=power, minlength=self.params.bands))
        return shares

    def _memory(self, scaled: Floats) -> Floats:
        """Return the autocorrelation at lags from one step to half the series."""
        steps = np.unique(np.geomspace(1, max(2, min(256, len(scaled) // 2)), self.params.lags).astype(int))
        found = [float(np.mean(scaled[:-lag] * scaled[lag:])) for lag in steps]
        return np.pad(np.array(found), (0, self.params.lags - len(found)))


def _unit(values: Floats) -> Floats:
    length = float(np.linalg.norm(values))
    return values / length if length > 0 else values
