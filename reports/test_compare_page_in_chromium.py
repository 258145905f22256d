"""The page of a comparison as a browser shows it."""

import pytest

from reports import compare_page
from reports.test_compare import Runs
from reports.test_pages_in_chromium import PAPER, visit


@pytest.mark.parametrize("width, scheme", [(400, "light"), (1280, "light"), (1280, "dark")])
def test_a_browser_shows_all_of_it_and_fetches_nothing(run, tmp_path, width, scheme):
    runs = Runs(run)
    runs.scale(1.5)
    runs.add_stack(2.0, 2.1)
    command = "./assay compare old new -o " + "x" * 90  # longer than a phone is wide
    outcomes = [runs.outcome(), runs.outcome()]
    source = compare_page.render(outcomes, ["overruled"], [["broken"], []], command)
    saw = visit(tmp_path, source, width, scheme)
    assert saw["inner"] == width and saw["width"] <= width, saw
    assert set(saw["seen"]) == {"compared-1", "compared-2"}
    assert saw["console"] == [] and saw["fetched"] == []
    assert saw["paper"] == PAPER[scheme]
