"""The verb `run`, the main job: fuzz, measure, choose a winner, boot it, report.

Each step builds what it needs. After a step that failed the next ones go on wherever that makes
sense, so that the report shows it.
"""

import importlib
import time

from cli import designs, errors, main, paths, progress, runs, table, verb_fuzz

SUMMARY = "the main job: fuzz, measure, choose a winner, boot it, report"
GROUP = "start"
EXAMPLE = "./assay run --for 60s"
NEEDS = ("build", "fuzz", "bench", "report", "kernel")


def add_arguments(parser):
    verb_fuzz.add_fuzz_arguments(parser)


def run(args) -> int:
    chosen = designs.names()
    seed = verb_fuzz.pick_seed(args.seed)
    folder = runs.RunFolder.create("run", seed=seed, command=args.command)
    steps = Steps()
    fuzz(steps, folder, chosen, args, seed)
    bench(steps, folder, chosen)
    choice, boots = choose_and_boot(steps, folder, chosen)
    folder.write_json("steps.json", steps.to_json())
    report = steps.attempt("report", call, "report", folder, folder.path / "report.html")
    code = errors.FAILED if steps.failures else errors.OK
    folder.finish(exit_code=code, **steps.to_json(schema="assay-run"))
    print(summarize(folder, choice, boots))
    for failure in steps.failures:
        print(f"FAILED  {failure}")
    print(f"\nreport: {paths.from_root(report) if report else 'none, see above'}")
    return code


class Steps:
    """The steps that were tried, how long each took, and what failed where."""

    def __init__(self):
        self.failures: list[str] = []
        self._done: list[dict] = []

    def attempt(self, name: str, function, *arguments):
        """Calls a step. None if it failed; its result otherwise."""
        progress.say(f"── {name}")
        started = time.monotonic()
        failure = None
        try:
            return function(*arguments)
        except Exception as error:
            failure, _ = main.explain(error)
            self.fail(name, failure)
            return None
        finally:
            seconds = round(time.monotonic() - started, 3)
            self._done.append({"name": name, "seconds": seconds, "failure": failure})

    def fail(self, name: str, reason: str) -> None:
        """Notes a failure: the run goes on, but it will not end as a success."""
        self.failures.append(f"{name}: {reason}")
        progress.say(f"{name} failed: {reason}")

    def to_json(self, schema: str = "assay-steps") -> dict:
        return {"schema": schema, "steps": self._done, "failures": self.failures}


def call(verb: str, *arguments):
    """The step function of a verb, loaded only now: a verb that cannot load fails its own step."""
    module = importlib.import_module(f"cli.verb_{verb}")
    return getattr(module, f"{verb}_step")(*arguments)


def fuzz(steps: Steps, folder, chosen: list[str], args, seed: int) -> None:
    result = steps.attempt("fuzz", call, "fuzz", folder, chosen, args.seconds, args.jobs, seed)
    if result is None:
        return
    if result["interrupted"]:
        raise KeyboardInterrupt
    if not result["canary"]["caught"]:
        steps.fail("fuzz", f"the canary got away: {result['canary']['reason']}")
    for target in result["targets"]:
        if target["status"] == "failed":
            steps.fail("fuzz", f"{target['design']}: {target['reason']}")
    for tally in result["swarm"]:
        if tally["status"] == "failed":
            steps.fail("fuzz", f"swarm on {tally['design']}: {tally['reason']}")
    for finding in result["findings"]:
        steps.fail("fuzz", f"{finding['design']}: {finding['verdict']}; {finding['replay']}")


def bench(steps: Steps, folder, chosen: list[str]) -> None:
    result = steps.attempt("bench", call, "bench", folder, chosen)
    for cell in result["cells"] if result else []:
        if cell["oracle"] != "pass":
            steps.fail("bench", f"{cell['design']} on {cell['workload']}: {cell['oracle']}")


def choose_and_boot(steps: Steps, folder, chosen: list[str]) -> tuple[dict | None, list[dict]]:
    """Boots the winner. A winner that fails to boot is none: then the next one is chosen."""
    boots = []
    for _ in range(len(chosen) + 1):
        choice = steps.attempt("choose", call, "choose", folder)
        if choice is None:
            break
        winner = choice["winner"]
        if winner is None:
            steps.fail("choose", "no design may win; the report says why")
            break
        boot = steps.attempt(f"boot {winner}", call, "boot", folder, winner)
        if boot is None:
            break
        boots.append(boot)
        if boot["verdict"] == "pass":
            break
        steps.fail(f"boot {winner}", boot["reason"] or "the kernel's tests failed")
    return choice, boots


def summarize(folder, choice: dict | None, boots: list[dict]) -> str:
    """The canary, and a row per design: fuzzing, the cost of each workload, score and boot."""
    fuzz_results = read_if_there(folder, "fuzz.json")
    bench_results = read_if_there(folder, "bench.json")
    fuzzed = {target["design"]: target for target in fuzz_results.get("targets", [])}
    cells = {(c["workload"], c["design"]): c for c in bench_results.get("cells", [])}
    workloads = [workload["name"] for workload in bench_results.get("workloads", [])]
    booted = {boot["design"]: boot["verdict"] for boot in boots}
    ranking = {entry["design"]: entry for entry in choice["ranking"]} if choice else {}
    rows = [["design", "fuzzing", "operations", *workloads, "score", "rank", "boot"]]
    for design in designs.names():
        target, entry = fuzzed.get(design), ranking.get(design, {})
        rows.append(
            [
                design,
                target["status"] if target else "–",
                f"{target['operations']:,}" if target else "–",
                *(cost(cells.get((workload, design))) for workload in workloads),
                number(entry.get("score"), 2),
                number(entry.get("rank"), 0),
                booted.get(design, "–"),
            ]
        )
    units = "workloads: ns per served operation; score: mean ratio to the best, 1 is best"
    verdict = f"winner: {choice['winner']}" if choice and choice["winner"] else "no winner"
    canary = verb_fuzz.describe_canary(fuzz_results["canary"]) if fuzz_results else []
    return "\n".join([*canary, "", table.render(rows), units, "", verdict])


def read_if_there(folder, name: str) -> dict:
    path = folder.path / name
    return runs.read_json(path) if path.exists() else {}


def cost(cell: dict | None) -> str:
    return number(cell["median_ns"], 1) if cell else "–"


def number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
