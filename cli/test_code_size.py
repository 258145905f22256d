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


CODE = """
00000000 <call_free>:
       0:      	pushl	%ebp
       1:      	subl	$0x4, %esp
       4:      	retl

00000010 <call_allocate>:
      10:      	pushl	%ebx
      11:      	subl	$0x8, %esp
      14:      	calll	0x0 <call_free>
      18:      	calll	*%eax
      1a:      	retl

00000020 <assay::helper(int)>:
      20:      	subl	$0x1000, %esp
      24:      	retl
"""


@pytest.fixture
def image(monkeypatch, tmp_path):
    """Pretends a build and its tools; the value sets what the image calls. Two of its functions
    need 12 and 28 bytes of stack.
    """
    calls = []
    monkeypatch.setattr(code_size.build, "build", lambda *_, **__: tmp_path)

    def capture(command):
        texts = {"llvm-size-19": SIZES, "llvm-objdump-19": CODE, "llvm-nm-19": "\n".join(calls)}
        return programs.Finished(0, texts[command[0]], "")

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
        "stack_bytes": 28,
        "stack_calls": {"free": 12, "allocate": 28},
        "stack_chain": ["call_allocate", "call_free"],
        "stack_not_counted": ["call_allocate calls through a pointer"],
    }


def test_what_the_stack_s_figure_leaves_out_is_said(image):
    text = code_size.summarize({"designs": [code_size.weigh("bitmap")]})
    assert "not in bitmap's stack: call_allocate calls through a pointer" in text
    assert text.splitlines()[2].split() == ["bitmap", "2,546", "20", "0", "28", "none"]


def test_a_stack_that_nothing_bounds_has_no_figure(image):
    endless = CODE.replace("calll	*%eax", "calll	0x10 <call_allocate>")
    assert code_size.weigh_stack(endless) == {
        "stack_bytes": None,
        "stack_calls": {"free": 12, "allocate": None},
        "stack_chain": [],
        "stack_not_counted": ["recursion: call_allocate → call_allocate"],
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
