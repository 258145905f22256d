"""The page: self-contained, complete, honest about what is missing, safe whatever the data says."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports import choose, figures, html, results

FIXTURE = Path(__file__).resolve().parent / "fixtures" / "run"
VOID = {"meta", "br", "wbr", "path", "use", "rect"}
REFERENCES = {"href", "src", "srcset", "xlink:href", "action", "data", "poster", "formaction"}


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text; and that every tag is closed in order."""

    def __init__(self, source: str):
        super().__init__(convert_charrefs=True)
        self.source, self.text = source, ""
        self.tags, self.attributes = Counter(), []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag):
        self.text += " " if tag in ("td", "th") else ""  # a cell's border
        if tag not in VOID:
            assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, each, value in self.attributes if each == name]

    def prose(self) -> str:
        return " ".join(self.text.split())


def page_of(run) -> Page:
    return Page(html.render(run.load(), "runs/20250301-120000-run"))


@pytest.fixture(scope="module")
def sound() -> Page:
    """The page of the fixture as it is."""
    return Page(html.render(results.load(FIXTURE), "runs/20250301-120000-run"))


def test_nothing_is_fetched_from_anywhere(measured_run):
    page = page_of(measured_run)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        inside = value.startswith("#") or tag == "image" and value.startswith("data:image/png;")
        assert name not in REFERENCES or inside, (tag, name, value)
        assert not name.startswith("on") and name != "http-equiv"
    assert "http:" not in page.source and "https:" not in page.source
    assert "@import" not in page.source
    assert set(re.findall(r"url\((.)", page.source)) <= {"#"}


def test_ids_are_unique_and_references_lead_somewhere(measured_run):
    page = page_of(measured_run)
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    links = [link for link in page.values("href") if link.startswith("#")]
    assert {link[1:] for link in links} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page.source)) <= set(ids)


DRAWN = {"time-per-operation", "failed-requests", "metadata"}  # of the fixture, which has no more


def test_every_figure_is_there_in_both_widths_with_title_caption_and_way_back(sound):
    assert sound.tags["figure"] == len(DRAWN) and DRAWN <= set(sound.values("id"))
    titles = [
        "Shortest time per served operation: bitmap in 4 of 5 workloads, free_list in 1 and "
        "coremap in 1",
        "free_list fails most: 18 % of the operations under “Mixed run lengths at 90 % occupancy”",
    ]
    for title in titles:
        assert title in sound.prose() and sound.values("aria-label").count(title) == 2
    assert sound.prose().count("./assay report runs/20250301-120000-run draws") == len(DRAWN)


def test_figures_that_cannot_be_drawn_are_named_with_their_command(sound):
    for module in figures.MODULES:
        named = f"{module.TOPIC}: {module.COMMAND}" in sound.prose()
        assert named == (module.KEY not in DRAWN), module.KEY


def test_the_numbers_are_below_the_figures_as_text(run):
    run.change_cell("coremap", "mixed_90", median_ns=123456.0, repetitions_ns=[123456.0] * 9)
    page = page_of(run)
    assert '<td class="num">123,000</td>' in page.source
    assert ">100,000</text>" in page.source  # a tick


def test_the_same_results_give_the_same_page(run, sound):
    assert page_of(run).source == sound.source


def test_it_opens_with_who_won_on_what_machine_and_what_a_finding_looks_like(sound):
    text = sound.prose()
    places = [
        "bitmap wins: no design has a finding; in the kernel it behaves as on the host",
        "bitmap has the lowest score, 2.00×",
        "What was run, and on what",
        "Example CPU 1000, 2 cores, 8.0 GiB",
        "./assay run --for 60s --seed 7",
        "Scoreboard",
        "A design is eligible if",
        "What a finding looks like",
        "C5: op 3 'free a+2': released 2 frames, but frame 2 is inside the block 1..2",
        "C5 of the contract demands: misuse is refused, named, and changes nothing.",
        "b = alloc 2",
        "./assay replay runs/findings/canary-C5-free_inner-released/shortest.ops --design canary",
        "Figures",
        "Fuzzing",
        "An i686 kernel whose only frame allocator is bitmap",
        "equal",
        "What does real traffic cost?",
    ]
    position = -1
    for place in places:
        position = text.index(place, position + 1)
    assert "frame 0: a, frame 1: b, frame 2: b" in sound.values("aria-label")


