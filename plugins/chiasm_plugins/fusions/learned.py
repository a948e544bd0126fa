"""Late fusion that learns from judged queries how much to make of each source's scores and ranks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidates, Component, LateFusion, ModelInfo, candidates_of
from chiasm.contracts.ranking import AnyRankings
from chiasm.errors import FusionError, UnusableComponent, nearest_names
from chiasm.fusion import FusionFile, read_fusion_file
from chiasm_plugins.fusions.learned_features import FEATURES, features
from chiasm_plugins.fusions.learned_model import importance, log_odds, train_boosting, train_logistic
from chiasm_plugins.fusions.learned_params import LearnedParams

NAME = "learned"


class LearnedFusion(LateFusion[LearnedParams]):
    """A classifier of relevant and other documents, by what each source says of them.

    It is trained on queries for which it is known what is relevant: logistic regression, or gradient boosting
    (Friedman 2001), over each source's score, score within the query, and rank. A document scores the logarithm of its
    odds to be relevant. A source that tells relevant documents from others no better than chance gets next to no say,
    and ``importance`` tells how much each has.

    What it makes of features that go together is its own: unlike other fusions it does not promise that a document
    never falls when a source ranks it higher, nor that a single source keeps its order.

    What was learnt belongs to the sources by name and to the scale of their scores: train it again where an encoder
    changes.

    Example:
        >>> words = {"q1": {"cat": 9.0, "dog": 8.0}, "q2": {"dog": 7.0, "fox": 1.0}}
        >>> noise = {"q1": {"dog": 0.9, "cat": 0.1}, "q2": {"dog": 0.5, "fox": 0.4}}
        >>> judged = {"q1": {"cat": 1}, "q2": {"dog": 1}}
        >>> fusion = LearnedFusion(LearnedParams()).fit({"words": words, "noise": noise}, judged)
        >>> fusion.fuse({"words": {"ant": 5.0, "bee": 2.0}, "noise": {"bee": 0.8, "ant": 0.2}}).ids
        ('ant', 'bee')
    """

    def __init__(self, params: LearnedParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._file: FusionFile | None = None

    def fit(
        self,
        rankings: Mapping[str, AnyRankings],
        judgements: Mapping[str, Mapping[str, int]],
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Self:
        """Learn from judged queries, replacing what was learnt before.

        Args:
            rankings: By source, as ``fuse_many`` takes them: deep ones, as those that will be fused.
            judgements: Grade by id by query: above 0 is relevant. What has no grade counts as not relevant. Queries
                that are not judged are left out.
            available: By source, the ids that the source could have ranked at all.

        Returns:
            The fusion itself.

        Raises:
            FusionError: No judged query was searched; or of theirs nothing relevant was found, or nothing else; or a
                ranking has scores that are not finite, or an id twice.
            UnusableComponent: scikit-learn is not installed.
        """
        candidates, named = candidates_of(rankings, available)
        judged = np.array([query in judgements for query, _ in named])
        relevant = np.array([judgements.get(query, {}).get(name, 0) > 0 for query, name in named])[judged]
        self._require_both(named[0][0], judgements, judged, relevant)
        sources = candidates.sources
        seen = features(candidates, sources)[judged]
        arrays = dict(self._trained(seen, relevant))
        arrays["importance"] = importance(arrays, seen, relevant, len(FEATURES))
        options = {
            "sources": list(sources),
            "features": list(FEATURES),
            "params": self.params.model_dump(mode="json", exclude={"model"}),
            "queries": len({query for query, _ in named if query in judgements}),
        }
        self._file = FusionFile(NAME, {}, 0, arrays, options)
        return self

    def save(self, path: str | Path) -> Path:
        """Write what was learnt to one file (safetensors), which the param ``model`` loads.

        Raises:
            FusionError: Nothing was learnt yet.
            OSError: The file cannot be written.
        """
        path = Path(path)
        self.file.write(path)
        return path

    @property
    def file(self) -> FusionFile:
        """What was learnt.

        Raises:
            FusionError: Nothing was learnt, and no ``model`` is given; or the file is of another version's features.
            ModelUnavailable: The file cannot be used.
        """
        if self._file is None:
            if self.params.model is None:
                raise FusionError(
                    "it has to be trained first",
                    where=NAME,
                    fix="Train it with 'fit' and 'save', then give the file as the param 'model'.",
                )
            file = read_fusion_file(self.params.model.expanduser(), NAME)
            if tuple(file.options["features"]) != FEATURES:
                raise FusionError(
                    f"it was trained on {', '.join(file.options['features'])}, and this chiasm looks at "
                    f"{', '.join(FEATURES)}",
                    where=self._place,
                    fix="Train it again.",
                )
            self._file = file
        return self._file

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that it was trained on, sorted; raises as ``file`` does."""
        return tuple(self.file.options["sources"])

    @property
    def importance(self) -> dict[str, float]:
        """By source, how much worse relevant documents would be told from others without it; raises as ``file`` does.

        Measured in training: the area under the ROC curve that is lost when what the source says is dealt out to other
        documents, from 0 (useless, or another says the same) to 0.5 and more.
        """
        return dict(zip(self.sources, self.file.arrays["importance"].tolist(), strict=True))

    def models(self) -> tuple[ModelInfo, ...]:
        """Return the file, where one is given."""
        if self.params.model is None:
            return ()
        return (ModelInfo(str(self.params.model), self.file.digest, 0, len(self.file.content)),)

    def load(self) -> None:
        """Read the file, where one is given and was not read yet."""
        if self.params.model is not None:
            _ = self.file

    def check(self, sources: Collection[str]) -> None:
        """Refuse other sources than those that it was trained on.

        Raises:
            FusionError: A source is unknown to it, or lacking; it was not trained, or the file is of another version.
            ModelUnavailable: The file cannot be used.
        """
        self._require_known(sources)
        if lacking := sorted(set(self.sources) - set(sources)):
            raise FusionError(
                f"it was trained on {', '.join(map(repr, lacking))} too, which is no source here; the sources are "
                f"{', '.join(sorted(sources)) or 'none'}",
                where=self._place,
                fix="Train it on rankings by these sources.",
            )

    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the logarithm of each candidate's odds to be relevant; [n].

        A source that it was trained on and that is not there counts as one that found nothing.

        Raises:
            FusionError: It was not trained, or not on one of the sources.
            ModelUnavailable: The file cannot be used.
        """
        self._require_known(candidates.sources)
        return log_odds(self.file.arrays, features(candidates, self.sources))

    @property
    def _place(self) -> str:
        return f"{NAME}, model {str(self.params.model)!r}" if self.params.model else NAME

    def _trained(self, seen: NDArray[np.float64], relevant: NDArray[np.bool_]) -> Mapping[str, NDArray[Any]]:
        train = train_logistic if self.params.method == "logistic" else train_boosting
        try:
            return train(seen, relevant, self.params)
        except ImportError as error:
            raise UnusableComponent(
                "training needs scikit-learn, which is not installed", where=NAME, fix="pip install 'chiasm[fusion]'"
            ) from error

    def _require_known(self, sources: Collection[str]) -> None:
        for source in sources:
            if source not in self.sources:
                raise FusionError(
                    f"it was trained on the sources {', '.join(self.sources)}, and not on {source!r}",
                    where=self._place,
                    nearest=nearest_names(source, self.sources),
                    fix="Train it on rankings by these sources.",
                )

    def _require_both(
        self,
        searched: str,
        judgements: Mapping[str, Mapping[str, int]],
        judged: NDArray[np.bool_],
        relevant: NDArray[np.bool_],
    ) -> None:
        if not judged.any():
            raise FusionError(
                f"no query that was searched is judged: searched was {searched!r}, for example, and judged "
                f"{next(iter(judgements), 'none')!r}",
                where=NAME,
                fix="See that the judgements name queries by the same ids.",
            )
        if not relevant.any() or relevant.all():
            what = "is relevant" if not relevant.any() else "is not relevant"
            raise FusionError(
                f"nothing that the sources found for judged queries {what}, so there is nothing to tell apart",
                where=NAME,
                fix="See that the judgements name documents by the same ids, and search deeper.",
            )
