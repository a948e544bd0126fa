"""``chiasm retry``: index again what failed."""

from __future__ import annotations

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.progress import run_progress
from chiasm.cli.run_summary import end_run
from chiasm.cli.style import new_app

app = new_app()


@app.command()
def retry(*, config: Config = None, preset: Preset = None, store: StorePath = None, json: AsJson = False) -> None:
    """Take up again the documents that failed, from every source that was indexed."""
    with open_pipeline(config, preset, store) as pipeline, run_progress() as progress:
        report = pipeline.retry(on_event=progress)
    end_run(report, json=json)
