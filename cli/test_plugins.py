"""Building other people's allocators: what is compiled, and one clear line for what is wrong."""

import pytest

from cli import designs, paths, plugins, programs
from cli.errors import FailedError, UsageError

SOUND = """
#include "assay_plugin.h"
static uint32_t next, end;
static void init(const assay_map *map) {
  next = map->usable[0].first;
  end = next + map->usable[0].count;
}
static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  return next < end ? next++ : ASSAY_NONE;
}
static int64_t release(uint32_t first) {
  (void)first;
  return ASSAY_DONE;
}
ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release);
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(plugins, "_found", {})
    path = tmp_path / "my_pmm"
    path.mkdir()
    (path / "adapter.c").write_text(SOUND)
    return path


def build(folder):
    return plugins.build(plugins.find(str(folder)), plugins.FAST)


def complaint(folder) -> str:
    with pytest.raises(FailedError) as caught:
        build(folder)
    return str(caught.value)


def test_an_adapter_becomes_a_shared_object(folder):
    built = build(folder)
    assert built.name == "my_pmm.so"
    assert built.read_bytes().startswith(b"\x7fELF")


def test_an_adapter_may_be_named_by_its_file(folder):
    assert plugins.find(str(folder / "adapter.c")).name == "my_pmm"


def test_an_adapter_may_be_in_cxx(folder):
    (folder / "adapter.c").rename(folder / "adapter.cc")
    assert build(folder).exists()


def test_for_the_kernel_it_is_one_object_that_names_two_things(folder):
    own = "void *memset(void *to, int byte, size_t size) { return to; }"
    (folder / "adapter.c").write_text(SOUND + own)
    built = plugins.build(plugins.find(str(folder)), plugins.I686)
    named = programs.capture(["llvm-nm-19", "-g", "--defined-only", "-j", built]).stdout.split()
    assert sorted(named) == ["assay_box", "assay_plugin_entry"]


def test_sources_beside_it_are_compiled_unless_it_includes_them(folder):
    (folder / "pmm.c").write_text("int pmm_one = 1;\n")
    (folder / "part.c").write_text("static int part = 2;\n")
    text = 'extern int pmm_one;\n#include "part.c"\n'
    text += SOUND.replace("next++", "next++ + pmm_one - 1 + part - 2")
    (folder / "adapter.c").write_text(text)
    assert [path.name for path in plugins.find(str(folder)).sources] == ["pmm.c"]
    assert build(folder).exists()


def test_the_adapter_names_further_sources_and_flags(folder):
    kern = folder.parent / "kern"
    (kern / "include").mkdir(parents=True)
    (kern / "include" / "pmm.h").write_text("#define ONE WIDTH\n")
    (kern / "pmm.c").write_text('#include "pmm.h"\nint pmm_one = ONE;\n')
    words = "/* assay: sources ../kern/pmm.c\n   assay: flags -I../kern/include -DWIDTH=1 */\n"
    text = words + "extern int pmm_one;\n" + SOUND.replace("next++", "next++ + pmm_one - 1")
    (folder / "adapter.c").write_text(text)
    plugin = plugins.find(str(folder))
    assert [path.name for path in plugin.sources] == ["pmm.c"]
    assert plugin.flags == ("-I../kern/include", "-DWIDTH=1")
    assert build(folder).exists()


def test_a_source_that_is_not_there_is_named(folder):
    (folder / "adapter.c").write_text("// assay: sources lost.c\n" + SOUND)
    with pytest.raises(UsageError, match="adapter.c: names the source 'lost.c', which is not"):
        plugins.find(str(folder))


def test_an_error_of_the_compiler_is_one_line_with_its_place(folder):
    (folder / "adapter.c").write_text(SOUND.replace("next++", "nxt++"))
    text = complaint(folder)
    assert "\n" not in text
    assert "adapter.c:10:23: error: use of undeclared identifier 'nxt'" in text


def test_an_undefined_symbol_is_named_with_where_it_is_used(folder):
    text = "void *pmm_alloc(void);\n" + SOUND.replace("next++", "assay_frame(pmm_alloc())")
    (folder / "adapter.c").write_text(text)
    assert "nothing defines pmm_alloc (used in adapter.c:11): put the source" in complaint(folder)


def test_functions_named_as_those_of_the_c_library_are_its_own(folder):
    own = "void *memset(void *s, int c, unsigned long n) { (void)c, (void)n; return s; }\n"
    own += "int printf(const char *f, ...) { return *f; }\nvoid free(void *p) { (void)p; }\n"
    (folder / "lib.c").write_text(own)
    assert build(folder).exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere/at_all", r"no such folder; `./assay new at_all` begins one"),
        (".", r"has no adapter.c; `./assay new NAME` writes one"),
    ],
)
def test_a_folder_without_an_adapter_is_refused(tmp_path, monkeypatch, name, why):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=why):
        plugins.find(name)


def test_a_design_keeps_its_name(folder):
    with pytest.raises(UsageError, match="'my_pmm' is the name of a design; rename the folder"):
        plugins.find(str(folder), taken=["my_pmm"])


def test_two_plug_ins_of_one_name_are_not_confused(folder):
    plugins.find(str(folder))
    other = folder.parent / "other" / "my_pmm"
    other.mkdir(parents=True)
    (other / "adapter.c").write_text(SOUND)
    with pytest.raises(UsageError, match="both are called my_pmm; rename one"):
        plugins.find(str(other))


def test_tools_are_told_a_name_or_a_shared_object(folder):
    plugin = plugins.find(str(folder))
    assert plugins.for_tool("bitmap", "fuzz") == "bitmap"
    assert plugins.for_tool("my_pmm", "fuzz") == str(plugin.object_file(plugins.WATCHED))
    assert plugins.for_tool("my_pmm", "release") == str(plugin.object_file(plugins.FAST))
    assert plugins.folders_of(["bitmap", "my_pmm"]) == {"my_pmm": str(folder)}


def test_a_folder_stands_for_a_design_where_that_is_possible(folder):
    assert designs.find(str(folder), ["bitmap"]) == "my_pmm"
    assert designs.find("bitmap", ["bitmap"]) == "bitmap"
    with pytest.raises(UsageError, match="this takes designs only; an allocator of your own goes"):
        designs.check(str(folder), ["bitmap"])


@pytest.mark.parametrize("asked", ["", "/* assay: undefined */"])
def test_undefined_behaviour_is_looked_for_only_on_request(folder, asked):
    (folder / "adapter.c").write_text(f"{asked}\n{SOUND}\nint twice(int x) {{ return x + x; }}")
    compiled = build(folder).parent / "0-adapter.o"
    wanted = programs.capture(["llvm-nm-19", "-u", compiled]).stdout
    assert ("__ubsan_handle_add_overflow" in wanted) == bool(asked)
