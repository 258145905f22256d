"""Exports: each design under a small C kernel that gcc builds, and folders that are refused."""

import subprocess

import pytest

from cli import build, designs, exporting, main, paths
from cli.booting import calls, qemu
from cli.errors import OK, UsageError

ROOM = paths.ROOT / "kernel-shim" / "export" / "test_kernel"
FLAGS = "-m32 -ffreestanding -fno-pic -fno-stack-protector -mno-sse -O2 -Wall -Wextra -Werror"
PASSED = 33
COMPILERS_CALLS = {"memcpy", "memmove", "memset", "memcmp"}


@pytest.fixture
def exported(tmp_path):
    """Exports a design; returns the folder and what was said of it."""

    def export(design):
        folder = tmp_path / design
        return folder, exporting.export(design, folder)

    return export


def make_kernel(folder, design, *flags, touches_frames=False):
    """The test kernel on an export: gcc, and nothing but what lies in the folder."""
    work = folder.parent
    options = [*FLAGS.split(), *flags, f"-DTOUCHES_FRAMES={int(touches_frames)}", "-I", folder]
    objects = []
    for source in ("start.S", "kernel.c"):
        objects.append(work / f"{source}.o")
        command = ["gcc-12", *options, "-c", ROOM / source, "-o", objects[-1]]
        subprocess.run(command, check=True, cwd=work)
    link = ["ld", "-m", "elf_i386", "-T", ROOM / "kernel.ld", *objects]
    library = folder / f"libassay_{design}.a"
    subprocess.run([*link, library, "-o", work / "kernel.elf"], check=True, cwd=work)
    return work / "kernel.elf"


def boot(kernel):
    return qemu.boot(kernel, memory_mib=32, limit_s=120, has_debug_console=True)


@pytest.mark.parametrize("design", designs.names())
def test_a_c_kernel_boots_on_each_design_and_places_as_the_host(design, exported, tmp_path):
    folder, said = exported(design)
    assert set(said["calls"]) <= COMPILERS_CALLS
    assert said["variable_bytes"] == 0
    done = boot(make_kernel(folder, design, touches_frames=said["link_bytes"] > 0))
    assert (done.serial, done.returncode) == ("passed\n", PASSED)
    build.build("release", ["assay-ops"])
    (checked,) = calls.check(design, done.debug, tmp_path)
    assert (checked["problem"], checked["equal"]) == (None, True)
    assert checked["calls"] > 8000


def test_a_kernel_that_passes_arguments_in_registers_links_it_too(exported):
    folder, _ = exported("bitmap")
    assert boot(make_kernel(folder, "bitmap", "-mregparm=3")).serial == "passed\n"


def test_another_design_places_otherwise(exported, tmp_path):
    """What the comparison with the host is worth."""
    folder, _ = exported("bitmap")
    done = boot(make_kernel(folder, "bitmap"))
    build.build("release", ["assay-ops"])
    (checked,) = calls.check("tag_bitmap", done.debug, tmp_path)
    assert "in the kernel" in checked["problem"]


def test_only_the_interface_has_names(exported):
    folder, said = exported("coremap")
    header = (folder / "assay_allocator.h").read_text()
    command = ["nm", "--defined-only", "-g", "-j", folder / "libassay_coremap.a"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line for line in listed.split() if not line.endswith(":")}
    assert names == set(said["stack_calls"]) and len(names) == 12
    assert all(f"{name}(" in header for name in names)


def test_the_page_says_what_holds_for_the_design(exported):
    folder, said = exported("buddy")
    text = (folder / "README.md").read_text()
    assert "rounded up to a power of two" in text and "@" not in text
    assert said["design_source_hash"] in text and len(said["design_source_hash"]) == 64
    assert f"{said['code_bytes']:,} bytes of code" in text and 0 < said["code_bytes"] < 20_000
    assert f"| `assay_free` | {said['stack_calls']['assay_free']} |" in text
    assert sorted(path.name for path in folder.iterdir()) == said["files"]


def test_an_export_is_replaced_and_nothing_else(tmp_path, capsys):
    target = tmp_path / "out"
    assert main.main(["export", "bitmap", "-o", str(target)]) == OK
    assert main.main(["export", "free_list", "-o", str(target)]) == OK
    assert not (target / "libassay_bitmap.a").exists()
    assert "first 8 bytes of free frames" in (target / "README.md").read_text()
    (target / "mine.c").write_text("int mine;")
    with pytest.raises(UsageError, match="holds mine.c"):
        exporting.export("bitmap", target)
    assert (target / "libassay_free_list.a").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "nothing is left beside it"


def test_an_export_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    target = tmp_path / "out"
    exporting.export("bitmap", target)
    monkeypatch.setattr(exporting, "page", lambda said: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exporting.export("free_list", target)
    assert (target / "libassay_bitmap.a").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("design", "target", "words"),
    [
        ("bitmop", "out", "did you mean 'bitmap'?"),
        ("canary", "out", "no design 'canary'"),
        ("impls/plugin/examples/os161_like", "out", "is not exported"),
        ("bitmap", "a/b", "there is no folder"),
        ("bitmap", "file", "is no folder"),
    ],
)
def test_bad_input_is_one_line(design, target, words, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main.main(["export", design, "-o", str(tmp_path / target)]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
