"""Early fusion by a low-rank tensor (Liu et al. 2018): products of all fields, without the outer product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from chiasm_plugins.fusions.low_rank_tensor_params import LowRankTensorParams
from chiasm_plugins.fusions.neural import NeuralFusion

if TYPE_CHECKING:
    from chiasm_plugins.fusions.network import FusionNetwork

NAME = "low-rank-tensor"


class LowRankTensorFusion(NeuralFusion[LowRankTensorParams]):
    """A learnt linear map of the outer product of all fields, each with a 1 before it, kept as a sum of few products.

    Low-rank Multimodal Fusion of Liu et al. 2018, equation 7: with factors ``W`` of rank ``r`` the result is
    ``sum_r w_r prod_f ([1, z_f] W_f[r]) + b``, which grows with the sum of the fields' dimensions where ``tensor``
    grows with their product. A field that a document lacks is ``[1, 0, ..., 0]``.
    """

    name = NAME
    shaping: ClassVar[tuple[str, ...]] = ("dim", "rank", "hidden")

    def network(self, dims: Sequence[int], classes: int, params: LowRankTensorParams) -> FusionNetwork:
        """See ``NeuralFusion.network``."""
        from chiasm_plugins.fusions.low_rank_tensor_network import LowRankTensorNetwork

        return LowRankTensorNetwork(dims, params.dim, classes, params.rank, params.hidden, params.dropout)
