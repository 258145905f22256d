"""Building: what CMake is asked to do, and what a failure shows. CMake is a small script here."""

import os

import pytest

from cli import build, paths
from cli.errors import FailedError, MissingError

CMAKE = """#!/bin/sh
echo "$*" >> log
echo "[1/2] Building a.cc"
[ -e fails ] && { echo "a.cc:1:1: error: no"; exit 1; }
exit 0
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cmake").write_text(CMAKE)
    (tmp_path / "bin" / "cmake").chmod(0o755)
    (tmp_path / "CMakePresets.json").write_text("{}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    return tmp_path


def calls(tree):
    return (tree / "log").read_text().splitlines()


def test_it_configures_once_and_builds_the_targets(tree):
    assert build.build("fuzz", ["assay-ops"]) == tree / "build" / "fuzz"
    build.build("fuzz", ["assay-ops"])
    assert [call == "--fresh --preset fuzz" for call in calls(tree)] == [True, False, False]
    assert calls(tree)[-1].endswith("--target assay-ops")


def test_it_configures_again_after_a_preset_changed(tree):
    build.build("fuzz")
    later = (tree / "build" / "fuzz" / build.CONFIGURED).stat().st_mtime + 1
    os.utime(tree / "CMakePresets.json", (later, later))
    build.build("fuzz")
    assert sum(call.startswith("--fresh --preset") for call in calls(tree)) == 2


def test_the_kernel_is_built_once_per_design(tree):
    assert build.build("kernel", design="bitmap").name == "kernel-bitmap"
    assert calls(tree)[0].startswith(f"-S {tree}/kernel-shim -B {tree}/build/kernel-bitmap ")
    assert calls(tree)[0].endswith("-DASSAY_KERNEL_DESIGN=bitmap")


def test_a_kernel_with_traps_for_undefined_behaviour_is_one_of_its_own(tree):
    assert build.build("kernel", design="bitmap", ubsan=True).name == "kernel-bitmap-ubsan"
    assert "-DASSAY_KERNEL_UBSAN=ON" in calls(tree)[0]
    build.build("kernel", design="bitmap")
    assert "-DASSAY_KERNEL_UBSAN" not in calls(tree)[2]


def test_all_plug_ins_share_what_is_compiled(tree):
    places = [tree / "build" / "plugins" / name / "i686" for name in ("ours", "theirs")]
    for place in (places[0], places[0], places[1]):
        image = build.build("kernel", design=place.parent.name, plugin=place)
        assert image == place / "kernel-plugin"
    configured = [call for call in calls(tree) if call.startswith("-S ")]
    assert [f"-DASSAY_KERNEL_PLUGIN={place} " in configured[n] for n, place in enumerate(places)]
    assert len(configured) == 2 and len({call.split(" -G")[0] for call in configured}) == 1
    assert configured[1].endswith(f"-DASSAY_KERNEL_IMAGE_FOLDER={places[1]}/kernel-plugin")


def test_a_failure_shows_what_the_compiler_said(tree, capfd):
    (tree / "fails").touch()
    with pytest.raises(FailedError, match="to repeat: cmake --fresh --preset fuzz"):
        build.build("fuzz")
    assert "a.cc:1:1: error: no" in capfd.readouterr().err


def test_a_missing_cmake_is_named(tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="cmake: no such program"):
        build.build("fuzz")
