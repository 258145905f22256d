"""The report: one self-contained HTML file, made from the results of one run."""

from pathlib import PurePath

from reports import arena, clauses, figures, latencies, look, scoreboard, setting
from reports import templating, wording
from reports.choose import (
    boot_problem,
    choose,
    explain_why,
    explain_winner,
    is_same,
    replays,
)
from reports.figures import fragmentation_over_time
from reports.figures.subject import subject_of
from reports.remarks import make_remarks
from reports.results import Results


def render(results: Results, run_name: str) -> str:
    """The page. `run_name` is how commands name the run, such as `runs/20250101-120000-run`."""
    choice = choose(results)
    order = [entry["design"] for entry in choice["ranking"]]
    findings = results.fuzz["findings"] if results.fuzz else []
    drawn, absent = figures.make_all(subject_of(results, choice, run_name))
    runs = [run_name, *lenders_of(results, run_name)]
    page = templating.environment().get_template("report.html.j2")
    return page.render(
        run_name=run_name,
        report_command=" ".join(["./assay report", *runs]),
        results=results,
        header=results.documents()[0],
        headline=headline(results, choice),
        remarks=make_remarks(results, choice),
        canary=describe_finding(results.fuzz["canary"], "shortest_ops") if results.fuzz else None,
        findings=[describe_finding(each, "ops") for each in findings],
        choice=choice,
        verdict=explain_winner(choice),
        why=explain_why(choice),
        workloads=results.bench["workloads"] if results.bench else [],
        winner=next((each for each in choice["ranking"] if each["rank"] == 1), None),
        board=scoreboard.make(results, choice),
        rows=make_rows(results, choice),
        latency_workload=latencies.main_workload(results),
        unusable_workload=fragmentation_over_time.unusable_at_end_of(results)[0],
        outcomes=outcome_names(results),
        figures=drawn,
        absent=absent,
        path_of=lambda name: path_of(run_name, name),
        command_of=lambda figure: setting.command_of(results, figure.source),
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
    if any(replays(boot) for boot in boots):
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


def make_rows(results: Results, choice: dict) -> list[dict]:
    """A row of the scoreboard per design, in the order of the ranking."""
    return [
        {
            **entry,
            "findings": describe_fuzzing(results, entry["design"]),
            "boot": describe_boots(results, entry["design"]),
        }
        for entry in choice["ranking"]
    ]


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
    compared = [
        {**replayed, "what": describe_replay(replayed), "same": is_same(replayed)}
        for replayed in replays(boot)
    ]
    return {**boot, "problem": boot_problem(boot), "tests": tests, "replays": compared}


def describe_replay(replayed: dict) -> str:
    if "name" in replayed:
        return f"the trace {replayed['name']}"
    return f"random sequences from seed {replayed['seed']}, made in the kernel itself"


def describe_boots(results: Results, design: str) -> dict:
    """Whether every boot passed."""
    boots = results.boots_of(design)
    if not boots:
        return {"good": None, "text": "not booted"}
    good = not any(boot_problem(boot) for boot in boots)
    return {"good": good, "text": "pass" if good else "fail"}


def outcome_names(results: Results) -> list[str]:
    """Every outcome that some target counted, in the order of first appearance.

    Each kind of misuse and of operation has a count of its own; those are for programs.
    """
    targets = results.fuzz["targets"] if results.fuzz else []
    names = dict.fromkeys(name for target in targets for name in target["outcomes"])
    return [name for name in names if not name.startswith(("misuse_", "kind_"))]


def lenders_of(results: Results, run_name: str) -> list[str]:
    """How commands name the runs that lent something."""
    folders = dict.fromkeys(folder.name for folder in results.lenders.values())
    return [str(PurePath(run_name).parent / name) for name in folders]


def path_of(run_name: str, name: str) -> str:
    """A file of the run, or (with a folder in front) of one beside it that lent it."""
    return str(PurePath(run_name).parent / name) if "/" in name else f"{run_name}/{name}"


def raw_data(results: Results, choice: dict) -> dict:
    """What the page was made from, for programs that read it; without the single latencies and
    samples, which are many: those are in the run's files."""
    return {
        "fuzz": results.fuzz,
        "bench": results.bench,
        "latency": without(results.latency, "buckets"),
        "timeline": without(results.timeline, "samples", "heatmap"),
        "contiguous": results.contiguous,
        "size": results.size,
        "growth": results.growth,
        "cpus": results.cpus,
        "kernel_costs": results.kernel_costs,
        "boots": list(results.boots),
        "choice": choice,
        "sha256": results.sha256,
    }


def without(value, *names: str):
    """A copy of a document without these fields, wherever they are."""
    if isinstance(value, dict):
        return {name: without(each, *names) for name, each in value.items() if name not in names}
    return [without(each, *names) for each in value] if isinstance(value, list) else value
