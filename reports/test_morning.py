"""The morning report: what broke comes first, nothing is called clean that was not tested, and the
page stays small whatever the night was like.
"""

import json

import pytest

from reports import morning, results
from reports.test_html import HOSTILE, Page, poison

OPS = "assay-ops 1\nbase 0\nframes 3\nram zero\na = alloc 1\nb = alloc 2\nfree a+2\n"
VERDICT = "C5: op 3 'free a+2': released 2 frames, but frame 2 is inside the block 1..2"
COUNTS = {"allocated": 900, "freed": 800, "grown": 5, "unpromised": 0, "kind_alloc": 7}
COUNTS |= {"misuse_reserved": 3}


def tally(design, **changed) -> dict:
    """A clean one."""
    return {
        "design": design,
        "status": "clean",
        "reason": None,
        "executions": 120_000,
        "executions_per_second": 2000.0,
        "operations": 3_000_000,
        "seconds": 60.0,
        "coverage_edges": 400,
        "corpus_entries": 90,
        "outcomes": dict(COUNTS),
        "required": ["allocated", "freed", "grown", "kind_alloc"],
        "skips": [],
        "masked": {},
        "restarts": 0,
        "trouble": None,
        "findings": [],
        **changed,
    }


def finding(number: int, **changed) -> dict:
    """One that can be drawn."""
    return {
        "key": f"bitmap-C5-free-{number}",
        "design": "bitmap",
        "clause": "C5",
        "verdict": VERDICT,
        "operations": 3,
        "ops": OPS,
        "folder": f"runs/findings/bitmap-C5-free-{number}",
        "replay": f"./assay replay runs/findings/bitmap-C5-free-{number}/shortest.ops",
        "times": 1234,
        "hits": 5678,
        "found": "2025-03-01T12:00:30+01:00",
        "output": None,
        "more": [],
        **changed,
    }


class Night:
    """A run of the fuzzers that a test may change before it is drawn."""

    def __init__(self, run):
        self.run = run.remove("bench.json", "boot-bitmap.json")
        rows = [[10.0 * at, "bitmap", 390 + min(at, 3), 80, 1000 * at] for at in range(1, 13)]
        rows += [[10.0 * at, "lockstep", 600 + at, 80, 1000 * at] for at in range(1, 13)]
        self.change(
            command="./assay fuzz --for 2m",
            seconds=120.0,
            elapsed=120.5,
            engine="libfuzzer",
            ended="time is up",
            targets=[tally("bitmap"), tally("lockstep", outcomes=COUNTS | {"together": 4})],
            swarm=[tally("bitmap", coverage_edges=0, corpus_entries=0)],
            timeline=rows,
        )

    def change(self, **fields) -> "Night":
        self.run.change("fuzz.json", lambda document: document.update(fields))
        return self

    def page(self) -> Page:
        return Page(morning.render(results.load(self.run.folder), "runs/20250301-120000-fuzz"))

    def text(self) -> str:
        return self.page().prose()


@pytest.fixture
def drawn(run) -> Night:
    return Night(run)


@pytest.fixture
def night(drawn, monkeypatch) -> Night:
    """Without figures, which take most of the time."""
    monkeypatch.setattr(morning.figures, "make_coverage", lambda *_: None)
    monkeypatch.setattr(morning.figures, "make_outcomes", lambda *_: None)
    return drawn


def test_the_questions_of_a_reader_in_their_order(drawn):
    text = drawn.text()
    places = [
        "No finding in 2 min 00 s: 9.00 M operations on 2 targets; coverage has levelled "
        "off in 1 of 2",
        "Example CPU 1000, 2 cores, 8.0 GiB",
        "./assay fuzz --for 2m",
        "The fuzzer can find: the canary, wrong on purpose, was caught first, after 24,000",
        VERDICT,
        "How sure to be of the rest",
        "bitmap clean 120,000 2,000 3,000,000 400 90 1 min 30 s levelled off",
        "lockstep clean 120,000 2,000 3,000,000 400 90 0 s still growing",
        "bitmap clean 120,000 2,000 3,000,000 1 in 40,000",
        "Coverage of 2 targets: 1 levelled off and 1 still growing",
        "./assay report runs/20250301-120000-fuzz",
        "What happened",
        "Every operation and outcome that had to happen did, wherever they are counted",
        "What was skipped, and what was masked",
        "How to do it again",
        "./assay fuzz --for 2m --seed 7",
    ]
    position = -1
    for place in places:
        assert place in text[position + 1 :], place
        position = text.index(place, position + 1)


