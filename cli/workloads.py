"""The workloads as bench/workloads/ describes them (bench/catalogue.h is what makes them)."""

import json
import textwrap

from cli import paths, table

QUESTION_COLUMNS = 68


def read_all() -> list[dict]:
    """Every workload, in the order of the report; its parameters as they stand in the file."""
    files = sorted((paths.ROOT / "bench" / "workloads").glob("*.json"))
    return [entry for file in files for entry in json.loads(file.read_text())["workloads"]]


def summarize(known: list[dict]) -> str:
    """Name, version, sets and question of each, as a table."""
    rows = [["workload", "version", "sets", "question"]]
    for entry in known:
        first, *rest = textwrap.wrap(entry["question"], QUESTION_COLUMNS)
        sets = " ".join(entry.get("sets", []))
        rows.append([entry["name"], str(entry["version"]), sets, first])
        rows += [["", "", "", line] for line in rest]
    return table.render(rows)
