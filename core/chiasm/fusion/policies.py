"""The names of the policies for documents that lack a field which is fused."""

from typing import Literal

Missing = Literal["skip", "zero", "mean", "translate"]
"""What a fuse step does about a field that a document lacks.

``skip`` tells the fusion, which does without it; ``zero`` gives a vector of zeros as if the field were there; ``mean``
gives the field's mean in the data that the fusion was trained on; ``translate`` takes a field that a translator of the
plan made for the document, in the same space, and does without where none was made.
"""
