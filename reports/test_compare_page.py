"""The page and the words of a comparison."""

import pytest

from reports import compare, compare_page, compare_table
from reports.test_compare import Runs
from reports.test_html import Page


@pytest.fixture
def runs(run):
    made = Runs(run)
    made.scale(1.5)
    made.scale(0.5, "coremap", "mixed_50")
    made.cell()["placement_hash"] = "00"
    return made


def page_of(*comparisons, warnings=(), verdicts=None) -> Page:
    verdicts = verdicts or [[] for _ in comparisons]
    return Page(compare_page.render(list(comparisons), list(warnings), verdicts, "./assay compare"))


def test_what_changed_is_there_with_a_word_and_a_sign(runs):
    page = page_of(runs.outcome())
    text = page.prose()
    assert "1 worse, 1 better and 1 different of" in text
    assert "bitmap mixed_90 time, ns 1.500× ▲ slower 20.0 30.0" in text
    assert "coremap mixed_50 time, ns 0.500× ▼ faster 320 160" in text
    assert "1 slower, 1 faster of 15; most of all coremap on mixed_50, 0.50×" in text
    assert '<span class="bad">▲ slower</span>' in page.source
    assert '<span class="good">▼ faster</span>' in page.source


def test_nothing_is_fetched_and_all_figures_are_there(runs):
    page = page_of(runs.outcome(), runs.outcome())
    assert page.tags["figure"] == 2 and page.values("src") == []
    assert not [href for href in page.values("href") if not href.startswith("#")]
    ids = page.values("id")
    assert len(ids) == len(set(ids)) and "compared-2" in ids


def test_what_was_overruled_and_what_broke_a_rule_stand_at_the_top(runs):
    page = page_of(runs.outcome(), warnings=["cores: 2, 64"], verdicts=[["median>5%: bitmap"]])
    head = page.prose().split("What was compared")[0]
    assert "Compared all the same, as it was asked for: cores: 2, 64." in head
    assert "Regression in new: median>5%: bitmap." in head


def test_several_runs_have_an_overview_by_column(runs):
    page = page_of(runs.outcome(), runs.outcome())
    assert "2 of 2 runs are worse somewhere" in page.prose()
    assert "bitmap mixed_90 time, ns 20.0 30.0 (1.500×) ▲ slower 30.0 (1.500×)" in page.prose()


def test_without_times_there_is_no_figure(runs):
    runs.new.results.bench["cells"][:] = [
        cell | {"repetitions_ns": []} for cell in runs.new.results.bench["cells"]
    ]
    assert page_of(runs.outcome()).tags["figure"] == 0


def test_names_from_data_are_text(runs):
    hostile = "a<script>alert(1)</script>"
    for each in (runs.base, runs.new):
        for cell in each.results.bench["cells"]:
            cell["workload"] = cell["workload"].replace("mixed_90", hostile)
        for workload in each.results.bench["workloads"]:
            workload["name"] = workload["name"].replace("mixed_90", hostile)
    page = page_of(runs.outcome())
    assert page.tags["script"] == 1 and hostile in page.text


@pytest.mark.parametrize(
    "value, text",
    [(None, "–"), (0.0312, "0.031"), (0.00031, "0.00031"), (1e-9, "< 0.0001"), (1.0, "1")],
)
def test_a_p_value_is_never_shown_as_0(value, text):
    assert compare_table.p_value(value) == text


def test_a_measure_that_was_0_has_no_ratio(runs):
    runs.base.results.cell("bitmap", "mixed_90")["metadata_bytes"] = 0
    change = [c for c in runs.outcome().changes if c.base == 0 and c.measure == compare.METADATA]
    assert [compare_table.difference(each) for each in change] == ["from 0"]
    document = compare_table.to_json(runs.outcome())
    assert None in [each["ratio"] for each in document["changes"] if each["measure"] == "metadata"]