def test_a_sound_run_has_no_alarm_and_no_note(sound):
    assert "remarks" not in sound.values("class")


@pytest.mark.parametrize(
    "name, missing",
    [
        ("fuzz.json", "Not run: the fuzzer, and with it the canary. ./assay fuzz"),
        (
            "bench.json",
            "Not run: the benchmarks, so there are no times and no scores. ./assay bench",
        ),
        ("boot-bitmap.json", "Not run: the kernel with the winner. ./assay boot bitmap"),
    ],
)
def test_a_part_that_was_not_run_says_so_with_its_command(run, sound, name, missing):
    assert "Not run" not in sound.prose()
    assert missing in page_of(run.remove(name)).prose()


def test_each_part_alone_makes_a_page(run):
    names = {"fuzz.json", "bench.json", "boot-bitmap.json"}
    kept = {name: (run.folder / name).read_text() for name in names}
    for name in names:
        run.remove(*names & {path.name for path in run.folder.iterdir()})
        (run.folder / name).write_text(kept[name])
        page = page_of(run)
        assert page.prose().count("Not run") >= 2 and "No design is eligible to win" in page.prose()


def test_what_weakens_or_breaks_a_run_is_said(run):
    finding = {"key": "coremap-C2", "design": "coremap", "clause": "C2", "operations": 1}
    finding |= {"verdict": "C2: op 1 'alloc 1': returned none", "ops": "a = alloc 1", "folder": "f"}
    finding |= {"replay": "./assay replay f/shortest.ops --design coremap"}
    run.change("fuzz.json", lambda document: document["findings"].append(finding))
    run.change("bench.json", lambda document: document["machine"].update(load=[1.5], cpu="Other"))
    run.change("bench.json", lambda document: document.update(dirty=True))
    run.change_cell("bitmap", "fill_drain", repetitions_ns=[7.0, 8.0, 9.1])
    run.change_cell("free_list", "mixed_50", oracle="C1: op 2 'alloc 1': overlaps", median_ns=None)
    run.boot("free_list", verdict="fail", reason="triple fault")
    page = page_of(run)
    for remark in (
        "coremap has 1 finding.",
        "free_list failed the oracle under mixed_50: C1: op 2 'alloc 1': overlaps.",
        "The boot of free_list failed: triple fault.",
        "The results come from more than one machine.",
        "The tree had changes that are in no commit",
        "Load 1.5 on 2 cores when measuring began (above 0.5 per core)",
        "Only 3 repetitions, fewer than 9: bitmap under fill_drain.",
        "more than 25 % of their median apart: 1 of 14 measurements, bitmap under fill_drain.",
        "bitmap wins: 1 finding in other designs",
        "coremap is not eligible: 1 finding.",
        "./assay replay f/shortest.ops --design coremap",
    ):
        assert remark in page.prose(), remark
    assert page.prose().count("failed the oracle") >= 2  # instead of a time, and as an alarm
    red = [part for part in page.source.split("<li ") if part.startswith('class="alarm"')]
    assert len(red) == 6


def test_a_canary_that_got_away_is_an_alarm(run):
    nothing = dict.fromkeys(("verdict", "clause", "shortest_ops", "shortest_operations", "replay"))
    run.change("fuzz.json", lambda document: document["canary"].update(caught=False, **nothing))
    text = page_of(run).prose()
    assert "The canary got away" in text and "No design is eligible to win" in text


