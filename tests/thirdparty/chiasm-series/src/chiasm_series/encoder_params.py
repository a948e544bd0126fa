"""Params of the encoder. Light: read whenever a pipeline is checked."""

from pydantic import Field

from chiasm.contracts import Params


class SeriesShapeParams(Params):
    """How finely rhythm and memory are told apart."""

    bands: int = Field(24, ge=4, le=128, description="Bands of frequency, from one cycle a series to one in two steps.")
    lags: int = Field(16, ge=2, le=128, description="Lags at which a series is compared with itself.")
