"""Hits as HTML: for notebooks, and as parts of a page that stands by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chiasm.search.hits import Hits

__all__ = ["hits_to_html"]


def hits_to_html(hits: Hits) -> str:
    """Return hits as a fragment of HTML with thumbnails, players at the moment found, scores and legs.

    Everything is inside it, as data URIs; files over the limits of ``chiasm.report.embed.EmbedLimits`` are named
    only. It takes on the colours of the page around it.

    Example:
        >>> hits = library.search("a dog in the rain")  # doctest: +SKIP
        >>> Path("hits.html").write_text(hits_to_html(hits))  # doctest: +SKIP
    """
    from chiasm.report.fragment import render_hits

    return render_hits(hits)
