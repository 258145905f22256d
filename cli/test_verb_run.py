"""The main job with pretended steps: failures are shown, the rest goes on, the code is right."""

import argparse
import json

import pytest

from cli import designs, errors, paths, verb_run
from cli.errors import FailedError, MissingError

ARGUMENTS = argparse.Namespace(seed=3, seconds=60, jobs=2, command="./assay run")
FINDING = {"design": "bitmap", "verdict": "C2: no", "replay": "./assay r"}


class Steps:
    """Answers of the five steps; a test changes the one it is about. An exception is raised."""

    def __init__(self, folder_of_runs):
        self.called = []
        self.answers = {
            "fuzz": self.fuzz("clean"),
            "bench": {
                "schema": "assay-bench",
                "workloads": [{"name": "pair"}],
                "cells": self.cells(),
            },
            "boot": lambda design: {"design": design, "verdict": "pass", "reason": None},
            "report": folder_of_runs / "report.html",
        }
        self.losers = []

    @staticmethod
    def fuzz(status, reason=None, findings=(), caught=True, swarm="clean"):
        target = {"design": "bitmap", "status": status, "reason": reason, "operations": 5000}
        canary = {
            "caught": caught,
            "reason": "too tame",
            "operations": 700,
            "seconds": 0.2,
            "verdict": "C5: op 1: released",
            "shortest_operations": 1,
            "shortest_ops": "free @1\n",
            "replay": "./assay replay x",
        }
        beside = {"design": "bitmap", "status": swarm, "reason": "no calls"}
        result = {"targets": [target], "swarm": [beside], "findings": list(findings)}
        return {"schema": "assay-fuzz", "interrupted": False, "canary": canary, **result}

    @staticmethod
    def cells(verdict="pass"):
        cell = {"design": "bitmap", "workload": "pair", "oracle": verdict}
        return [{**cell, "median_ns": 12.34 if verdict == "pass" else None}]

    def call(self, verb, folder, *arguments):
        self.called.append(verb)
        answer = self.choice() if verb == "choose" else self.answers[verb]
        if isinstance(answer, BaseException):
            raise answer
        if verb == "boot":
            answer = answer(arguments[0])
            if answer["verdict"] == "fail":
                self.losers.append(answer["design"])
        if verb in ("fuzz", "bench"):
            folder.write_json(f"{verb}.json", answer)
        return answer

    def choice(self):
        left = [name for name in ("bitmap", "coremap") if name not in self.losers]
        ranking = [{"design": name, "rank": n, "score": 1.5} for n, name in enumerate(left, 1)]
        return {"winner": left[0] if left else None, "ranking": ranking}


@pytest.fixture
def steps(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    pretended = Steps(tmp_path)
    monkeypatch.setattr(verb_run, "call", pretended.call)
    return pretended


def failures():
    return json.loads((paths.RUNS / "latest" / "run.json").read_text())["failures"]


def test_a_run_without_a_failure_ends_with_0_and_the_table(steps, capsys):
    assert verb_run.run(ARGUMENTS) == errors.OK
    shown = capsys.readouterr().out
    assert steps.called == ["fuzz", "bench", "choose", "boot", "report"]
    assert "bitmap   clean         5,000  12.3   1.50     1  pass" in shown
    assert "The canary was caught after 700 operations in 0.2 s" in shown and "free @1" in shown
    assert "winner: bitmap" in shown and "report.html" in shown and failures() == []


@pytest.mark.parametrize(
    "step, answer, line",
    [
        ("fuzz", FailedError("no targets"), "fuzz: no targets"),
        ("fuzz", KeyError("targets"), "fuzz: internal error at test_verb_run.py:"),
        ("fuzz", Steps.fuzz("failed", "it died"), "fuzz: bitmap: it died"),
        ("fuzz", Steps.fuzz("clean", swarm="failed"), "fuzz: swarm on bitmap: no calls"),
        ("fuzz", Steps.fuzz("clean", caught=False), "fuzz: the canary got away: too tame"),
        (
            "fuzz",
            Steps.fuzz("finding", findings=[FINDING]),
            "fuzz: bitmap: C2: no; ./assay r",
        ),
        ("bench", MissingError("no memory"), "bench: no memory"),
        ("boot", MissingError("no QEMU"), "boot bitmap: no QEMU"),
        ("report", FailedError("no figure"), "report: no figure"),
    ],
)
def test_a_failed_step_is_named_and_the_others_go_on(steps, capsys, step, answer, line):
    steps.answers[step] = answer
    assert verb_run.run(ARGUMENTS) == errors.FAILED
    assert steps.called == ["fuzz", "bench", "choose", "boot", "report"]
    assert failures()[0].startswith(line)
    assert f"FAILED  {line}" in capsys.readouterr().out


def test_a_cell_that_the_oracle_rejects_is_a_failure(steps):
    steps.answers["bench"]["cells"] = steps.cells("C1: op 9 'alloc 1': overlaps")
    assert verb_run.run(ARGUMENTS) == errors.FAILED
    assert failures() == ["bench: bitmap on pair: C1: op 9 'alloc 1': overlaps"]


def test_when_the_winner_does_not_boot_the_next_one_is_chosen(steps, capsys):
    steps.answers["boot"] = lambda design: {
        "design": design,
        "verdict": "fail" if design == "bitmap" else "pass",
        "reason": "triple fault",
    }
    assert verb_run.run(ARGUMENTS) == errors.FAILED
    assert steps.called.count("boot") == 2 and failures() == ["boot bitmap: triple fault"]
    assert "winner: coremap" in capsys.readouterr().out


def test_when_nobody_boots_nobody_wins(steps, capsys):
    steps.answers["boot"] = lambda design: {"design": design, "verdict": "fail", "reason": "no"}
    assert verb_run.run(ARGUMENTS) == errors.FAILED
    assert "no winner" in capsys.readouterr().out and steps.called[-1] == "report"


def test_an_interrupted_fuzz_step_ends_the_run(steps):
    steps.answers["fuzz"]["interrupted"] = True
    with pytest.raises(KeyboardInterrupt):
        verb_run.run(ARGUMENTS)
    assert steps.called == ["fuzz"] and not (paths.RUNS / "latest").exists()
