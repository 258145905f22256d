"""What a design adds to an i686 kernel: code, constants and variables, stack."""

from reports import wording
from reports.figures import bars, style

KEY = "code-size"
SOURCES = ("size.json",)
TOPIC = "how many bytes of i686 code a design is"
COMMAND = "./assay bench --size"
PARTS = {"code_bytes": "code", "constant_bytes": "constants", "variable_bytes": "variables"}


def make(subject) -> style.Figure | None:
    """None, if it was not weighed."""
    size = subject.results.size
    weighed = {each["design"]: each for each in size["designs"]} if size else {}
    designs = subject.sort(weighed)
    if not designs:
        return None
    parts = {design: tuple(weighed[design][part] for part in PARTS) for design in designs}
    rows = [(design, parts[design], f"{sum(parts[design]):,}") for design in designs]

    def draw(canvas, layout):
        label = f"bytes in an {size['target']} kernel"
        bars.draw(canvas, layout, rows, subject.looks, label)

    code = {design: weighed[design]["code_bytes"] for design in designs}
    title = f"Code on {size['target']}: {wording.compared(code, lambda n: f'{n:,} bytes')}"
    heads = ("Design", "Code", "Constants", "Variables", "Deepest stack", "Not in the stack")
    table = []
    for design in designs:
        stack = wording.count(weighed[design].get("stack_bytes"))
        open_ends = "; ".join(weighed[design].get("stack_not_counted") or []) or wording.ABSENT
        table.append((design, *map(wording.count, parts[design]), stack, open_ends))
    return style.Figure(
        KEY,
        title,
        "From left to right, ever lighter: code, constants, variables. Each design is linked alone "
        "behind a C function per call of the interface, with the kernel's flags (clang, -O2), so "
        "that the linker drops what no call needs. n = 1: it does not scatter. The axis starts at "
        "0. Lower is better.",
        SOURCES[0],
        style.render(KEY, title, draw),
        table=style.Table(heads, ("design", *["num"] * 4, "text"), tuple(table), "Bytes."),
    )
