"""``chiasm search``: find documents by words, pictures, sounds, videos and mixtures of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chiasm.cli.options import AsJson, Config, Preset, StorePath, open_pipeline
from chiasm.cli.output import print_json, say
from chiasm.cli.progress import busy
from chiasm.cli.style import new_app

app = new_app()


@app.command()
def search(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="Words to find.", show_default=False)] = None,
    *,
    image: Annotated[Path | None, typer.Option("--image", metavar="FILE", help="Picture to find the like of.")] = None,
    audio: Annotated[
        Path | None, typer.Option("--audio", metavar="FILE", help="Recording to find the like of.")
    ] = None,
    video: Annotated[Path | None, typer.Option("--video", metavar="FILE", help="Video to find the like of.")] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", "-w", metavar="EXPR", help="Condition, such as \"year >= 2020 and tag = 'dog'\"."),
    ] = None,
    modality: Annotated[
        str | None, typer.Option("--modality", "-m", metavar="NAME", help="Only text, image, audio or video.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Number of hits at most.")] = 10,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how each hit was found.")] = False,
    json: AsJson = False,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
) -> None:
    """Find documents by TEXT, by files, or by several together, which then all count.

    The pipeline that indexed the store is taken from it; --config or --preset says another.
    """
    with busy("searching"), open_pipeline(config, preset, store) as pipeline:
        hits = pipeline.search(
            text=text, image=image, audio=audio, video=video, where=where, modality=modality, limit=limit
        )
    if json:
        print_json(hits.to_dicts())
        if explain:
            say(str(hits.explain))
        return
    from chiasm.cli.hit_list import print_hits

    print_hits(hits, explain=explain)
    if explain:
        print(f"\n{hits.explain}")
