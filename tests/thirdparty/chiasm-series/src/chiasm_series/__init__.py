"""Time series as a modality: CSV files of measurements are read, and found by their shape.

Light: chiasm imports this module whenever it lists plugins, so classes are named here and imported elsewhere.
"""

from chiasm_registry import ComponentSpec, hookimpl


@hookimpl
def chiasm_components() -> list[ComponentSpec]:
    """Return what this package offers."""
    return [
        ComponentSpec(
            kind="loader",
            name="series",
            target="chiasm_series.loader:SeriesLoader",
            params="chiasm_series.loader_params:SeriesLoaderParams",
            summary="CSV and TSV files of measurements, as time series.",
            consumes=("text/csv",),
            produces=("series",),
            suffixes=(".csv", ".tsv"),
        ),
        ComponentSpec(
            kind="encoder",
            name="series-shape",
            target="chiasm_series.encoder:SeriesShapeEncoder",
            params="chiasm_series.encoder_params:SeriesShapeParams",
            summary="Time series by rhythm, memory and distribution, no model.",
            consumes=("series",),
            produces=("dense",),
        ),
    ]
