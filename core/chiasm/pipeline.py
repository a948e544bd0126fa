"""The pipeline: what users build in Python or YAML, index with, and search."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import yaml

from chiasm.config.model import ComponentChoice, PipelineConfig, SearchConfig, Step, Use
from chiasm.config.presets import read_preset
from chiasm.config.reading import Origin, check_config, read_config
from chiasm.contracts import LateFusion, Ranking, Store
from chiasm.contracts.engine import Engine, Failure
from chiasm.contracts.store import Mode, StoreSchema
from chiasm.documents import DocumentSource, open_source
from chiasm.errors import ConfigError, SourceError, StoreError, nearest_names
from chiasm.filters import Compare, Filter
from chiasm.media.loaders import Loaders
from chiasm.plan.build import build_plan
from chiasm.plan.components import ComponentMaker
from chiasm.plan.model import Plan
from chiasm.run.indexing import IndexRun, Which
from chiasm.run.journal import Journal
from chiasm.run.loading import Loading
from chiasm.run.report import Progress, RunReport
from chiasm.search.hits import Hits
from chiasm.search.query import Query, make_query
from chiasm.search.searcher import Searcher
from chiasm.version import __version__
from chiasm_registry import Registry, installed_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chiasm.evaluation.inspecting import FieldGap
    from chiasm.evaluation.queries import QueriesFromPython
    from chiasm.evaluation.results import Evaluation
    from chiasm.evaluation.subject import Subject

OnEvent = Callable[[Progress], None]

JOURNAL = "journal.sqlite"
KEPT_PIPELINE = "pipeline.yaml"
_INDEX_FIRST = "Index first: chiasm index FOLDER. Or name the store that you mean."

PAYLOAD_INDEXES: Mapping[str, Any] = {"doc": "keyword", "field": "keyword", "modalities": "keyword"}
"""Payload that every search or replacement filters by."""


COMPARED_IDS = 2_000
"""Stored ids that an unknown one is compared with, for the nearest in the message."""


class Pipeline:
    """Steps from documents to vectors, a store, and a way to search it.

    Building checks every name, param, modality and space, and loads nothing. Models are loaded on first use and kept
    until ``close``. Also a context manager.

    Example:
        >>> from chiasm import Pipeline
        >>> library = Pipeline.preset("starter", store=".chiasm")  # doctest: +SKIP
        >>> library.index("~/Pictures")  # doctest: +SKIP
        >>> library.search("a dog in the rain", limit=10)  # doctest: +SKIP

    Args:
        index: Steps, in order: ``translate(...)``, ``encode(...)``, ``fuse(...)``.
        components: Components by the name that steps use.
        search: How queries are answered.
        store: A store, or the path of an embedded one.
        registry: Where components are looked up; what is installed by default.
        options: Further parts of the configuration: ``documents``, ``media``, ``engine``.

    Raises:
        ConfigError, RegistryError, SpaceMismatch, ModelUnavailable: As building a plan does.
    """

    def __init__(
        self,
        index: Sequence[Step],
        *,
        components: Mapping[str, Use] | None = None,
        search: SearchConfig | Mapping[str, Any] | None = None,
        store: Use | str | os.PathLike[str] | None = None,
        registry: Registry | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        given = {"components": components, "search": search, **options}
        data = {"index": list(index)} | {name: value for name, value in given.items() if value is not None}
        self._set_up(check_config(data, Origin()), Origin(), store, registry)

    @classmethod
    def preset(cls, name: str = "starter", *, store: Use | str | os.PathLike[str] | None = None) -> Self:
        """Return a pipeline that comes with chiasm: ``starter`` (no network), ``clip``, ``clip+clap``.

        Raises:
            ConfigError: There is no such preset.
            ModelUnavailable: A hub model's configuration can be had neither from the cache nor from the network.
        """
        return cls._from(*read_preset(name), store, None)

    @classmethod
    def from_yaml(
        cls, source: str | Path, *, store: Use | str | os.PathLike[str] | None = None, registry: Registry | None = None
    ) -> Self:
        """Return the pipeline that a YAML file (``Path``), or YAML text (``str``), describes.

        A ``str`` of one line that ends in ``.yaml`` or ``.yml`` is a file.

        Raises:
            ConfigError: With file, line and YAML path.
        """
        is_file = isinstance(source, Path) or re.fullmatch(r"[^\n]+\.ya?ml", source) is not None
        return cls._from(*read_config(Path(source) if is_file else str(source)), store, registry)

    @classmethod
    def open(cls, store: str | os.PathLike[str], *, registry: Registry | None = None) -> Self:
        """Return the pipeline that last indexed into an embedded store, as it is kept there.

        Raises:
            StoreError: Nothing was indexed there.
            ConfigError: What is kept there is of another chiasm, or names plugins that are not installed.
        """
        kept = Path(store).expanduser() / KEPT_PIPELINE
        if not kept.is_file():
            raise StoreError(
                "no pipeline is kept here: nothing was indexed into it", where=str(store), fix=_INDEX_FIRST
            )
        return cls.from_yaml(kept, store=store, registry=registry)

    @classmethod
    def _from(
        cls,
        config: PipelineConfig,
        origin: Origin,
        store: Use | str | os.PathLike[str] | None,
        registry: Registry | None,
    ) -> Self:
        pipeline = cls.__new__(cls)
        pipeline._set_up(config, origin, store, registry)
        return pipeline

    def _set_up(
        self,
        config: PipelineConfig,
        origin: Origin,
        store: Use | str | os.PathLike[str] | None,
        registry: Registry | None,
    ) -> None:
        if store is not None:
            config = config.model_copy(update={"store": _as_store(store, config.store)})
        self.config = config
        self._origin = origin
        self._registry = registry or installed_registry()
        self._loading = Loading()
        self._lock = threading.RLock()
        self._mode: Mode | None = None
        self._searcher: Searcher | None = None
        self._plan = build_plan(config, self._registry, origin)
        self._loaders = Loaders(self._registry, config.media, self._plan.asked)
        self._registry.call("chiasm_pipeline_built", pipeline=self)

    def plan(self) -> Plan:
        """Return what the pipeline will do: steps, spaces, models and what they need."""
        return self._plan

    def to_yaml(self) -> str:
        """Return the pipeline as YAML that ``from_yaml`` reads back to an equal pipeline."""
        data = self.config.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return yaml.safe_dump({"chiasm": 1} | data, sort_keys=False, allow_unicode=True)

    def index(
        self,
        source: str | os.PathLike[str] | Iterable[Any],
        *,
        name: str = "python",
        sync: bool = False,
        rebuild: bool = False,
        checksum: bool = False,
        optimize: bool = True,
        on_event: OnEvent | None = None,
    ) -> RunReport:
        """Index a folder, a file, a manifest or an iterable; what is unchanged since the last time is skipped.

        Args:
            source: A folder, a media file, a JSONL, CSV or Parquet manifest, or an iterable of ``Document``, mappings
                or paths.
            name: Name of an iterable, so that a later run with ``sync`` knows what it brought before.
            sync: Whether to remove documents that the source no longer has.
            rebuild: Whether to index everything again.
            checksum: Whether to compare content even where a file's size and time are unchanged.
            optimize: Whether to build the search index at the end where searches gain from it.
            on_event: Told how far the run has come, from several threads.

        Returns:
            What was done, with the failures; a run that was stopped by Ctrl-C says so and is taken up by the next.

        Raises:
            SourceError: The source cannot be read at all.
            StoreError, StoreLocked, SpaceMismatch: The store cannot be opened or written.
            ModelUnavailable: A model cannot be loaded.
        """
        opened = open_source(source, loaders=self._loaders, config=self.config.documents, name=name)
        which: Which = "all" if rebuild else "changed"
        place = str(Path(source).expanduser().absolute()) if isinstance(source, str | os.PathLike) else ""
        return self._run(opened, place, which, sync=sync, checksum=checksum, optimize=optimize, on_event=on_event)

    def retry(self, *, on_event: OnEvent | None = None) -> RunReport:
        """Index again the documents of which something failed.

        Raises:
            SourceError: Only iterables were indexed here before, which are gone. And as ``index`` does.
            StoreError: Nothing was indexed yet.
        """
        with self._known_journal() as journal:
            sources = [source for source in journal.roots().values() if source]
        if not sources:
            raise SourceError(
                "nothing to take up again: no folder or manifest was indexed into this store",
                where=self._plan.store.location,
                fix="Index first, or give an iterable to 'index' again.",
            )
        report = RunReport()
        for source in sources:
            opened = open_source(Path(source), loaders=self._loaders, config=self.config.documents)
            report = report.plus(self._run(opened, source, "failed", on_event=on_event))
        return report

    def search(
        self,
        text: str | None = None,
        *,
        image: Any = None,  # noqa: ANN401
        audio: Any = None,  # noqa: ANN401
        video: Any = None,  # noqa: ANN401
        like: Any = (),  # noqa: ANN401
        unlike: Any = (),  # noqa: ANN401
        exclude: Any = (),  # noqa: ANN401
        weights: Mapping[str, float] | None = None,
        where: str | Filter | None = None,
        modality: str | None = None,
        limit: int = 10,
        rerank: Any = None,  # noqa: ANN401
        candidates: int | None = None,
        fold: float | None = None,
        diversity: float | None = None,
        group_by: str | None = None,
        **others: Any,  # noqa: ANN401
    ) -> Hits:
        """Find documents by a text, picture, recording, video, examples, or several of them together.

        Args:
            text: Words.
            image: A path, bytes, or uint8 ``[H, W, 3]`` RGB.
            audio: A path, bytes, or ``(float32 [samples], rate in Hz)``.
            video: A path or bytes.
            like: What documents should be like: the id of a stored document (``str``), a ``Path``, bytes, an ``Item``
                or an array, or a list of them. Stored documents that are named here are not found.
            unlike: What they should not be like, given in the same ways.
            exclude: What they should be far from: a text (``str``), a ``Path``, bytes, an ``Item`` or an array, or a
                list of them. It is subtracted from the query in each space, and so are the documents of ``unlike``.
            weights: How much each part counts: a modality of the query, ``like``, ``unlike`` or ``exclude``.
                1 by default, 0.5 for the last two.
            where: Condition on metadata, such as ``"year >= 2020 and tag in (dog, cat)"`` or ``F("year") >= 2020``.
            modality: Only documents that have an item of this modality.
            limit: Number of documents at most.
            rerank: A function ``(query, candidates) -> scores`` (see ``chiasm.contracts.Reranker.score``), the name of
                one of the pipeline's rerankers, a list of them, or ``False`` for none. The configured ones by default.
            candidates: Documents that are reranked, folded, diversified and grouped; 100 by default.
            fold: Cosine, such as 0.95, from which near-duplicates are folded under the best of them.
            diversity: From 0, by relevance alone, to 1, by being unlike the documents before.
            group_by: Metadata, such as ``"folder"``, of whose every value the best document is shown.
            others: By a plugin's modality, such as ``series=Path("pump.csv")``: a path, bytes or an ``Item``.

        Returns:
            Hits, best first, with the moment found and how each leg ranked it.

        Raises:
            QueryError: The query or the condition is malformed, or this pipeline cannot answer it.
            MediaError: A file of the query cannot be read.
            StoreError: There is no index yet, or it cannot be read.
        """
        query = make_query(
            {"text": text, "image": image, "audio": audio, "video": video, **others},
            config=self.config.search,
            loaders=self._loaders,
            modalities=self._plan.modalities,
            like=like,
            unlike=unlike,
            exclude=exclude,
            weights=weights,
            where=where,
            modality=modality,
            limit=limit,
            rerank=rerank,
            candidates=candidates,
            fold=fold,
            diversity=diversity,
            group_by=group_by,
        )
        with self._lock:
            return self._open_searcher().search(query)

    def evaluate(
        self,
        queries: str | os.PathLike[str] | QueriesFromPython,
        judgements: str | os.PathLike[str] | Mapping[str, Mapping[str, int]] | None = None,
        *,
        fusions: Sequence[ComponentChoice] | Mapping[str, ComponentChoice] = (),
        runs: Mapping[str, Mapping[str, Ranking]] | None = None,
        on_query: Callable[[str, int, int], None] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> Evaluation:
        """Measure how well queries find the documents that answer them, and compare fusions on the same legs.

        Args:
            queries: A ``.jsonl`` file of queries, a file of ids and texts with a tab between, or queries by id: a text,
                or what ``search`` takes by modality. See ``chiasm.evaluation.queries.read_queries``.
            judgements: A TREC qrels file, or grades by query and document; not needed where each query of a ``.jsonl``
                file has its ``relevant``.
            fusions: Late fusions that are compared, by name or ``use(...)``, with labels where it is a mapping; the
                pipeline's own when there is none. Queries are encoded once for all of them.
            runs: Rankings from elsewhere by system, compared with the others; ``read_run`` reads them from TREC files.
            on_query: Told what is under way, how many queries are done, and of how many.
            options: ``measures``, ``main``, ``legs``, ``baseline``, ``depth``, ``drop``, ``shares``, ``drop_from`` and
                ``seed``, as ``chiasm.evaluation.running.Options`` has them.

        Example:
            >>> print(library.evaluate({"q1": "a red car"}, {"q1": {"car.jpg": 1}}))  # doctest: +SKIP

        Raises:
            EvaluationError: Queries, judgements or options are wrong or do not belong together.
            QueryError, MediaError: A query cannot be answered or read.
            StoreError: There is no index yet, or it cannot be read.
        """
        from chiasm.evaluation.evaluating import evaluate_with

        with self._lock:
            return evaluate_with(self._subject(), queries, judgements, fusions, runs, on_query, options)

    def evaluate_pairs(
        self, left: str, right: str, *, measures: Sequence[str] | None = None, depth: int = 100, seed: int = 0
    ) -> Evaluation:
        """Measure how well documents are found from one of their fields to another, and back, by stored vectors.

        Args:
            left: One field, for example ``"image"``.
            right: Another whose vectors lie in the same space, for example ``"caption"``.
            measures: By name, as in ``evaluate``; the same by default.
            depth: Documents of each ranking at most.
            seed: Of the random numbers of intervals and tests.

        Raises:
            EvaluationError: The fields share no space, or fewer than two documents have both.
            StoreError: There is no index yet, or it cannot be read.
        """
        from chiasm.evaluation.inspecting import evaluate_pairs
        from chiasm.evaluation.measures import DEFAULT_MEASURES

        with self._lock:
            self._open_store("read")
            wanted = tuple(measures or DEFAULT_MEASURES)
            return evaluate_pairs(self._plan, self._plan.store, (left, right), wanted, depth, seed)

    def gaps(self) -> list[FieldGap]:
        """Measure the modality gap between every two stored fields that share a space, before and after centring.

        Raises:
            EvaluationError: No two fields share a space.
            StoreError: There is no index yet, or it cannot be read.
        """
        from chiasm.evaluation.inspecting import field_gaps

        with self._lock:
            self._open_store("read")
            return field_gaps(self._plan, self._plan.store)

    def recommend(self, like: Any, *, unlike: Any = (), limit: int = 10, **options: Any) -> Hits:  # noqa: ANN401
        """Find documents like some that are stored, by their stored vectors; nothing is encoded for them.

        Args:
            like: Ids of stored documents, or items, as ``search`` takes them; at least one.
            unlike: What the documents should not be like, likewise.
            limit: Number of documents at most.
            options: Further arguments of ``search``.

        Raises:
            QueryError, MediaError, StoreError: As ``search`` does; also where there is no such document.
        """
        return self.search(like=like, unlike=unlike, limit=limit, **options)

    def info(self) -> dict[str, Any]:
        """Return what the store holds: points by field, documents by state, spaces, versions, failures.

        Raises:
            StoreError: There is no index yet, or it cannot be read.
        """
        store = self._plan.store
        with self._lock:
            self._open_store("read")
            points = {name: store.count(Compare("field", "=", name)) for name in self._plan.fields}
            stored = store.stored_schema()
            facts: dict[str, Any] = {
                "store": store.location,
                "points": store.count(),
                "points_by_field": {name: count for name, count in points.items() if count},
                "spaces": {name: str(space) for name, space in (stored.spaces if stored else {}).items()},
                "plan": stored.plan if stored else "",
                "version": stored.version if stored else "",
            }
            with self._open_journal() as journal:
                documents = {
                    "documents": journal.counts(),
                    "failures": len(journal.failures()),
                    "roots": sorted(journal.roots()),
                }
        return facts | documents

    def failures(self) -> list[Failure]:
        """Return what failed in earlier runs and was not mended since.

        Raises:
            StoreError: Nothing was indexed yet.
        """
        with self._known_journal() as journal:
            return journal.failures()

    def close(self) -> None:
        """Close the store and let every model go. The pipeline may be used again."""
        with self._lock:
            self._close_store()
            for planned in self._plan.components:
                planned.component.close()
            self._loading = Loading()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        steps = len(self.config.index)
        return f"<Pipeline of {steps} steps into {self._plan.store.location} ({self._plan.fingerprint})>"

    def _run(
        self,
        source: DocumentSource,
        place: str,
        which: Which,
        *,
        sync: bool = False,
        checksum: bool = False,
        optimize: bool = True,
        on_event: OnEvent | None = None,
    ) -> RunReport:
        with self._lock, self._open_journal() as journal:
            self._open_store("write")
            if self._plan.store.count() == 0 and journal.counts().keys() & {"done", "partial"}:
                # Whatever the journal says is done is not there: the collection is new, or was emptied.
                journal.forget_all()
            journal.remember_root(source.key, place)
            self._keep()
            store = self._plan.store
            run = IndexRun(self._plan, store, journal, source, on_event=on_event, which=which, checksum=checksum)
            report = run.run(self._engine, sync=sync)
            self._searcher = None
            if optimize and not report.interrupted and store.wants_optimizing:
                run.tell("building the search index")
                store.optimize()
        for name, stage in report.stages.items():
            self._registry.call(
                "chiasm_stage_finished", stage=name, count=stage.count, seconds=stage.seconds, errors=stage.errors
            )
        return report

    def _keep(self) -> None:
        """Leave the pipeline's own description beside the store, so that a search need not be told it again."""
        if self._plan.store.folder is not None:
            kept = self._folder / KEPT_PIPELINE
            unfinished = kept.with_suffix(".new")
            try:
                unfinished.write_text(self.to_yaml(), encoding="utf-8")
                unfinished.replace(kept)
            except OSError as error:
                raise StoreError(
                    f"the pipeline cannot be kept beside the store ({error})", where=str(kept), fix="Make room there."
                ) from error

    def _nearest_ids(self, document: str) -> tuple[str, ...]:
        with self._open_journal() as journal:
            return tuple(nearest_names(document, journal.ids_like(document, COMPARED_IDS)))

    @cached_property
    def _engine(self) -> Engine[Any]:
        maker = ComponentMaker(self._registry, self.config.components, self._origin)
        engine = maker.get(self.config.engine, "engine", ("engine",)).component
        if not isinstance(engine, Engine):
            raise ConfigError(f"{self.config.engine!r} is no engine", where=self._origin.at(("engine",)))
        return engine

    def _open_store(self, mode: Mode) -> None:
        if self._mode in {mode, "write"}:
            return
        self._close_store()
        schema = StoreSchema(self._plan.spaces, PAYLOAD_INDEXES, self._plan.fingerprint, __version__)
        self._plan.store.open(schema, mode)
        self._mode = mode

    def _subject(self) -> Subject:
        from chiasm.evaluation.subject import Subject, label

        maker = ComponentMaker(self._registry, self.config.components, self._origin)

        def query(given: Mapping[str, Any], where: str, limit: int) -> Query:
            return make_query(
                given,
                config=self.config.search,
                loaders=self._loaders,
                modalities=self._plan.modalities,
                where=where or None,
                limit=limit,
            )

        def fusion(choice: ComponentChoice) -> LateFusion[Any]:
            named = choice if isinstance(choice, Use) or choice in self.config.components else Use(use=choice)
            made = maker.get(named, "fusion", ("fusions",)).component
            if not isinstance(made, LateFusion):
                raise ConfigError(f"{choice!r} joins vectors before indexing, not rankings", where="fusions")
            self._loading.ensure(made)
            return made

        def new_store(path: Path) -> Store[Any]:
            made = maker.get(Use(use="qdrant-edge", params={"path": str(path)}), "store", ("store",)).component
            assert isinstance(made, Store)
            return made

        name = label(self.config.search.fuse)
        return Subject(self._plan, self._open_searcher(), query, name, fusion, self._searcher_on, new_store)

    def _open_searcher(self) -> Searcher:
        self._open_store("read")
        if self._searcher is None:
            self._searcher = self._searcher_on(self._plan.store)
        return self._searcher

    def _searcher_on(self, store: Store[Any], *, calibrated: bool = False) -> Searcher:
        config = self.config.search
        if calibrated and config.calibrate == "none":
            config = config.model_copy(update={"calibrate": "z-score"})
        return Searcher(self._plan, store, self._loading, config, self._nearest_ids)

    def _close_store(self) -> None:
        if self._mode is not None:
            self._plan.store.close()
            self._mode = None
            self._searcher = None

    @property
    def _folder(self) -> Path:
        """Where the journal and the pipeline's own description lie."""
        store = self._plan.store
        return store.folder or Path(".chiasm") / "remote" / re.sub(r"[^\w.-]+", "-", store.location).strip("-")

    @contextmanager
    def _open_journal(self) -> Iterator[Journal]:
        journal = Journal(self._folder / JOURNAL)
        try:
            yield journal
        finally:
            journal.close()

    def _known_journal(self) -> AbstractContextManager[Journal]:
        if not (self._folder / JOURNAL).exists():
            raise StoreError(
                "nothing was indexed into this store yet",
                where=self._plan.store.location,
                fix=_INDEX_FIRST,
            )
        return self._open_journal()


def _as_store(store: Use | str | os.PathLike[str], configured: Use) -> Use:
    """Return a store by a path: the configured one at that path where it has one, the embedded one otherwise."""
    if isinstance(store, Use):
        return store
    return Use(use=configured.use, params={**configured.params, "path": str(store)})


def pipeline_schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration, for editors."""
    return PipelineConfig.model_json_schema(by_alias=True)


__all__ = ["Pipeline", "pipeline_schema"]
