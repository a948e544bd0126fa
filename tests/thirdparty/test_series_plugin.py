"""A plugin of others brings a fifth modality: installed by pip in a fresh environment, used by configuration only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fresh_environment import REPOSITORY, FreshEnvironment

PACKAGE = Path(__file__).parent / "chiasm-series"
CONFIG = PACKAGE / "pipeline.yaml"

NOTES = {
    "humming": "A steady hum, the pump runs well",
    "rattling": "It rattles: worn bearing",
    "warming": "Temperature creeps up, filter clogged",
}


def measured(kind: str, steps: int, random: np.random.Generator) -> np.ndarray:
    noise, time = random.normal(size=steps), np.arange(steps)
    return {"humming": np.sin(time / 3) + 0.05 * noise, "rattling": noise, "warming": time / steps + 0.02 * noise}[kind]


@pytest.fixture(scope="module")
def plant(environment: FreshEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of measurements with notes, indexed by the command line."""
    environment.install(PACKAGE)
    folder = tmp_path_factory.mktemp("plant")
    (folder / "machines").mkdir()
    random = np.random.default_rng(4)
    for kind, note in NOTES.items():
        for number in range(3):
            write_series(folder / "machines" / f"{kind}-{number}.csv", measured(kind, 150 + 40 * number, random))
            if number:  # some have no note
                (folder / "machines" / f"{kind}-{number}.txt").write_text(f"{note}. Seen on day {number}.")
        write_series(folder / f"new-{kind}.csv", measured(kind, 300, random))
    environment.chiasm("index", folder / "machines", "--config", CONFIG, "--store", folder / "store", cwd=folder)
    return folder


def write_series(path: Path, values: np.ndarray) -> None:
    path.write_text("time,value\n" + "\n".join(f"{at},{value:.4f}" for at, value in enumerate(values)))


def found(environment: FreshEnvironment, plant: Path, *query: str | Path) -> list[dict]:
    said = environment.chiasm("search", *query, "--json", "--config", CONFIG, "--store", plant / "store", cwd=plant)
    return json.loads(said.stdout)


def test_the_plugin_passes_its_own_tests_and_type_check(environment, plant):
    assert " passed" in environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=PACKAGE).stdout
    cache = plant / ".mypy_cache"
    assert "Success" in environment.run("-m", "mypy", "--cache-dir", cache, cwd=PACKAGE).stdout


def test_its_files_are_read_and_fused_with_notes(environment, plant):
    told = json.loads(
        environment.chiasm("info", "--json", "--config", CONFIG, "--store", plant / "store", cwd=plant).stdout
    )
    assert told["documents"] == {"done": 9}
    assert told["points_by_field"] == {"text": 6, "series": 9, "joint": 9}


@pytest.mark.parametrize("kind", NOTES)
def test_a_measurement_finds_its_like(environment, plant, kind):
    hits = found(environment, plant, "--file", plant / f"new-{kind}.csv")
    assert [hit["title"].partition("-")[0] for hit in hits[:3]] == [kind] * 3


def test_words_find_measurements_by_their_notes(environment, plant):
    assert found(environment, plant, "worn bearing")[0]["title"].startswith("rattling")


def test_words_and_a_measurement_are_searched_together(environment, plant):
    hits = found(environment, plant, "the filter is clogged", "--file", plant / "new-warming.csv")
    assert hits[0]["title"].startswith("warming")


def test_a_modality_that_nobody_reads_is_refused_with_the_nearest(environment, plant):
    said = environment.chiasm(
        "search", "x", "--modality", "serie", "--config", CONFIG, "--store", plant / "store", cwd=plant, code=2
    )
    assert "Did you mean 'series'" in said.stderr


def test_other_pipelines_read_the_same_files_as_texts(environment, plant):
    config = plant / "words.yaml"
    config.write_text("chiasm: 1\nindex:\n  - encode: text\n    with: {use: bm25}\n")
    environment.chiasm("index", plant / "machines", "--config", config, "--store", plant / "texts", cwd=plant)
    told = json.loads(
        environment.chiasm("info", "--json", "--config", config, "--store", plant / "texts", cwd=plant).stdout
    )
    assert told["points_by_field"]["text"] > 9


def test_nothing_of_chiasm_knows_the_plugin():
    for package in ("core", "registry", "plugins"):
        for path in (REPOSITORY / package).rglob("*.py"):
            assert "chiasm_series" not in path.read_text()
