"""The size of a design in an i686 kernel: what is counted, and what must not be called."""

import pytest

from cli import code_size, programs
from cli.errors import FailedError

SIZES = """bare_design.elf  :
section             size      addr
.text               2546   4198592
.rodata               16   4202496
.rodata.cst4           4   4202512
.textual             999   4202600
.debug_info       124566         0
Total             128131
"""


@pytest.fixture
def image(monkeypatch, tmp_path):
    """Pretends a build and its tools; the value sets what the image calls."""
    calls = []
    monkeypatch.setattr(code_size.build, "build", lambda *_, **__: tmp_path)

    def capture(command):
        text = SIZES if command[0].startswith("llvm-size") else "\n".join(calls)
        return programs.Finished(0, text, "")

    monkeypatch.setattr(programs, "capture", capture)
    return calls


def test_code_and_constants_are_counted_and_nothing_else(image):
    image += ["memset", "memcpy"]
    assert code_size.weigh("bitmap") == {
        "design": "bitmap",
        "code_bytes": 2546,
        "constant_bytes": 20,
        "variable_bytes": 0,
        "calls": ["memcpy", "memset"],
    }


def test_a_design_that_divides_64_bit_numbers_fails_by_name(image):
    result = {"designs": [code_size.weigh("bitmap")]}
    assert code_size.exit_code(result) == 0 and "divides" not in code_size.summarize(result)
    image.append("__umoddi3")
    result = {"designs": [code_size.weigh("bitmap")]}
    assert code_size.exit_code(result) == 1
    assert "bitmap divides 64-bit numbers: __umoddi3" in code_size.summarize(result)


def test_no_line_is_wider_than_a_terminal(image):
    image += ["__ashldi3", "memcpy", "memset"]
    text = code_size.summarize({"designs": [code_size.weigh("tag_bitmap")]})
    assert max(map(len, text.splitlines())) <= 100


def test_a_tool_that_fails_is_one_line(monkeypatch, tmp_path):
    failed = programs.Finished(1, "", "error: no such file\n")
    monkeypatch.setattr(programs, "capture", lambda _: failed)
    with pytest.raises(FailedError, match="llvm-size-19 .*x.elf: error: no such file"):
        code_size.run("llvm-size-19", tmp_path / "x.elf")
