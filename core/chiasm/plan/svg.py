"""A plan as an SVG picture: columns of boxes from left to right, curves between them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from chiasm.plan.graph import Edge, Graph, Node, plan_graph

if TYPE_CHECKING:
    from chiasm.plan.model import Plan

BOX_WIDTH, BOX_HEIGHT = 150, 40
COLUMN_GAP, ROW_GAP, MARGIN = 130, 34, 24

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1b2733 }
.edge { fill: none; stroke: #7b8a99; stroke-width: 1.4 }
.label { font-size: 11px; fill: #4b5a69; paint-order: stroke; stroke: #fff; stroke-width: 4px }
rect { stroke-width: 1.4 }
.base { fill: #e8f1fb; stroke: #3d7fc4 } .made { fill: #fdf3e1; stroke: #c98a1b }
.vector { fill: #e9f6ec; stroke: #3c9a5f } .store { fill: #f2eafa; stroke: #8458b3 }
"""


def plan_to_svg(plan: Plan) -> str:
    """Return a plan as a self-contained SVG document."""
    graph = plan_graph(plan)
    columns = graph.columns()
    rows = max(len(column) for column in columns)
    width = 2 * MARGIN + len(columns) * BOX_WIDTH + (len(columns) - 1) * COLUMN_GAP
    height = 2 * MARGIN + rows * BOX_HEIGHT + (rows - 1) * ROW_GAP
    places = _places(columns, height)
    body = [*(_curve(edge, places) for edge in graph.edges), *_labels(graph, places)]
    body += [_box(node, *places[node.id]) for node in graph.nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Plan of the pipeline"><style>{STYLE}</style>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _places(columns: list[list[Node]], height: int) -> dict[str, tuple[int, int]]:
    """Return the upper left corner of each node's box; each column is centred."""
    places = {}
    for at, column in enumerate(columns):
        used = len(column) * BOX_HEIGHT + (len(column) - 1) * ROW_GAP
        top = (height - used) // 2
        for row, node in enumerate(column):
            places[node.id] = (MARGIN + at * (BOX_WIDTH + COLUMN_GAP), top + row * (BOX_HEIGHT + ROW_GAP))
    return places


def _box(node: Node, x: int, y: int) -> str:
    label = node.label if len(node.label) <= 20 else f"{node.label[:9]}…{node.label[-9:]}"
    return (
        f'<rect class="{node.kind}" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{x + BOX_WIDTH // 2}" y="{y + BOX_HEIGHT // 2 + 4}" text-anchor="middle">'
        f"<title>{escape(node.label)}</title>{escape(label)}</text>"
    )


def _ends(edge: Edge, places: dict[str, tuple[int, int]]) -> tuple[int, int, int, int]:
    (x1, y1), (x2, y2) = places[edge.start], places[edge.end]
    return x1 + BOX_WIDTH, y1 + BOX_HEIGHT // 2, x2, y2 + BOX_HEIGHT // 2


def _curve(edge: Edge, places: dict[str, tuple[int, int]]) -> str:
    x1, y1, x2, y2 = _ends(edge, places)
    middle = (x1 + x2) // 2
    return f'<path class="edge" d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _labels(graph: Graph, places: dict[str, tuple[int, int]]) -> list[str]:
    """Name the component at each edge's start, once for edges that leave one node by the same component."""
    lines: dict[tuple[str, str], tuple[int, int]] = {}
    taken: dict[str, int] = {}
    for edge in graph.edges:
        if edge.label and (edge.start, edge.label) not in lines:
            x1, y1, _, _ = _ends(edge, places)
            row = taken[edge.start] = taken.get(edge.start, -1) + 1
            lines[edge.start, edge.label] = (x1 + 8, y1 - 7 + 22 * row)
    return [f'<text class="label" x="{x}" y="{y}">{escape(label)}</text>' for (_, label), (x, y) in lines.items()]
