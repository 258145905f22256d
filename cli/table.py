"""A table of text: the first column to the left, numbers to the right."""

import re


def render(rows: list[list[str]]) -> str:
    """Aligned columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numeric = [
        all(re.match(r"[-+]?[\d,.]+|–$", row[column]) for row in rows[1:]) and len(rows) > 1
        for column in range(len(rows[0]))
    ]
    lines = []
    for row in rows:
        cells = zip(row, widths, numeric)
        padded = [cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)
