"""What the kernel says of pages that leave to a disk and come back.

    # paging round=4 pages=8192 step=2731 faults=49152 zeroed=8192 in=24576 out=22831 dropped=8192 …
"""

import re

from cli.booting import ktap

PAGE_BYTES = 4096
_ROUND = re.compile(r"paging round=")
NUMBER = re.compile(r"(\w+)=(\d+)")


def find_rounds(log: ktap.Log) -> list[dict]:
    """The numbers of each round that a program has made through its pages; the traffic is that of
    all rounds so far."""
    lines = (line for test in log.tests for line in test.diagnostics if _ROUND.match(line))
    return [{name: int(number) for name, number in NUMBER.findall(line)} for line in lines]


def find_traffic(log: ktap.Log) -> dict | None:
    """All traffic, or None if there was none to be seen."""
    rounds = find_rounds(log)
    return rounds[-1] if rounds else None


def describe(traffic: dict | None) -> list[str]:
    """As a person reads it, in one line or none."""
    if traffic is None:
        return []
    mib = traffic["pages"] * PAGE_BYTES >> 20
    moved = f"{traffic['in']:,} in, {traffic['out']:,} out, {traffic['dropped']:,} dropped"
    return [
        f"  pages: {traffic['round']} rounds through {mib:,} MiB: {moved}, "
        f"{traffic['faults']:,} faults, {traffic['sectors']:,} sectors"
    ]
