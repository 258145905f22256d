"""Shares the workers' time over the targets: half evenly, half by where new coverage still comes.

Each target has a share; who has had least of its share is next, as in stride scheduling. New
coverage moves the shares, but nobody's falls to nothing: what looks exhausted may not be.
"""

import threading

EVEN = 0.5  # of the time that is not held for somebody
MEMORY = 0.5  # of what was known of a target, when its next slice ends
DRY = 0.01  # new coverage per second that everybody is trusted with


class Schedule:
    """Which target a free worker takes next. Several workers may ask."""

    def __init__(self, names: list[str], held: dict[str, float] | None = None):
        """`held`: names with a fixed share of the time, which new coverage does not move."""
        self._held = held or {}
        self._rates = dict.fromkeys(names, 0.0)  # new coverage per second
        self._served = dict.fromkeys([*names, *self._held], 0.0)  # seconds over share
        self._running = dict.fromkeys(self._served, 0)
        self._lock = threading.Lock()

    def take(self) -> str | None:
        """The target whose turn it is; None if none is left.

        Nobody runs twice at a time while somebody waits.
        """
        with self._lock:
            if not self._served:
                return None
            name = min(self._served, key=lambda each: (self._running[each], self._served[each]))
            self._running[name] += 1
            return name

    def give_back(self, name: str, seconds: float, gained: int) -> None:
        """After a slice that took so long and brought so much new coverage."""
        with self._lock:
            self._running[name] -= 1
            if name not in self._served:
                return
            if name in self._rates:
                rate = gained / max(seconds, 0.1)
                self._rates[name] = MEMORY * self._rates[name] + (1 - MEMORY) * rate
            self._served[name] += max(seconds, 0.1) / self.share(name)

    def drop(self, name: str) -> None:
        """It cannot run: its time goes to the others."""
        with self._lock:
            for held in (self._held, self._rates, self._served):
                held.pop(name, None)

    def share(self, name: str) -> float:
        """Of all time, from 0 to 1."""
        if name in self._held:
            return self._held[name]
        even = 1 / len(self._rates)
        total = sum(self._rates.values()) + DRY * len(self._rates)
        by_rate = (self._rates[name] + DRY) / total
        return (1 - sum(self._held.values())) * (EVEN * even + (1 - EVEN) * by_rate)
