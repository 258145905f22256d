"""The table of ratios: what it shows of results, and what it says where there are none."""

from cli import bench_table

HALF = [{"frames": 1, "requests": 8, "failed": 0}, {"frames": 512, "requests": 8, "failed": 4}]


def cell(design, workload, ratio, **fields):
    return {
        "design": design,
        "workload": workload,
        "oracle": "pass",
        "ratio": ratio,
        "ratio_mad": ratio and ratio / 10,
        "requests": HALF,
        "metadata_bytes": 100,
        "frames": 1000,
    } | fields


def shown(cells, references=()):
    result = {
        "workloads": [{"name": each["workload"], "frames": 1000} for each in cells],
        "cells": cells,
        "references": list(references),
        "repetitions": 9,
    }
    return bench_table.summarize(result)


def rows(text, name):
    return [line.split() for line in text.splitlines() if line.split()[:1] == [name]]


def test_a_design_has_a_row_of_single_frames_and_one_of_what_the_stack_cannot_do():
    cells = [cell("bitmap", name, 2.5) for name in bench_table.WORKLOADS]
    text = shown(cells, [cell("stack", "fill", 1.0)])
    single, other = rows(text, "bitmap")
    assert single[1:] == ["2.50", "±10%"] * 6
    assert other[1:] == ["2.50", "±10%", "50", "%", *["2.50", "±10%"] * 3, "0.100"]
    assert rows(text, "stack") == [["stack", "–", "1.00", "±10%", *"––––"]]


def test_only_what_was_measured_has_a_column():
    text = shown([cell("bitmap", "fill", 2.5)])
    assert rows(text, "design") == [["design", "fill"], ["design", "bytes/frame"]]
    assert "pair" not in text and "orders" not in text and "checkerboard" not in text


def test_a_cell_without_a_number_says_why():
    text = shown([cell("bitmap", "fill", None, oracle="C1: op 3: overlaps")])
    assert rows(text, "bitmap")[0] == ["bitmap", "–"]
    assert "bitmap on fill: C1: op 3: overlaps" in text


def test_no_line_is_wider_than_a_terminal():
    cells = [cell("tag_bitmap", name, 123_456.0) for name in bench_table.WORKLOADS]
    text = shown(cells, [cell("reference_stack", "fill", 0.999)])
    assert max(map(len, text.splitlines())) <= 100
