"""``chiasm search``: find documents by words, pictures, sounds, videos and mixtures of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

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
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", metavar="FILE", help="Something of any modality that a plugin reads."),
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option("--like", metavar="ID|FILE", help="What hits should be like: a stored document, or a file."),
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option("--unlike", metavar="ID|FILE", help="What they should not be like.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", "-x", metavar="TEXT", help="Words that they should be far from.")
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="PART=N", help="How much a part counts: text, image, like, exclude, ..."),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", "-w", metavar="EXPR", help="Condition, such as \"year >= 2020 and tag = 'dog'\"."),
    ] = None,
    modality: Annotated[
        str | None, typer.Option("--modality", "-m", metavar="NAME", help="Only text, image, audio or video.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Number of hits at most.")] = 10,
    fold: Annotated[
        float | None, typer.Option("--fold", metavar="COSINE", help="Fold near-duplicates from so alike on, as 0.95.")
    ] = None,
    diversity: Annotated[
        float | None,
        typer.Option("--diversity", metavar="0..1", help="How much being unlike the hits before counts."),
    ] = None,
    group_by: Annotated[
        str | None, typer.Option("--group-by", metavar="KEY", help="Show the best hit for each value of metadata.")
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option("--candidates", metavar="N", min=1, help="Documents that are reranked, folded and grouped."),
    ] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank/--no-rerank", help="Whether the pipeline's rerankers are used.")
    ] = True,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how each hit was found.")] = False,
    json: AsJson = False,
    config: Config = None,
    preset: Preset = None,
    store: StorePath = None,
) -> None:
    """Find documents by TEXT, by files, by examples, or by several together, which then all count.

    --like, --unlike, --exclude and --weight may be given several times. The pipeline that indexed the store is taken
    from it; --config or --preset says another.
    """
    with busy("searching"), open_pipeline(config, preset, store) as pipeline:
        hits = pipeline.search(
            text=text,
            image=image,
            audio=audio,
            video=video,
            **_by_modality(file or ()),
            like=_examples(like),
            unlike=_examples(unlike),
            exclude=exclude or (),
            weights=_weights(weight or ()),
            where=where,
            modality=modality,
            limit=limit,
            rerank=None if rerank else False,
            candidates=candidates,
            fold=fold,
            diversity=diversity,
            group_by=group_by,
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


def _by_modality(paths: Sequence[Path]) -> dict[str, Any]:
    """Return files by the modality that their content has.

    Raises:
        QueryError: Two are of one modality, or one is of a modality that has an option of its own.
    """
    from chiasm.errors import QueryError
    from chiasm.media import Item

    found: dict[str, Any] = {}
    for path in paths:
        item = Item.from_path(path)
        if item.modality in found:
            raise QueryError(f"two files are of modality {item.modality}", where=str(path), fix="Give one with --like.")
        if item.modality in ("text", "image", "audio", "video"):
            own = "TEXT" if item.modality == "text" else f"--{item.modality} {path}"
            raise QueryError(f"the file is of modality {item.modality}", where=str(path), fix=f"Search with {own}.")
        found[item.modality] = item
    return found


def _examples(given: Sequence[str] | None) -> list[str | Path]:
    """Take what names a file as that file, and everything else as a document's id."""
    return [path if (path := Path(each).expanduser()).is_file() else each for each in given or ()]


def _weights(given: Sequence[str]) -> dict[str, float]:
    weights = {}
    for each in given:
        part, _, number = each.partition("=")
        try:
            weights[part.strip()] = float(number)
        except ValueError:
            raise typer.BadParameter(f"{each!r} is not written as in text=2", param_hint="--weight") from None
    return weights