def test_it_is_one_file_that_fetches_nothing_and_holds_its_results(drawn):
    page = drawn.page()
    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert "http:" not in page.source and "https:" not in page.source
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in page.values("href")} <= set(ids)
    data = json.loads("".join(page.scripts))
    assert data["fuzz"] == results.load(drawn.run.folder).fuzz and data["is_whole"]
    assert page.source == drawn.page().source


def test_a_finding_is_shown_with_everything_that_is_known_of_it(night):
    more = [{"file": "more/4.ops", "ops": "a = alloc 77\n"}, {"file": "more/8.opsb", "ops": None}]
    stack = "ERROR: AddressSanitizer\n  #0 in assay::Bitmap::free"
    night.change(findings=[finding(1, output=stack, more=more)])
    night.change(targets=[tally("bitmap", status="finding", findings=["bitmap-C5-free-1"])])
    page = night.page()
    text = page.prose()
    for place in (
        "1 finding in 2 min 00 s: bitmap 1",
        f"bitmap-C5-free-1{VERDICT} 3 1,234 5,678 2025-03-01 12:00",
        VERDICT,
        "C5 of the contract demands: misuse is refused, named, and changes nothing.",
        "b = alloc 2",
        "./assay replay runs/findings/bitmap-C5-free-1/shortest.ops",
        "#0 in assay::Bitmap::free",
        "2 other inputs with this key",
        "a = alloc 77",
        "more/8.opsb",
    ):
        assert place in text, place
    assert page.values("aria-label").count("frame 0: a, frame 1: b, frame 2: b") >= 1


def test_a_design_with_very_many_findings_does_not_hide_the_others(night):
    many = [finding(number, operations=1) for number in range(100)]
    night.change(findings=[*many, finding(777, design="lockstep", operations=9)])
    text = night.text()
    assert text.index("bitmap-C5-free-4") < text.index("bitmap-C5-free-777")
    assert text.index("bitmap-C5-free-777") < text.index("bitmap-C5-free-5" + VERDICT)
    assert "81 more" in text and "bitmap 100, lockstep 1" in text


def test_a_finding_of_the_paging_side_shows_its_clause_and_its_operations(night):
    verdict = "P3: op 2 'read 1:4': unmap of page 1:2 in frame 5, expected unmap of page 1:0"
    own = {"verdict": verdict, "clause": None, "ops": "", "operations": 0, "design": "paging"}
    text = night.change(findings=[finding(1, **own, output="make 1:0\nread 1:4")]).text()
    assert "P3 of the contract demands: who came first leaves first" in text
    assert "make 1:0" in text and "no sequence of operations" in text
    own |= {"operations": 1, "steps": "1 read 1:4", "output": "1 make 1:0\n2 read 1:4"}
    text = night.change(findings=[finding(1, **own)]).text()
    assert "that show it1 read 1:4" in text.replace("show it ", "show it")
    assert "make 1:0" not in text and "no sequence" not in text


def test_a_finding_whose_folder_is_gone_is_a_finding(night):
    night.change(targets=[tally("bitmap", status="finding", findings=["bitmap-C5-free-1"])])
    text = night.text()
    assert "1 finding in" in text and "since the folder is gone, of: bitmap-C5-free-1." in text
    assert "No finding" not in text and "No input of this run" not in text


def test_why_a_finding_is_not_shrunk_is_said(night):
    night.change(findings=[finding(1, note="not shrunk: it died")])
    assert "not shrunk: it died" in night.text()


