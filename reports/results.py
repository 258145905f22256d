"""Loads the results of one run folder and checks them: what passes here, the report relies on."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports import shapes
from reports.schema import ShapeError

ORACLE_PASS = "pass"
BOOT_PASS = "pass"


class ResultError(Exception):
    """One line: the file, the field, and what is wrong with it."""


@dataclass(frozen=True)
class Results:
    """What a run folder holds; None or empty where a step was not run."""

    folder: Path
    fuzz: dict | None = None
    bench: dict | None = None
    latency: dict | None = None
    timeline: dict | None = None
    contiguous: dict | None = None
    size: dict | None = None
    growth: dict | None = None
    cpus: dict | None = None
    kernel_costs: dict | None = None
    boots: tuple[dict, ...] = ()
    choice: dict | None = None
    steps: dict | None = None
    sha256: dict[str, str] = field(default_factory=dict)  # of each file that was read
    lenders: dict[str, Path] = field(default_factory=dict)  # by kind: another run's folder

    def documents(self) -> list[dict]:
        """Every result, in the order of the run."""
        every = (self.fuzz, *self.measurements(), *self.boots, self.steps)
        return [each for each in every if each]

    def measurements(self) -> list[dict]:
        """What was measured of the designs: times, latencies, states of the arena, sizes."""
        every = (
            self.bench,
            self.latency,
            self.timeline,
            self.contiguous,
            self.size,
            self.growth,
            self.cpus,
            self.kernel_costs,
        )
        return [each for each in every if each]

    def designs(self) -> list[str]:
        """Every design on trial, each once, in the order of first appearance. Where times were
        measured, a size or a latency alone does not put a design on trial.
        """
        fuzzed = self.fuzz["targets"] if self.fuzz else []
        measured = [
            each
            for document in ([self.bench] if self.bench else self.measurements())
            for part in ("cells", "entries", "designs")
            for each in document.get(part, [])
        ]
        return list(dict.fromkeys(each["design"] for each in (*measured, *fuzzed, *self.boots)))

    def target(self, design: str) -> dict | None:
        """How the fuzzing of this design went."""
        targets = self.fuzz["targets"] if self.fuzz else []
        return next((each for each in targets if each["design"] == design), None)

    def is_fuzzing_alone(self) -> bool:
        """Is there nothing but what `./assay fuzz` leaves?"""
        return bool(self.fuzz) and not (self.measurements() or self.boots or self.steps)

    def findings(self, design: str) -> int:
        """How many findings a design has, whether its target or the list tells of them."""
        target = self.target(design)
        listed = self.fuzz["findings"] if self.fuzz else []
        keys = {each["key"] for each in listed if each["design"] == design}
        return len(keys | set(target["findings"] if target else []))

    def cell(self, design: str, workload: str) -> dict | None:
        """The measurement of a design under a workload."""
        cells = self.bench["cells"] if self.bench else []
        return next((c for c in cells if (c["design"], c["workload"]) == (design, workload)), None)

    def entry(self, document: dict | None, design: str, workload: str | None = None) -> dict | None:
        """What `latency`, `timeline` or `contiguous` (which has no workloads) says of a design."""
        entries = document["entries"] if document else []
        wanted = (design, workload)
        return next((e for e in entries if (e["design"], e.get("workload")) == wanted), None)

    def boots_of(self, design: str) -> list[dict]:
        """Every boot of this design."""
        return [boot for boot in self.boots if boot["design"] == design]


def load(folder: Path) -> Results:
    """Reads and checks everything in `folder`. Raises ResultError; OSError if it can't be read."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: no run folder; `ls runs` shows those that there are")
    sha256: dict[str, str] = {}

    def read(name: str, schema: str, shape) -> dict | None:
        path = folder / name
        return _read(path, schema, shape, sha256) if path.exists() else None

    boots = sorted(folder.glob("boot.json")) + sorted(folder.glob("boot-*.json"))
    results = Results(
        folder,
        fuzz=read("fuzz.json", "assay-fuzz", shapes.FUZZ),
        bench=read("bench.json", "assay-bench", shapes.BENCH),
        latency=read("latency.json", "assay-latency", shapes.LATENCY),
        timeline=read("timeline.json", "assay-timeline", shapes.TIMELINE),
        contiguous=read("contiguous.json", "assay-contiguous", shapes.CONTIGUOUS),
        size=read("size.json", "assay-size", shapes.SIZE),
        growth=read("growth.json", "assay-growth", shapes.GROWTH),
        cpus=read("cpus.json", "assay-cpus", shapes.CPUS),
        kernel_costs=read("kernel-costs.json", "assay-kernel-costs", shapes.KERNEL_COSTS),
        boots=tuple(read(path.name, "assay-boot", shapes.BOOT) for path in boots),
        choice=read("winner.json", "assay-choice", shapes.CHOICE),
        steps=read("steps.json", "assay-steps", shapes.STEPS),
        sha256=sha256,
    )
    if not results.documents():
        raise ResultError(f"{folder}: no results (fuzz.json, bench.json, boot.json) in this folder")
    _check_references(results)
    return results


def kind_of(file: str) -> str:
    """The field of Results that a file is read into."""
    return file.removesuffix(".json").replace("-", "_")


