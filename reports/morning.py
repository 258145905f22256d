"""The morning report: one self-contained HTML file of a run of the fuzzers, made from fuzz.json."""

import json
from collections import Counter

from reports import coverage, figures, html, look, outcomes, templating, wording
from reports.morning_remarks import elapsed, ended_early, make_remarks, shows_nothing, tallies_of
from reports.results import Results

WHOLE = 40  # findings that are shown with everything; the others have a row each
OPEN = 3  # of those, that need no click
ROWS = 20  # of the list of findings, that need no click
BATCH = 5  # findings of a design in a row, where others have some as well
MAX_LINES = 60  # of an .ops text
MAX_LETTERS = 6_000  # of anything in a finding
MAX_RAW = 1_000_000  # letters of fuzz.json in the page


def render(results: Results, run_name: str) -> str:
    """The page. `run_name` is how commands name the run, such as `runs/20250101-120000-fuzz`."""
    fuzz = results.fuzz
    found = in_order(fuzz["findings"])
    names = [each["design"] for each in [*tallies_of(fuzz).values(), *found]]
    page = templating.environment().get_template("morning.html.j2")
    return page.render(
        run_name=run_name,
        results=results,
        fuzz=fuzz,
        headline=headline(fuzz),
        remarks=make_remarks(results),
        totals=totals_of(fuzz),
        canary=html.describe_finding(fuzz["canary"], "shortest_ops"),
        elapsed=elapsed(fuzz),
        early=ended_early(fuzz),
        findings=found,
        untold=untold_keys(fuzz),
        described=[describe_finding(each) for each in found[:WHOLE]],
        opened=OPEN,
        rows=ROWS,
        targets=[describe_target(name, tally, fuzz) for name, tally in tallies_of(fuzz).items()],
        coverage=figures.make_coverage(results),
        outcomes=figures.make_outcomes(results),
        histograms=[describe_counts(group) for group in groups_of(fuzz)],
        skips=gather_skips(fuzz),
        masked=masked_of(fuzz),
        looks=look.looks_of(names),
        again=command_again(fuzz),
        raw=raw_data(results),
    )


def headline(fuzz: dict) -> str:
    """The run in one sentence."""
    tallies, totals = tallies_of(fuzz), totals_of(fuzz)
    time = wording.duration(elapsed(fuzz))
    if not fuzz["canary"]["caught"]:
        return "The canary got away, so this run shows nothing"
    if found := keys_found(fuzz):
        shares = [f"{design} {count}" for design, count in found.items()]
        return f"{wording.plural(sum(found.values()), 'finding')} in {time}: {', '.join(shares)}"
    if totals["executions"] == 0:
        return f"Nothing was executed in {time}, so this run shows nothing"
    if silent := sum(shows_nothing(tally) for tally in tallies.values()):
        who = f"{silent} of {wording.plural(len(tallies), 'target')}"
        verb = "shows" if silent == 1 else "show"
        return f"No finding in {time}, but {who} {verb} less than should be"
    count = wording.rounded(totals["operations"])
    targets = wording.plural(len(fuzz["targets"]), "target")
    return f"No finding in {time}: {count} operations on {targets}{settled(fuzz)}"


def settled(fuzz: dict) -> str:
    """How many targets' coverage has levelled off."""
    states = [each.state for each in coverage.histories(fuzz).values()]
    count = states.count(coverage.LEVELLED_OFF)
    return f"; coverage has levelled off in {count} of {len(states)}" if states else ""


def keys_found(fuzz: dict) -> Counter:
    """How many bugs each target has, whether the target or the list tells of them."""
    tallies = [*fuzz["targets"], *fuzz.get("swarm", [])]
    keys = {(each["design"], key) for each in tallies for key in each["findings"]}
    keys |= {(each["design"], each["key"]) for each in fuzz["findings"]}
    return Counter(design for design, _ in sorted(keys))


def untold_keys(fuzz: dict) -> list[str]:
    """Findings of which only the key is known, since somebody removed their folders meanwhile."""
    tallies = tallies_of(fuzz).values()
    told = {each["key"] for each in fuzz["findings"]}
    return sorted({key for each in tallies for key in each["findings"]} - told)


def totals_of(fuzz: dict) -> dict:
    """Over all targets and swarms."""
    tallies = tallies_of(fuzz).values()
    return {name: sum(each[name] for each in tallies) for name in ("executions", "operations")}


