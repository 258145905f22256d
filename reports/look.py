"""What each design looks like in every figure and table: a colour and a marker, its for good.

Colours are Okabe and Ito's, which stay apart for colour-blind readers; black is left out since it
vanishes in dark mode. Markers differ as well, so that the figures can be read in black and white.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A colour, and a marker in matplotlib's notation."""

    colour: str
    marker: str


BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY, YELLOW = "#CC79A7", "#E69F00", "#56B4E9", "#F0E442"

LOOKS = {
    "bitmap": Look(BLUE, "o"),
    "coremap": Look(VERMILLION, "s"),
    "free_list": Look(GREEN, "^"),
    "tag_bitmap": Look(PURPLE, "D"),
    "buddy": Look(ORANGE, "v"),
}
SPARE = [Look(colour, marker) for marker in "PXph<>" for colour in (SKY, YELLOW, PURPLE, ORANGE)]

# The markers as SVG paths in a box from -5 to 5, for the chips in the page's tables.
PATHS = {
    "o": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
    "s": "M-3.6,-3.6H3.6V3.6H-3.6Z",
    "^": "M0,-4.4L4.4,3.6H-4.4Z",
    "D": "M0,-4.8L4.8,0L0,4.8L-4.8,0Z",
    "v": "M0,4.4L4.4,-3.6H-4.4Z",
    "P": "M-1.5,-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
    "X": "M-4.2,-2.1L-2.1,-4.2L0,-2.1L2.1,-4.2L4.2,-2.1L2.1,0L4.2,2.1L2.1,4.2L0,2.1L-2.1,4.2"
    "L-4.2,2.1L-2.1,0Z",
    "p": "M0,-4.6L4.4,-1.4L2.7,3.7H-2.7L-4.4,-1.4Z",
    "h": "M0,-4.6L4,-2.3V2.3L0,4.6L-4,2.3V-2.3Z",
    "<": "M-4.4,0L3.6,-4.4V4.4Z",
    ">": "M4.4,0L-3.6,-4.4V4.4Z",
}


def looks_of(designs: list[str]) -> dict[str, Look]:
    """The look of each design. A new one gets a spare look by its name, and so keeps it in every
    report; where two new names want the same one, the later name takes the next."""
    looks = {design: LOOKS[design] for design in designs if design in LOOKS}
    taken: set[int] = set()
    for design in sorted(set(designs) - set(looks)):
        start = int(hashlib.sha256(design.encode()).hexdigest(), 16) % len(SPARE)
        turns = [(start + step) % len(SPARE) for step in range(len(SPARE))]
        place = next((turn for turn in turns if turn not in taken), start)
        taken.add(place)
        looks[design] = SPARE[place]
    return looks