def lend(results: Results, other: Results) -> Results:
    """`results` with what another run of the same commit has and it lacks: sizes of code, say, or
    the fuzzing. Raises ResultError if the commits differ, for then it is about other designs.
    """
    commits = [each.documents()[0]["commit"] for each in (results, other)]
    if commits[0] != commits[1]:
        raise ResultError(
            f"{other.folder}: made at commit {commits[1]}, but {results.folder} at {commits[0]}: "
            "it says nothing about these designs; repeat it at this commit"
        )
    timed = ("bench", "latency", "timeline", "contiguous", "growth", "cpus")
    kinds = ("fuzz", *timed, "size", "kernel_costs", "boots")
    lent = {k: getattr(other, k) for k in kinds if getattr(other, k) and not getattr(results, k)}
    if "fuzz" in lent:
        lent["fuzz"] = _fuzzing_of(other.fuzz, results.designs())
    lenders = {**results.lenders, **dict.fromkeys(lent, other.folder)}
    hashes = {
        f"{other.folder.name}/{name}": digest
        for name, digest in other.sha256.items()
        if kind_of(name) in lent or name.startswith("boot") and "boots" in lent
    }
    return replace(results, **lent, lenders=lenders, sha256={**results.sha256, **hashes})


def _fuzzing_of(fuzz: dict, designs: list[str]) -> dict:
    """Fuzzing also has targets that are no designs: parsers, all designs in lockstep."""
    tallies = {
        place: [each for each in fuzz[place] if each["design"] in designs]
        for place in ("targets", "swarm")
        if place in fuzz
    }
    return fuzz | tallies


def _read(path: Path, schema: str, shape, sha256: dict[str, str]) -> dict:
    content = path.read_bytes()
    sha256[path.name] = hashlib.sha256(content).hexdigest()
    try:
        document = json.loads(content, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        cause = f"{error}".splitlines()[0]
        raise ResultError(f"{path}: no JSON, cut off or damaged: {cause}; make a new run") from None
    if not isinstance(document, dict) or document.get("schema") != schema:
        found = document.get("schema") if isinstance(document, dict) else document
        raise ResultError(f"{path}: schema: expected '{schema}', found {ascii(found)[:40]}")
    if document.get("schema_version") != shapes.VERSION:
        raise ResultError(
            f"{path}: schema_version: this Assay reads version {shapes.VERSION}, found "
            f"{ascii(document.get('schema_version'))[:40]}; use the Assay that made the run"
        )
    try:
        shapes.HEADER(document, "")
        shape(document, "")
    except ShapeError as error:
        raise ResultError(f"{path}: {error}; make a new run") from None
    return document


def _refuse_constant(name: str):
    raise ValueError(f"{name} is no number")


def _check_references(results: Results) -> None:
    """Nothing is there twice, and every cell belongs to a workload that is described."""
    if results.bench:
        names = [each["name"] for each in results.bench["workloads"]]
        cells = [(cell["design"], cell["workload"]) for cell in results.bench["cells"]]
        _check_unique(results, "bench.json", "workloads", names)
        _check_unique(results, "bench.json", "cells", [" under ".join(cell) for cell in cells])
        for design, workload in cells:
            if workload not in names:
                raise ResultError(
                    f"{results.folder / 'bench.json'}: cells: the workload '{workload}' of "
                    f"'{design}' is not among the workloads; make a new run"
                )
    _check_entries(results)
    if results.fuzz:
        for place in ("targets", "swarm"):
            names = [each["design"] for each in results.fuzz.get(place, [])]
            _check_unique(results, "fuzz.json", place, names)
        keys = [each["key"] for each in results.fuzz["findings"]]
        _check_unique(results, "fuzz.json", "findings", keys)


def _check_entries(results: Results) -> None:
    """No design is there twice, and lists that belong together are equally long."""
    for file in ("latency", "timeline", "contiguous"):
        document = getattr(results, file)
        entries = document["entries"] if document else []
        names = [" under ".join(_key(each)) for each in entries]
        _check_unique(results, f"{file}.json", "entries", names)
    lists = (
        (results.size, "designs"),
        (results.growth, "fits"),
        (results.cpus, "cells"),
        (results.kernel_costs, "cells"),
    )
    for document, name in lists:
        if document:
            names = [" under ".join(_key(each)) for each in document[name]]
            _check_unique(results, f"{document['schema'][6:]}.json", name, names)
    for index, each in enumerate(results.timeline["entries"] if results.timeline else []):
        samples, heatmap = each["samples"], each["heatmap"]
        columns = [heatmap["operation"], heatmap["used"]]
        series = [value for value in samples.values() if isinstance(value, list)]
        series += samples["unusable"].values()
        for place, lengths in (
            ("samples", {len(values) for values in series}),
            ("heatmap", {heatmap["columns"], *map(len, columns)}),
            ("heatmap.used", {heatmap["rows"], *map(len, heatmap["used"])}),
        ):
            if len(lengths) > 1:
                raise ResultError(
                    f"{results.folder / 'timeline.json'}: entries[{index}].{place}: lists of "
                    f"different lengths: {sorted(lengths)}; make a new run"
                )


def _key(entry: dict) -> list[str]:
    """A design, and its workload if there is one."""
    return [entry[name] for name in ("design", "workload") if name in entry]


def _check_unique(results: Results, file: str, place: str, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ResultError(
            f"{results.folder / file}: {place}: '{twice}' is there twice; make a new run"
        )
