"""What results say of a finding's folder: its stack, how often it was hit, its other inputs."""

import pytest

from cli import paths
from cli.fuzzing import evidence, findings
from cli.fuzzing.findings import Findings
from cli.fuzzing.output import Output, Verdict

KEY = "bitmap-C4-free-count"
NOISE = "INFO: Seed: 1\n#2\tINITED exec/s: 0\n\tNEW_FUNC[1/2]: 0x55 in f\nWARNING: no input\n"
LIBFUZZER = "    #2 0x5 in fuzzer::Fuzzer::RunOne(x) crtstuff.c\n    #3 0x7 (/lib/libc.so.6+0x3)\n"
LIBFUZZER += "    #4 0x5 in main (fuzz-bitmap+0x1)\n    #5 0x5 in _start (fuzz-bitmap+0x2)\n"
ASAN = (
    f"{NOISE}==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n"
    "    #0 0x55735e in assay::Bitmap::free(x) {root}/impls/bitmap.h:3:4\n"
    f"{LIBFUZZER}\nfreed by thread T0 here:\n    #0 0x55735e in assay::f() g.cc:1 (BuildId: ab12)\n"
    "SUMMARY: AddressSanitizer: heap-use-after-free\nmore\n"
)


def test_the_stack_of_a_memory_error_without_noise(tree):
    assert evidence.excerpt(ASAN.format(root=paths.ROOT)).splitlines() == [
        "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
        "    #0 in assay::Bitmap::free(x) impls/bitmap.h:3:4",
        "",
        "freed by thread T0 here:",
        "    #0 in assay::f() g.cc:1",
    ]


def test_undefined_behavior_has_a_stack_too():
    said = f"{NOISE}a.cc:1:2: runtime error: index 9\n    #0 0x5 in assay::f() a.cc:1\nSUMMARY: U"
    assert evidence.excerpt(said) == "a.cc:1:2: runtime error: index 9\n    #0 in assay::f() a.cc:1"


def test_in_front_of_a_verdict_the_paging_side_prints_its_operations():
    said = f"{NOISE}1 make 0:1\n2 read 0:1\nASSAY-VERDICT k P3: wrong\n==1==ERROR: libFuzzer: x\n"
    assert evidence.excerpt(said) == "1 make 0:1\n2 read 0:1"
    assert evidence.excerpt(f"{NOISE}ASSAY-VERDICT k C4: wrong\n{LIBFUZZER}") is None
    assert evidence.excerpt("sequence 3 of a swarm\n") is None


def test_very_much_is_cut():
    said = "\n".join(f"{number} read" for number in range(500)) + "\nASSAY-VERDICT k P3: wrong"
    assert len(evidence.excerpt(said).splitlines()) == evidence.MAX_LINES


@pytest.fixture
def result(tree) -> dict:
    artifact = tree.work / "crash-abc"
    artifact.write_text("bytes")
    kept = Findings(tree.work)
    kept.keep("bitmap", Output(0, 0, 0, artifact, Verdict(KEY, "C4", "C4: wrong")), ASAN)
    kept.finish()
    return {"findings": list(kept.kept.values())}


def test_a_finding_tells_what_its_folder_holds(result):
    more = findings.folder_of(KEY) / "more"
    more.mkdir()
    (more / "4.ops").write_text("a = alloc 1\n")
    (more / "8.opsb").write_bytes(b"\0")
    (more / "9.ops").write_text("x" * (evidence.MAX_OPS + 1))
    (record,) = evidence.add_to(result)["findings"]
    assert record["key"] == KEY and record["hits"] == 1 and record["found"]
    assert "AddressSanitizer" in record["output"]
    folder = f"runs/findings/{KEY}/more"
    assert record["more"] == [
        {"file": f"{folder}/4.ops", "ops": "a = alloc 1\n"},
        {"file": f"{folder}/8.opsb", "ops": None},
        {"file": f"{folder}/9.ops", "ops": None},
    ]


def test_what_stands_behind_the_verdict_is_steps_or_a_note(result):
    folder = findings.folder_of(KEY)
    (folder / "verdict.txt").write_text("C4: wrong\nnot shrunk: it died\n")
    assert evidence.describe(KEY)["note"] == "not shrunk: it died"
    (folder / "shortest.ops").write_text("")
    (folder / "verdict.txt").write_text("P3: wrong\n1 make 1:0\n2 read 1:4\n")
    described = evidence.describe(KEY)
    assert described["steps"] == "1 make 1:0\n2 read 1:4" and "note" not in described


@pytest.mark.parametrize("damage", ["finding.json", "stderr.txt", None])
def test_a_folder_that_is_gone_or_damaged_loses_no_run(result, damage):
    folder = findings.folder_of(KEY)
    if damage == "finding.json":
        (folder / damage).write_text("{")
    elif damage:
        (folder / damage).unlink()
    else:
        folder.rename(folder.with_name("elsewhere"))
    (record,) = evidence.add_to(result)["findings"]
    assert record["key"] == KEY and "output" not in record