def test_a_stored_winner_that_the_results_do_not_support_is_an_alarm(run):
    document = json.loads((run.folder / "fuzz.json").read_text())
    document |= {"schema": "assay-choice", "winner": "coremap", "rule": "whoever pays"}
    (run.folder / "winner.json").write_text(json.dumps(document))
    text = page_of(run).prose()
    assert "winner.json names coremap, but the rule applied to these results gives bitmap" in text


def test_a_failed_step_of_a_run_is_an_alarm(run):
    document = json.loads((run.folder / "fuzz.json").read_text())
    steps = [{"name": "build", "seconds": 61.5, "failure": "clang++-19: no such program"}]
    document |= {"schema": "assay-steps", "steps": steps, "failures": []}
    (run.folder / "steps.json").write_text(json.dumps(document))
    text = page_of(run.remove("fuzz.json", "bench.json", "boot-bitmap.json")).prose()
    assert "The step 'build' failed: clang++-19: no such program." in text
    assert "build 61.5 s" in text


def test_eight_designs_of_which_some_are_new(run):
    def edit(document):
        for name in ("mine", "yours", "tag_bitmap", "buddy", "a_plug_in_with_a_rather_long_name"):
            document["cells"] += [
                {**cell, "design": name} for cell in document["cells"] if cell["design"] == "bitmap"
            ]

    page = page_of(run.change("bench.json", edit))
    assert "mine is not eligible: not fuzzed." in page.prose()


def test_a_figure_s_title_does_not_praise_who_is_out(run):
    run.change_target("bitmap", status="finding", findings=["k"])
    text = page_of(run).prose()
    assert (
        "Shortest time per served operation among eligible designs: free_list in 5 of 5 workloads "
        "and coremap in 1"
    ) in text


def test_a_tie_is_said():
    entries = [{"design": name, "score": 1.5} for name in ("a", "b")]
    choice = {"winner": "a", "margin": 1.0, "ranking": entries}
    assert choose.explain_winner(choice).endswith("b has the same, and the name decides.")


def test_failed_requests_are_a_share_of_the_requests_where_those_are_counted(run):
    def edit(document):
        for cell in document["cells"]:
            cell["allocated"] = cell["served"] // 2

    # free_list at 90 %: 18,000 failed, 82,000 served, of these 41,000 allocations.
    text = page_of(run.change("bench.json", edit)).prose()
    assert "free_list fails most: 30.5 % of the requests under" in text
    assert "as a share of all requests;" in text and "of all operations" not in text


def test_requests_that_nobody_can_serve_are_no_failure_of_anybody(run):
    def edit(document):
        for cell in document["cells"]:
            if cell["workload"] == "single_pair":
                cell.update(served=0, allocated=0, failed=64)

    text = page_of(run.change("bench.json", edit)).prose()
    assert "free_list fails most: 18 % of the operations under" in text


def test_a_yardstick_is_shown_and_never_ranked(run):
    def edit(document):
        document["references"] = [{**document["cells"][0], "design": "stack", "median_ns": 1.25}]
        document["smoke"] = True

    page = page_of(run.change("bench.json", edit))
    assert "Workload bitmap free_list coremap stack single_pair 4.00 8.00 16.0 1.25" in page.prose()
    assert "stack is not eligible" not in page.prose() and "A smoke run" in page.prose()


def test_two_yardsticks_and_what_else_a_run_may_count_are_shown(run):
    def edit(document):
        cell = document["cells"][0]
        document["references"] = [
            {**cell, "design": name, "median_ns": ns}
            for name, ns in (("reference_stack", 1.25), ("empty_call", 1.125))
        ]
        document["workloads"][0]["noise_floor"] = 0.5
        document["instructions_note"] = "no counter"
        cell["touched"] = {"metadata_bytes": 8192, "frame_bytes": 0}

    text = page_of(run.change("bench.json", edit)).prose()
    assert "a bare stack of frame numbers, no allocator" in text
    assert "a call that does nothing, no allocator" in text
    assert "Two equal contestants lay 50 % apart under single_pair" in text
    assert "No instructions were counted: no counter." in text
    assert "16,384 8,192 e01dd82d2909" in text  # metadata, what was touched of it, placements


