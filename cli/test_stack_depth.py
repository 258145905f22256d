"""The deepest stack: of hand-written i686 code whose depth is known, and of what has none."""

import subprocess

import pytest

from cli import stack_depth

# Each function's bytes are in its comment; a call pushes 4 bytes of return address.
CODE = """
.globl leaf, middle, deep, branch, tail, aligned, removes, taken, table, early, spin, pingpong
leaf:                       # 4
  ret
middle:                     # 4 + 4 + 20 = 28, with leaf 32
  push %ebp
  mov %esp, %ebp
  sub $20, %esp
  call leaf
  leave
  ret
deep:                       # 4 + 4 + 8 (arguments) + 32 = 48
  push %ebx
  push $1
  push $2
  call middle
  add $8, %esp
  pop %ebx
  ret
branch:                     # the longer arm: 4 + 100 + 32 by middle, or 4 + 8 + 48 by deep
  test %eax, %eax
  je 1f
  sub $8, %esp
  call deep
  add $8, %esp
  ret
1:
  sub $100, %esp
  call middle
  add $100, %esp
  ret
tail:                       # 4 + 8, given back, then deep's 48 on the same return address
  sub $8, %esp
  add $8, %esp
  jmp deep
early:                      # 4 + 4 + 64: what follows a return begins where it was jumped from
  push %esi
  test %eax, %eax
  jne 1f
  pop %esi
  ret
1:
  sub $64, %esp
  add $64, %esp
  pop %esi
  ret
aligned:                    # 4 + 4 + 12 (at most, to 16) + 16 = 36
  push %ebp
  mov %esp, %ebp
  and $-16, %esp
  sub $16, %esp
  mov %ebp, %esp
  pop %ebp
  ret
taken:                      # takes 4 bytes of arguments away: 4
  ret $4
removes:                    # 4 + 4 + 4; no more the second time
  push $1
  call taken
  push $1
  call taken
  ret
table:                      # 4 + 40 in a place of the table
  jmp *places(,%eax,4)
1:
  sub $40, %esp
  add $40, %esp
  ret
2:
  ret
pointer:                    # 4 + 4 of the call, and what it calls
  call *%eax
  ret
outside:                    # leaves the image
  call 0x0
  ret
again:                      # recursion by two
  call other
  ret
other:
  call again
  ret
caller:                     # calls what has none
  call again
  ret
loop:                       # grows with every turn
  push %eax
  jmp loop
dynamic:
  sub %eax, %esp
  ret
  .data
places:
  .long 1b, 2b
"""
KNOWN = {
    "leaf": 4,
    "middle": 32,
    "deep": 48,
    "branch": 136,
    "tail": 48,
    "early": 72,
    "aligned": 36,
    "taken": 4,
    "removes": 12,
    "table": 44,
    "pointer": 8,
    "outside": 8,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    (folder / "code.s").write_text(f".text\n{CODE}")
    target = ["clang-19", "-target", "i686-unknown-none-elf"]
    subprocess.run([*target, "-c", "code.s", "-o", "code.o"], cwd=folder, check=True)
    link = ["ld.lld-19", "-m", "elf_i386", "-e", "deep", "code.o", "-o", "code.elf"]
    subprocess.run(link, cwd=folder, check=True)
    dump = ["llvm-objdump-19", "-d", "-C", "--no-show-raw-insn", "code.elf"]
    done = subprocess.run(dump, cwd=folder, check=True, capture_output=True, text=True)
    return stack_depth.depths(stack_depth.read(done.stdout))


@pytest.mark.parametrize("name", KNOWN)
def test_the_depth_is_the_known_one(found, name):
    assert found[name].size == KNOWN[name]


def test_the_chain_is_the_deepest_one(found):
    assert found["deep"].chain == ("deep", "middle", "leaf")
    assert found["branch"].chain == ("branch", "middle", "leaf")


@pytest.mark.parametrize(
    "name, told",
    [
        ("pointer", "pointer calls through a pointer"),
        ("outside", "outside calls what is not in the image"),
        ("loop", "loop pushes in a loop"),
        ("dynamic", "dynamic sets its stack by 'subl %eax, %esp'"),
    ],
)
def test_what_is_not_known_is_told(found, name, told):
    assert found[name].not_counted == (told,)
    assert (found[name].size is None) == (name in ("loop", "dynamic"))


def test_recursion_has_no_depth_and_is_told_up_to_its_callers(found):
    for name in ("again", "other", "caller"):
        assert found[name].size is None
        assert any("recursion: again → other → again" in text for text in found[name].not_counted)


def test_what_is_known_has_nothing_left_out(found):
    exact = set(KNOWN) - {"pointer", "outside"}
    assert all(found[name].not_counted == () for name in exact)


def test_names_are_short():
    text = "00000000 <assay::RunTree<32u, 8u>::next<assay::Map<32u>>(int, unsigned) const>:\n"
    (function,) = stack_depth.read(text).values()
    assert function.name == "RunTree::next"
    text = "00000000 <unsigned int assay::find_run<assay::Bitmap<32u>>(assay::Pfn)>:\n"
    (function,) = stack_depth.read(text).values()
    assert function.name == "find_run"
