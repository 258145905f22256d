"""The report: one self-contained HTML file, made from the results of one run."""

from reports import arena, clauses, figures, look, templating, wording
from reports.choose import boot_problem, choose, explain_winner
from reports.remarks import make_remarks
from reports.results import ORACLE_PASS, Results


def render(results: Results, run_name: str) -> str:
    """The page. `run_name` is how commands name the run, such as `runs/20250101-120000-run`."""
    choice = choose(results)
    order = [entry["design"] for entry in choice["ranking"]]
    findings = results.fuzz["findings"] if results.fuzz else []
    page = templating.environment().get_template("report.html.j2")
    return page.render(
        run_name=run_name,
        results=results,
        header=results.documents()[0],
        headline=headline(results, choice),
        remarks=make_remarks(results, choice),
        canary=describe_finding(results.fuzz["canary"], "shortest_ops") if results.fuzz else None,
        findings=[describe_finding(each, "ops") for each in findings],
        choice=choice,
        verdict=explain_winner(choice),
        workloads=results.bench["workloads"] if results.bench else [],
        winner=next((each for each in choice["ranking"] if each["rank"] == 1), None),
        scoreboard=make_scoreboard(results, choice),
        yardsticks=make_yardsticks(results),
        outcomes=outcome_names(results),
        figures=figures.make_all(results, choice),
        looks=look.looks_of(order),
        boots=[describe_boot(boot) for boot in results.boots],
        data=raw_data(results, choice),
    )


def headline(results: Results, choice: dict) -> str:
    """The run in one sentence."""
    winner = choice["winner"]
    if winner is None:
        return "No design is eligible to win"
    count = sum(results.findings(design) for design in results.designs())
    fuzzed = f"{wording.plural(count, 'finding')} in other designs"
    fuzzed = fuzzed if count else "no design has a finding"
    boots = results.boots_of(winner)
    booted = "it boots" if boots else "not booted"
    if any(boot["trace"] for boot in boots):
        booted = "in the kernel it behaves as on the host"
    return f"{winner} wins: {fuzzed}; {booted}"


def describe_finding(finding: dict, ops_field: str) -> dict:
    """A finding with its clause in words and, where it is certain, its picture."""
    picture = arena.draw(finding[ops_field], finding["verdict"])
    clause = clauses.clause_of(finding)
    return {
        **finding,
        "ops": finding[ops_field],
        "clause": clause,
        "demand": clauses.sentence(clause),
        "picture": picture,
    }


def make_scoreboard(results: Results, choice: dict) -> list[dict]:
    """A row per design in the order of the ranking."""
    workloads = results.bench["workloads"] if results.bench else []
    rows = []
    for entry in choice["ranking"]:
        design = entry["design"]
        cells = [results.cell(design, each["name"]) for each in workloads]
        rows.append(
            {
                **entry,
                "cells": [describe_cell(cell) for cell in cells],
                "findings": describe_fuzzing(results, design),
                "boot": describe_boots(results, design),
                "metadata": metadata_per_frame([cell for cell in cells if cell]),
            }
        )
    _mark_best(rows)
    return rows


def make_yardsticks(results: Results) -> list[dict]:
    """A row per yardstick: what was measured beside the designs and cannot win."""
    references = results.bench.get("references", []) if results.bench else []
    rows = []
    for name in dict.fromkeys(each["design"] for each in references):
        medians = {c["workload"]: c["median_ns"] for c in references if c["design"] == name}
        row = [medians.get(each["name"]) for each in results.bench["workloads"]]
        rows.append({"name": name, "medians": row})
    return rows


def describe_cell(cell: dict | None) -> dict:
    """The median, or why there is none."""
    if cell is None:
        return {"value": None, "text": "not measured", "best": False}
    if cell["oracle"] != ORACLE_PASS:
        return {"value": None, "text": "failed the oracle", "best": False}
    if cell["median_ns"] is None:
        return {"value": None, "text": "served none", "best": False}
    median = cell["median_ns"]
    return {"value": median, "text": wording.significant(median), "best": False}


def describe_fuzzing(results: Results, design: str) -> dict:
    """How many findings, or why that is not known."""
    target = results.target(design)
    if target is None:
        return {"good": None, "text": "not fuzzed"}
    count = results.findings(design)
    if count == 0 and target["status"] != "clean":
        text = "fuzzing failed" if target["status"] == "failed" else "finding"
        return {"good": False, "text": text}
    return {"good": count == 0, "text": str(count)}


def describe_boot(boot: dict) -> dict:
    """A boot with what is wrong with it, and each test with a verdict of its own."""
    tests = []
    for test in boot["tests"]:
        skipped = test.get("skipped")
        state = {"good": test["ok"], "text": "ok" if test["ok"] else "not ok"}
        if test["ok"] and skipped is not None:
            state = {"good": None, "text": "skipped"}
        lines = [*([skipped] if skipped else []), *test["diagnostics"]]
        tests.append({"name": test["name"], "state": state, "lines": lines})
    return {**boot, "problem": boot_problem(boot), "tests": tests}


def describe_boots(results: Results, design: str) -> dict:
    """Whether every boot passed."""
    boots = results.boots_of(design)
    if not boots:
        return {"good": None, "text": "not booted"}
    good = not any(boot_problem(boot) for boot in boots)
    return {"good": good, "text": "pass" if good else "fail"}


def metadata_per_frame(cells: list[dict]) -> float | None:
    """Bytes of metadata per frame in the largest arena that was measured."""
    largest = max((c for c in cells if c["frames"]), key=lambda cell: cell["frames"], default=None)
    return largest["metadata_bytes"] / largest["frames"] if largest else None


def outcome_names(results: Results) -> list[str]:
    """Every outcome that some target counted, in the order of first appearance.

    Each kind of misuse and of operation has a count of its own; those are for programs.
    """
    targets = results.fuzz["targets"] if results.fuzz else []
    names = dict.fromkeys(name for target in targets for name in target["outcomes"])
    return [name for name in names if not name.startswith(("misuse_", "kind_"))]


def raw_data(results: Results, choice: dict) -> dict:
    """What the page was made from, for programs that read it."""
    return {
        "fuzz": results.fuzz,
        "bench": results.bench,
        "boots": list(results.boots),
        "choice": choice,
        "sha256": results.sha256,
    }


def _mark_best(rows: list[dict]) -> None:
    """The shortest time of each column among the eligible designs."""
    for column in range(len(rows[0]["cells"]) if rows else 0):
        cells = [row["cells"][column] for row in rows if row["eligible"]]
        values = [cell["value"] for cell in cells if cell["value"] is not None]
        for cell in cells:
            cell["best"] = bool(values) and cell["value"] == min(values)