def in_order(found: list[dict]) -> list[dict]:
    """Short ones first; a design with very many does not hide the others."""
    ranks: Counter = Counter()
    order = []
    for each in sorted(found, key=lambda each: each["operations"]):
        order.append((ranks[each["design"]] // BATCH, each["design"], len(order), each))
        ranks[each["design"]] += 1
    return [each for *_, each in sorted(order, key=lambda entry: entry[:3])]


def describe_finding(finding: dict) -> dict:
    """A finding with its picture; long texts are cut, since files hold them whole."""
    described = html.describe_finding(finding, "ops")
    more = [{**each, "ops": shorten(each["ops"] or "")} for each in finding.get("more", [])]
    return {
        **described,
        "ops": shorten(finding["ops"]),
        "steps": shorten(finding.get("steps", "")),
        "output": "" if finding.get("steps") else shorten(finding.get("output") or ""),
        "more": more,
    }


def shorten(text: str) -> str:
    """At most so many lines and letters, and how much was left out."""
    lines = text.splitlines()
    kept = lines[:MAX_LINES]
    while sum(map(len, kept)) > MAX_LETTERS:
        kept = kept[: len(kept) // 2]
    if len(kept) == len(lines):
        return text
    return "\n".join([*kept, f"# … {wording.plural(len(lines) - len(kept), 'more line')}"])


def describe_target(name: str, tally: dict, fuzz: dict) -> dict:
    """A row of the table: how a target went, and how sure one may be of it."""
    history = coverage.histories(fuzz).get(name)
    is_swarm = name != tally["design"] or fuzz.get("engine") == "swarm"
    text = tally["status"]
    if text == "clean" and shows_nothing(tally):
        text = "incomplete" if tally["executions"] else "not run"
    return {
        **tally,
        "name": name,
        "is_swarm": is_swarm,
        "verdict": {"good": text == "clean", "text": text},
        "history": history,
        "behind": end_of(fuzz, history) - history.last_new.seconds if history else None,
        "bound": tally["executions"] // 3 if is_swarm and text == "clean" else None,
    }


def end_of(fuzz: dict, history: coverage.History) -> float:
    """Of the run, in seconds; not before the last that is known of a target."""
    return max(elapsed(fuzz), history.points[-1].seconds)


def groups_of(fuzz: dict) -> list[list[outcomes.Counts]]:
    """Targets that count the same."""
    return outcomes.alike(outcomes.counts_of(fuzz))


def describe_counts(group: list[outcomes.Counts]) -> dict:
    """A table of counts: a row per name, a column per target."""
    rows, labels = [], outcomes.labels_of(group)
    for title, names in outcomes.names_of(group):
        for name in names:
            cells = [
                {"count": each.by_name.get(name, 0), "missed": each.is_expected(name)}
                for each in group
            ]
            rows.append({"group": title, "name": labels[name], "cells": cells})
    return {"targets": [each.target for each in group], "rows": rows}


def gather_skips(fuzz: dict) -> list[dict]:
    """What was not judged and why, with the targets that it goes for."""
    gathered: dict[tuple, list[str]] = {}
    for tally in fuzz["targets"]:
        for skip in tally.get("skips", []):
            key = (skip["clause"], skip["check"], skip["reason"])
            gathered.setdefault(key, []).append(tally["design"])
    return [
        {"clause": clause, "check": check, "reason": reason, "targets": targets}
        for (clause, check, reason), targets in gathered.items()
    ]


def masked_of(fuzz: dict) -> list[dict]:
    """How often a target went on behind a bug that was known."""
    rows = [
        {"key": key, "target": name, "hits": hits}
        for name, tally in tallies_of(fuzz).items()
        for key, hits in tally.get("masked", {}).items()
    ]
    return sorted(rows, key=lambda row: -row["hits"])


def command_again(fuzz: dict) -> str:
    """The command, with the seed that it drew."""
    command, seed = fuzz["command"], fuzz["seed"]
    return command if seed is None or "--seed" in command else f"{command} --seed {seed}"


def raw_data(results: Results) -> dict:
    """What the page was made from, for programs that read it; if that is long, less of it."""
    fuzz = results.fuzz
    is_whole = len(json.dumps(fuzz)) <= MAX_RAW
    if not is_whole:
        keep = {"key", "design", "clause", "verdict", "operations", "times", "folder", "replay"}
        short = [{k: v for k, v in each.items() if k in keep} for each in fuzz["findings"]]
        times = thin_timeline(fuzz)
        fuzz = {**fuzz, "findings": short, "timeline": times}
    return {"fuzz": fuzz, "is_whole": is_whole, "sha256": results.sha256}


def thin_timeline(fuzz: dict) -> list[list]:
    """The points that the figure shows."""
    rows = [
        [point.seconds, name, point.edges, point.executions]
        for name, history in coverage.histories(fuzz).items()
        for point in history.thinned()
    ]
    return sorted(rows)