@pytest.mark.parametrize(
    "changed, said",
    [
        (
            {"status": "failed", "reason": "fuzz-bitmap is not there", "executions": 0},
            "bitmap failed: fuzz-bitmap is not there.",
        ),
        ({"executions": 0}, "bitmap executed nothing, so it shows nothing."),
        (
            {"outcomes": COUNTS | {"grown": 0}},
            "bitmap never saw grown, so it shows nothing about that.",
        ),
        ({"outcomes": {}, "required": ["allocated"]}, "bitmap left no counts of what happened"),
    ],
)
def test_what_was_not_tested_is_never_called_clean(night, changed, said):
    text = night.change(targets=[tally("bitmap", **changed)], swarm=[], timeline=[]).text()
    assert said in text and "bitmap clean" not in text
    assert "but 1 of 1 target shows less than should be" in text or "Nothing was executed" in text


def test_what_never_happened_stands_out_in_the_histograms(drawn):
    drawn.change(targets=[tally("bitmap", outcomes=COUNTS | {"grown": 0, "freed": 0})])
    page = drawn.page()
    assert page.values("aria-label").count("bitmap never saw freed and grown") == 2
    assert page.source.count('<span class="bad">0</span>') == 2
    assert '<span class="muted">0</span>' in page.source  # unpromised, as it should be


def test_who_counts_in_another_way_has_names_of_its_own(drawn):
    paging = tally("paging", outcomes={"misuse_refused": 4, "page_made": 9}, required=["page_made"])
    drawn.change(targets=[tally("bitmap"), paging])
    source = drawn.page().source
    assert source.count(">misuse refused</text>") == 2 == source.count(">page made</text>")
    assert source.count(">reserved</text>") > 0 == source.count(">misuse reserved</text>")


def test_a_swarm_that_failed_is_said(night):
    failed = tally("bitmap", status="failed", reason="assay-swarm: it died", executions=5)
    text = night.change(swarm=[failed]).text()
    assert "bitmap (swarm) failed: assay-swarm: it died." in text
    assert "but 1 of 3 targets shows less than should be" in text and "1 in 1" not in text


def test_restarts_and_an_early_end_are_said(night):
    restarted = tally("bitmap", restarts=2, trouble="killed by signal 9")
    night.change(targets=[restarted], ended="disk limit reached", elapsed=61.0)
    text = night.text()
    assert "The run ended early, after 1 min 01 s of 2 min 00 s: disk limit" in text
    assert "bitmap died of no input and was started again 2 times" in text
    assert "killed by signal 9" in text


def test_a_canary_that_got_away_makes_the_run_show_nothing(night):
    def escape(document):
        nothing = dict.fromkeys(("verdict", "clause", "shortest_ops", "shortest_operations"))
        document["canary"].update(nothing, replay=None, caught=False, reason="not caught in 60 s")

    night.run.change("fuzz.json", escape)
    text = night.text()
    assert "The canary got away, so this run shows nothing" in text
    assert "The canary got away: not caught in 60 s." in text and "can find" not in text


def test_what_was_skipped_and_masked(night):
    skip = {"clause": "C2", "check": "every free run is found", "reason": "only multiples"}
    masked = {"bitmap-C5-free-1": 1_234_567}
    buddy = tally("buddy", skips=[skip], masked=masked)
    night.change(targets=[buddy, tally("coremap", skips=[skip])])
    text = night.text()
    assert "C2 every free run is found only multiples buddy, coremap" in text
    assert "bitmap-C5-free-1 buddy 1,234,567" in text


def test_a_run_of_swarm_alone(drawn):
    swarm = tally("bitmap", coverage_edges=0, corpus_entries=0)
    drawn.change(engine="swarm", targets=[swarm], swarm=[], timeline=[[9.0, "bitmap", 0, 0, 9]])
    text = drawn.text()
    assert "bitmap clean 120,000 2,000 3,000,000 1 in 40,000" in text
    assert "swarm follows none" in text and "no target followed coverage" in text


