"""The list: one line for each design, with its idea, and the traces that there are."""

import argparse

from cli import bench_growth, bench_table, designs, paths, verb_list, workloads


def test_designs_zoo_and_traces_are_listed(tmp_path, monkeypatch, capsys):
    files = {
        "impls/designs.h": "#define A(DESIGN) \\\n  DESIGN(bitmap, B<>) \\\n  DESIGN(coremap, C)\n",
        "impls/bitmap/README.md": "# Bitmap\n\nA bit per frame,\nand a cursor. More of it.\n",
        "oracle/zoo/zoo.h": "  DESIGN(canary, Canary)\n",
        "bench/workloads/2.json": '{"workloads": [{"name": "mixed_50", "title": "Runs"}]}',
        "bench/workloads/1.json": '{"workloads": [{"name": "pair", "title": "One frame"}]}',
        "bench/traces/pgbench.opsb": "x" * 20_000,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert verb_list.run(argparse.Namespace()) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "bitmap A bit per frame, and a cursor." in lines
    assert "coremap" in lines
    assert "canary must be caught" in lines
    assert lines[lines.index("Workloads") + 1 :][:2] == ["pair One frame", "mixed_50 Runs"]
    assert "pgbench bench/traces/pgbench.opsb, 0.02 MB" in lines


def test_the_project_s_own_lists_are_found():
    known = {entry["name"] for entry in workloads.read_all()}
    assert {"single_pair", "orders_90", *bench_table.WORKLOADS, *bench_growth.COSTS} <= known
    assert "pgbench" in [path.stem for path in verb_list.find_traces()]
    assert {"booted_coremap", "filled_free_list"} <= set(designs.settings())
