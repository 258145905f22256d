"""Metadata per frame."""

from reports import wording
from reports.figures import bars, style

KEY = "metadata"
SOURCES = ("bench.json",)
TOPIC = "how much memory a design takes for itself"
COMMAND = "./assay bench"
FRAME_BYTES = 4096
SIZES = {2**14: "64 MiB", 2**20: "4 GiB", 2**24: "64 GiB"}


def make(subject) -> style.Figure | None:
    """None, if nothing was measured."""
    per_frame = bytes_per_frame(subject.results)
    designs = subject.sort(per_frame)
    if not designs:
        return None
    rows = [(d, (per_frame[d],), wording.significant(per_frame[d])) for d in designs]

    def draw(canvas, layout):
        bars.draw(canvas, layout, rows, subject.looks, "bytes of metadata per frame")

    ordered = {design: per_frame[design] for design in designs}
    words = wording.compared(ordered, lambda value: f"{wording.significant(value)} bytes")
    title = f"Metadata per frame of memory: {words}"
    return style.Figure(
        KEY,
        title,
        "What a design asks for to manage the largest arena that was measured, and what it keeps "
        "of it for itself; a frame is 4,096 bytes. The harness gives it exactly so much, with "
        "poison behind. n = 1: it does not scatter. The axis starts at 0. Lower is better.",
        SOURCES[0] if subject.results.bench else "growth.json",
        style.render(KEY, title, draw),
        table=make_table(subject, designs),
    )


def cells_of(results, design: str) -> list[dict]:
    """Every measurement of a design, whatever it was for."""
    documents = [each for each in (results.bench, results.growth) if each]
    return [c for d in documents for c in d["cells"] if c["design"] == design and c["frames"]]


def bytes_per_frame(results) -> dict[str, float]:
    """By design, in the largest arena of bench.json; of growth.json where there is none."""
    found = {}
    for document in (results.growth, results.bench):
        for cell in sorted(document["cells"] if document else [], key=lambda c: c["frames"]):
            if cell["frames"]:
                found[cell["design"]] = cell["metadata_bytes"] / cell["frames"]
    return found


def make_table(subject, designs: list[str]) -> style.Table | None:
    """Bytes by the size of the arena, with their share of it."""
    sizes = sorted({c["frames"] for d in designs for c in cells_of(subject.results, d)})
    if len(sizes) > 6:
        wanted = [size for size in sizes if size in SIZES]
        sizes = wanted or [sizes[0], sizes[len(sizes) // 2], sizes[-1]]
    rows = []
    for design in designs:
        asked = {c["frames"]: c["metadata_bytes"] for c in cells_of(subject.results, design)}
        rows.append((design, *(describe(asked.get(size), size) for size in sizes)))
    heads = [f"{wording.power_of_two(size)} frames ({memory(size)})" for size in sizes]
    kinds = ("design", *["num"] * len(sizes))
    return style.Table(("Design", *heads), kinds, tuple(rows), "Bytes, and their share of memory.")


def memory(frames: int) -> str:
    """64 MiB, 4 GiB."""
    size = frames * FRAME_BYTES
    for unit, name in ((2**30, "GiB"), (2**20, "MiB")):
        if size >= unit:
            return f"{wording.significant(size / unit).removesuffix('.00')} {name}"
    return f"{size // 1024:,} KiB"


def describe(asked: int | None, frames: int) -> str:
    """19,020 (0.007 %)."""
    if asked is None:
        return wording.ABSENT
    return f"{asked:,} ({wording.percent(asked / (frames * FRAME_BYTES))})"
