"""Both parsers under libFuzzer, the same inputs each time: what they read is exact both ways."""

import tempfile
from pathlib import Path

from cli import paths, programs
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing.output import read_output
from cli.fuzzing.seeds import DICTIONARY, PARSERS, seeds_of

SEED = 1
INPUTS = {"fast": 10_000, "default": 50_000, "full": 10_000_000}
LIMIT_S = {"fast": 60, "default": 300, "full": 7200}


def fuzz_parser(form: str, scope: str) -> Check:
    """From the committed seeds in this form. A broken input stays in build/fuzz/."""
    name = f"parser of {form}: {INPUTS[scope]:,} inputs from seed {SEED}"
    binary = paths.tool("fuzz", f"fuzz-{form}")
    flags = [f"-seed={SEED}", f"-runs={INPUTS[scope]}", "-len_control=0"]
    flags += [f"-artifact_prefix={paths.build_dir('fuzz')}/parser-{form}-"]
    flags += [f"-dict={DICTIONARY}"] if form == "text" else []
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        seeds = seeds_of(form, Path(folder) / "seeds")
        done = programs.capture([binary, *flags, corpus, seeds], seconds=LIMIT_S[scope])
    output = read_output(done.stderr, f"parser-{form}")
    if output.verdict:
        repeat = f"{paths.from_root(binary)} {paths.from_root(output.artifact)}"
        return Check(name, FAILED, output.verdict.text, repeat)
    if not done.ok:
        return Check(name, FAILED, done.cause())
    if output.coverage_edges == 0:
        return Check(name, FAILED, "nothing of the parser is traced; so it shows nothing")
    return Check(name, PASSED)
