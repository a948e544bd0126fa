"""A plan as a graph: fields and vectors as nodes, components as edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from chiasm.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Node:
    """A field or a vector.

    Attributes:
        id: Unique in the graph.
        label: What is shown.
        kind: A field that documents bring, one that is made, a vector, or the store.
    """

    id: str
    label: str
    kind: Literal["base", "made", "vector", "store"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A component at work between two nodes."""

    start: str
    end: str
    label: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order in which data flows, and edges between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def columns(self) -> list[list[Node]]:
        """Return the nodes by their distance from the start, for drawing from left to right."""
        depth = {node.id: 0 for node in self.nodes}
        for _ in self.nodes:
            for edge in self.edges:
                depth[edge.end] = max(depth[edge.end], depth[edge.start] + 1)
        # Vectors stand in one column before the store, however short the way to them.
        last = max(depth.values())
        for node in self.nodes:
            if node.kind == "vector":
                depth[node.id] = last - 1
        return [[node for node in self.nodes if depth[node.id] == at] for at in range(last + 1)]


def plan_graph(plan: Plan) -> Graph:
    """Return the graph of a plan, without fields that nothing is done with."""
    edges = [
        *(
            Edge(f"field:{source}", f"field:{step.target}", step.by.name)
            for step in plan.translations
            for source in step.sources
        ),
        *(
            Edge(f"field:{name}", f"vector:{step.vector}", step.by.name)
            for step in plan.encodings
            for name in step.fields
        ),
        *(Edge(f"field:{name}", f"field:{step.target}", step.by.name) for step in plan.fusions for name in step.fields),
        *(Edge(f"field:{step.target}", f"vector:{step.vector}", "") for step in plan.fusions),
        *(Edge(f"vector:{name}", "store", "") for name in plan.spaces),
    ]
    used = {end for edge in edges for end in (edge.start, edge.end)}
    nodes = [
        *(Node(f"field:{name}", name, "base" if name in plan.base_fields else "made") for name in plan.fields),
        *(Node(f"vector:{name}", f"vector {name}", "vector") for name in plan.spaces),
        Node("store", plan.store.location, "store"),
    ]
    return Graph(tuple(node for node in nodes if node.id in used), tuple(edges))


def plan_to_mermaid(plan: Plan) -> str:
    """Return a plan as a Mermaid flowchart, drawn from left to right."""
    graph = plan_graph(plan)
    names = {node.id: f"n{at}" for at, node in enumerate(graph.nodes)}
    shapes = {"base": "([{}])", "made": "({})", "vector": "[[{}]]", "store": "[({})]"}
    lines = ["flowchart LR"]
    lines += [f"  {names[node.id]}{shapes[node.kind].format(_quoted(node.label))}" for node in graph.nodes]
    for edge in graph.edges:
        label = f"|{_quoted(edge.label)}|" if edge.label else ""
        lines.append(f"  {names[edge.start]} -->{label} {names[edge.end]}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
