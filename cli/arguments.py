"""Types of command-line arguments; a bad value is one clear line."""

import argparse
import re

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def duration(text: str) -> int:
    """Seconds in '90', '90s', '10m' or '2h'."""
    found = re.fullmatch(r"(\d+)([smh]?)", text)
    if not found or int(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write 90s, 10m or 2h")
    return int(found[1]) * _UNITS[found[2]]


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1")
    return int(text)


def size(text: str) -> int:
    """Bytes in '500M' or '2G'."""
    found = re.fullmatch(r"(\d+)([KMG])", text)
    if not found or int(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write 500M or 2G")
    return int(found[1]) << {"K": 10, "M": 20, "G": 30}[found[2]]


def seed(text: str) -> int:
    """A whole number from 1 to 2^31 - 1, what libFuzzer takes as a seed."""
    if not text.isdecimal() or not 1 <= int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"'{text}' is no seed; write 1 to {2**31 - 1}")
    return int(text)


def percent(text: str) -> int:
    """A whole number from 1 to 100."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"'{text}' is no percentage from 1 to 100")
    return int(text)
