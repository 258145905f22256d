"""What a reader of the morning report must know before believing that nothing else is wrong."""

from reports import outcomes, wording
from reports.remarks import Remark, origin_notes
from reports.results import Results

TIME_UP = "time is up"


def make_remarks(results: Results) -> list[Remark]:
    """Alarms first: a run with one is not called clean."""
    fuzz = results.fuzz
    alarms = [*_canary_alarms(fuzz)]
    notes = [*_end_notes(fuzz)]
    for name, tally in tallies_of(fuzz).items():
        alarms += _target_alarms(name, tally)
        notes += _restart_notes(name, tally)
    notes += origin_notes(results)
    return [Remark(True, text) for text in alarms] + [Remark(False, text) for text in notes]


def tallies_of(fuzz: dict) -> dict[str, dict]:
    """Every target, then every swarm, by the name that the reader knows."""
    named = {each["design"]: each for each in fuzz["targets"]}
    return named | {outcomes.swarm_name(each["design"]): each for each in fuzz.get("swarm", [])}


def shows_nothing(tally: dict) -> bool:
    """It failed, never ran, or never saw what had to happen: whatever it says, it tested less than
    it seems to.
    """
    counts = outcomes.complete(tally)
    absent = [name for name in tally.get("required", []) if counts[name] == 0]
    return tally["status"] == "failed" or tally["executions"] == 0 or bool(absent)


def ended_early(fuzz: dict) -> bool:
    """Before its time was up."""
    return fuzz.get("ended", TIME_UP) != TIME_UP


def elapsed(fuzz: dict) -> float:
    """Seconds of fuzzing; older results say only what was asked for."""
    return fuzz.get("elapsed", fuzz["seconds"])


def _canary_alarms(fuzz: dict):
    canary = fuzz["canary"]
    if not canary["caught"]:
        why = canary.get("reason") or "no reason given"
        yield (
            f"The canary got away: {why}. The fuzzer did not find a known fault, so whatever is "
            "clean below has not been shown to be so."
        )


def _end_notes(fuzz: dict):
    if ended_early(fuzz):
        times = f"{wording.duration(elapsed(fuzz))} of {wording.duration(fuzz['seconds'])}"
        yield f"The run ended early, after {times}: {fuzz['ended']}."


def _target_alarms(name: str, tally: dict):
    absent = [each for each in tally.get("required", []) if not tally["outcomes"].get(each)]
    if tally["reason"]:
        yield f"{name} {'failed' if tally['status'] == 'failed' else 'ended'}: {tally['reason']}."
    elif tally["executions"] == 0:
        yield f"{name} executed nothing, so it shows nothing."
    elif tally["status"] == "failed":
        yield f"{name} failed: no reason given."
    elif absent and not tally["outcomes"]:
        yield f"{name} left no counts of what happened, so it is not known what was tested."
    elif absent:
        yield f"{name} never saw {wording.listed(absent)}, so it shows nothing about that."


def _restart_notes(name: str, tally: dict):
    if tally.get("restarts"):
        times = wording.plural(tally["restarts"], "time")
        why = tally.get("trouble") or "no reason given"
        yield f"{name} died of no input and was started again {times}; the last time: {why}."
