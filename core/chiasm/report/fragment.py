"""The HTML fragment of a list of hits, and the templates that pages share."""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from chiasm.report.embed import Embedder
from chiasm.report.views import view_of
from chiasm.search.hits import Hits


@cache
def templates(*packages: str) -> Environment:
    """Return the templates of this package, and of further ones; whatever they print is escaped."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in ("chiasm.report", *packages)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_hits(hits: Hits, embedder: Embedder | None = None) -> str:
    """Return hits as a fragment of HTML that stands by itself."""
    embedder = embedder or Embedder()
    views = [view_of(rank, hit, embedder) for rank, hit in enumerate(hits, start=1)]
    return templates().get_template("hits.html.j2").render(hits=views, explain=str(hits.explain))
