"""The paging side under libFuzzer, the same inputs each time: eviction over every design."""

import shutil
import tempfile
from pathlib import Path

from cli import paths
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing.output import Output
from cli.fuzzing.target import Target

TARGET = "paging"
SEED = 1
INPUTS = {"fast": 5_000, "default": 20_000, "full": 10_000_000}
LIMIT_S = {"fast": 60, "default": 300, "full": 7200}


def fuzz_paging(scope: str) -> Check:
    """From an empty corpus. A broken input stays in build/fuzz/."""
    name = f"paging over every design: {INPUTS[scope]:,} inputs from seed {SEED}"
    kept: list[tuple[str, Path]] = []

    def keep(_design: str, output: Output, _stderr: str) -> str:
        artifact = paths.build_dir("fuzz") / f"{TARGET}-{output.artifact.name}"
        shutil.copy(output.artifact, artifact)
        kept.append((output.verdict.text, artifact))
        return output.verdict.key

    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        target = Target(TARGET, Path(folder), [corpus], keep)
        target.flags += ["-max_len=4096", "-entropic_scale_per_exec_time=0"]
        target.fuzz(LIMIT_S[scope], SEED, max_deaths=1, runs=INPUTS[scope])
        result = target.tally.to_json()
    binary = paths.from_root(paths.tool("fuzz", f"fuzz-{TARGET}"))
    if kept:
        verdict, artifact = kept[0]
        return Check(name, FAILED, verdict, f"{binary} {paths.from_root(artifact)}")
    if result["status"] != "clean":
        return Check(name, FAILED, result["reason"])
    if result["seconds"] >= LIMIT_S[scope]:
        return Check(name, FAILED, f"not done within {LIMIT_S[scope]} s")
    return Check(name, PASSED)
