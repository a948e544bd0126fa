"""Params of the loader. Light: read whenever a pipeline is checked."""

from pydantic import Field

from chiasm.contracts import LoaderParams


class SeriesLoaderParams(LoaderParams):
    """What is read at most stands in ``limits``, which every loader has."""

    min_steps: int = Field(8, ge=4, description="Rows of numbers that a file needs to be a series.")
