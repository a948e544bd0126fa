"""The demonstration from samples to report, with the real models."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from chiasm.demo.running import DemoResult
from chiasm.demo.searches import NEEDED, SEARCHES


@pytest.fixture(scope="module")
def page(demonstration: DemoResult) -> BeautifulSoup:
    return BeautifulSoup(demonstration.page.read_text(encoding="utf-8"), "lxml")


def test_every_sample_is_indexed(demonstration):
    assert demonstration.run.failures == ()
    assert demonstration.run.indexed == 28


def test_enough_searches_find_the_right_document_first(demonstration):
    wrong = [outcome.search.title for outcome in demonstration.outcomes if not outcome.is_right]
    assert demonstration.passed, wrong
    assert demonstration.right >= NEEDED


def test_the_report_shows_every_search_with_its_outcome(page, demonstration):
    sections = page.find_all("section")
    assert len(sections) == len(SEARCHES)
    for section, outcome in zip(sections, demonstration.outcomes, strict=True):
        assert outcome.search.title in section.find("h2").text
        assert section.find(class_="verdict").text == outcome.verdict
        assert outcome.hits[0].title in section.find(class_="chx-title").text
    assert f"{demonstration.right} of {len(SEARCHES)}" in page.find(class_="tiles").text


def test_the_report_needs_no_other_file_and_no_network(page, demonstration):
    html = demonstration.page.read_text(encoding="utf-8")
    assert all(each["src"].startswith("data:") for each in page.find_all(src=True))
    assert not page.find_all(["link", "script", "iframe"])
    assert not re.findall(r"url\(|@import", html)
    assert len(html) < 8 * 1024**2


def test_the_report_plays_moments(page):
    players = [each["src"] for each in page.select("article video, article audio")]
    assert len(players) >= 3
    assert all(re.search(r"#t=\d+\.\d\d,\d+\.\d\d$", source) for source in players)


def test_the_report_can_be_read_aloud(page):
    assert page.html["lang"] == "en"
    assert [heading.name for heading in page.find_all(["h1", "h2"])] == ["h1"] + ["h2"] * len(SEARCHES)
    assert all(image.has_attr("alt") for image in page.find_all("img"))
    assert all(player.has_attr("aria-label") for player in page.find_all(["audio", "video"]))
    ids = [each["id"] for each in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