def test_interrupted_before_anything(drawn):
    empty = tally("bitmap", executions=0, executions_per_second=0.0, operations=0, seconds=0.0)
    empty |= {"status": "failed", "reason": "never happened before the interrupt: allocated"}
    empty |= {"outcomes": {}, "required": [], "coverage_edges": 0, "corpus_entries": 0}
    drawn.change(ended="interrupted", elapsed=0.0, targets=[empty], swarm=[], timeline=[])
    text = drawn.text()
    assert "Nothing was executed in 0 s, so this run shows nothing" in text
    assert "The run ended early, after 0 s" in text and "No target has counted" in text
    assert "no target came to the end of a slice" in text


def test_a_single_point_is_drawn(drawn):
    page = drawn.change(timeline=[[0.0, "bitmap", 7, 1, 0]], elapsed=0.0).page()
    assert "Coverage of 1 target: 1 too short to tell" in page.prose()


def test_a_result_from_before_this_report_has_a_page(run):
    run.remove("bench.json", "boot-bitmap.json")
    text = Page(morning.render(run.load(), "runs/x")).prose()
    assert "No finding in 1 min 00 s" in text and "on 3 targets" in text
    assert "How often each operation and each outcome occurred" in text


def test_a_long_night_with_many_findings_is_a_small_page(drawn):
    targets = [f"design_{number}" for number in range(10)]
    rows = [
        [60.0 * at, name, 100 + at, 100 + at, 1000 * at]
        for at in range(1, 8 * 60)
        for name in targets
    ]
    blocks = "\n".join(f"b{number} = alloc 1" for number in range(7))
    worst = f"assay-ops 1\nbase 0\nframes 32\nram zero\n{blocks}\nfree b0+31\n"
    long = "assay-ops 1\nframes 4096\n" + "a = alloc 1\n" * 5000
    many = [finding(number, ops=worst, operations=8) for number in range(300)]
    many += [finding(number, ops=long, output="x" * 100_000) for number in range(300, 600)]
    drawn.change(
        elapsed=28_800.0, findings=many, timeline=rows, targets=[tally(name) for name in targets]
    )
    page = drawn.page()
    assert len(page.source) < 3_000_000
    assert "600 findings in 8 h 00 min: bitmap 600" in page.prose()
    assert page.source.count('class="entry"') == morning.WHOLE
    assert page.source.count('class="entry" open') == morning.OPEN
    assert "bitmap-C5-free-599" in page.prose() and "more lines" in page.prose()
    assert not json.loads("".join(page.scripts))["is_whole"]


def test_hostile_data_is_shown_as_text_and_nothing_else(night):
    night.change(findings=[finding(1, output="said", more=[{"file": "f", "ops": "o"}])])
    skip = {"clause": "C2", "check": "c", "reason": "r"}
    night.change(targets=[tally("bitmap", skips=[skip], masked={"k": 3}, trouble="t", restarts=1)])
    path = night.run.folder / "fuzz.json"
    document = poison(json.loads(path.read_text()))
    for each in [*document["targets"], *document["swarm"]]:
        each["status"] = "clean"
    path.write_text(json.dumps(document))
    page = night.page()
    assert page.tags["script"] == 1 and not {"img", "b"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert f"bitmap{HOSTILE}" in page.text


@pytest.mark.parametrize(
    "edit, place",
    [
        (lambda d: d["timeline"].append([1.0, "bitmap"]), r"timeline\[24\]: expected 5 elements"),
        (lambda d: d["timeline"].append([1.0, "bitmap", -5, 1, 1]), r"timeline\[24\]\[2\]"),
        (lambda d: d["swarm"][0].pop("outcomes"), r"swarm\[0\].outcomes: the field is missing"),
        (lambda d: d["findings"].extend([finding(1)] * 2), "bitmap-C5-free-1' is there twice"),
    ],
)
def test_what_is_damaged_is_refused_with_its_place(night, edit, place):
    night.run.change("fuzz.json", edit)
    with pytest.raises(results.ResultError, match=place):
        night.page()
