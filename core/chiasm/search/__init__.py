"""Search: queries of any modality, their legs, and the hits with their moments."""

from chiasm.search.hits import Explanation, Hit, Hits, LegHit, LegTrace

__all__ = ["Explanation", "Hit", "Hits", "LegHit", "LegTrace"]