def test_a_plugin_s_page_says_how_it_was_called_and_what_it_was_left_out_of(run):
    def measure_plugin(document):
        cell = next(each for each in document["cells"] if each["workload"] == "mixed_50")
        document["cells"].append(cell | {"design": "my_pmm", "foreign": True})
        why = {"design": "my_pmm", "workload": "mixed_90", "reason": "at most 1 are promised"}
        document["left_out"] = [why]

    text = page_of(run.change("bench.json", measure_plugin)).prose()
    assert "adapter's table of functions, which designs are not: my_pmm." in text
    assert "my_pmm is left out of mixed_90: at most 1 are promised." in text


def test_what_the_kernel_replayed_stands_beside_the_host(run):
    def edit(document):
        document["swarm"].update(host_hash="ffff")

    text = page_of(run.change("boot-bitmap.json", edit)).prose()
    assert "the trace pgbench 100,000 1122334455667788 1122334455667788 equal" in text
    made = "random sequences from seed 1, made in the kernel itself 1,005,292"
    assert f"{made} 2233445566778899 ffff different" in text


def test_a_skipped_kernel_test_is_not_shown_as_passed(run):
    def edit(document):
        document["tests"][1].update(skipped="no module", diagnostics=[])

    text = page_of(run.change("boot-bitmap.json", edit)).prose()
    assert "skipped page tables come from bitmap no module" in text


def test_a_dollar_in_a_name_is_a_dollar(run):
    def edit(document):
        document["workloads"][0]["name"] = name = "costs_$x^2$"
        for cell in document["cells"]:
            cell["workload"] = name if cell["workload"] == "single_pair" else cell["workload"]

    assert page_of(run.change("bench.json", edit)).source.count(">costs_$x^2$</text>") == 2


def test_bold_is_the_shortest_time_of_an_eligible_design(run, sound):
    assert '<td class="num best">4.00</td>' in sound.source  # bitmap's single pair
    run.change_target("bitmap", status="finding", findings=["k"])
    source = page_of(run).source
    assert '<td class="num best">8.00</td>' in source  # free_list's
    assert '<td class="num">4.00</td>' in source


HOSTILE = "<script>alert(1)</script><img/src=x/onerror=alert(1)>\"'&amp;{{7*7}}$\\frac{$]]>--><!--"
EXEMPT = {"schema", "status", "oracle", "call"}


def poison(value, key: str = ""):
    """Adds the hostile text to every text of a result, names and keys of maps included."""
    if isinstance(value, dict):
        return {k + HOSTILE * (key == "outcomes"): poison(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [poison(each, key) for each in value]
    if isinstance(value, str) and key not in EXEMPT and value not in ("pass", "fail"):
        return value + HOSTILE
    return value


def test_hostile_data_is_shown_as_text_and_nothing_else(measured_run):
    for path in measured_run.folder.iterdir():
        path.write_text(json.dumps(poison(json.loads(path.read_text()))))
    page = page_of(measured_run)
    sane = {"html", "head", "meta", "title", "style", "body", "script", "code", "pre", "wbr", "em"}
    assert page.tags["script"] == 1 and not {"img", "b"} & set(page.tags) and sane <= set(page.tags)
    assert page.tags["figure"] == len(figures.MODULES) - 1  # no occupancies: churn_... is renamed
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert {"src", "onerror"}.isdisjoint(name for _, name, _ in page.attributes)
    assert f"bitmap{HOSTILE} wins" in page.text
    assert json.loads("".join(page.scripts))["bench"]["cells"][0]["design"] == f"bitmap{HOSTILE}"


def test_the_page_holds_its_results(sound):
    data = json.loads("".join(sound.scripts))
    loaded = results.load(FIXTURE)
    assert data["bench"] == loaded.bench and data["choice"]["winner"] == "bitmap"
    assert data["sha256"] == loaded.sha256
