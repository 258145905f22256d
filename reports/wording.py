"""Numbers and hashes as people read them; the same words in figures, tables and on the terminal."""

ABSENT = "–"


def significant(value: float | None) -> str:
    """Three digits and no exponent: 0.421, 4.21, 42.1, 421, 4,210."""
    if value is None:
        return ABSENT
    for limit, digits in ((0.9995, 3), (9.995, 2), (99.95, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    if value < 999.5:
        return f"{value:.0f}"
    magnitude = 10 ** (len(f"{value:.0f}") - 3)
    return f"{round(value / magnitude) * magnitude:,}"


def count(value: int | None) -> str:
    """1,234,567."""
    return ABSENT if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """A share from 0 to 1; what is not nothing is never shown as 0."""
    if share is None:
        return ABSENT
    if share == 0:
        return "0 %"
    return "< 0.01 %" if share < 0.0001 else f"{share * 100:.3g} %"


def times(ratio: float | None) -> str:
    """1.00×."""
    return ABSENT if ratio is None else f"{significant(ratio)}×"


def plural(number: int, word: str) -> str:
    """1 finding, 2 findings."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def seconds(value: float) -> str:
    """42.1 s; number and unit stay on one line."""
    return f"{significant(value)}\u00a0s"


def duration(value: float) -> str:
    """8 h 05 min, 3 min 20 s, 42 s; number and unit stay on one line."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\u00a0h {minutes:02}\u00a0min"
    return f"{minutes}\u00a0min {rest:02}\u00a0s" if minutes else f"{rest}\u00a0s"


def rounded(value: int) -> str:
    """A large count in little room: 950, 12.3 k, 4.56 M, 7.89 G."""
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= 0.9995 * unit:
            return f"{significant(value / unit)}\u00a0{name}"
    return f"{value}"


def span(counts: list[int]) -> str:
    """9, or 3 to 9: from the least to the greatest of some counts."""
    ends = sorted({min(counts, default=0), max(counts, default=0)})
    return " to ".join(f"{each:,}" for each in ends)


def listed(words: list[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """With a capital letter at its beginning; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def short_hash(digest: str | None) -> str:
    """The first twelve digits, enough to compare by eye."""
    return digest[:12] if digest else ABSENT


def mebibytes(size: int) -> str:
    """Bytes as GiB or MiB."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def compared(values: dict[str, float], show, link: str = "with") -> str:
    """The least and the greatest of a figure, with their owners: '12 ns with a and 30 ns with b'.

    Where all show the same text it is said once: '12 ns with all of a, b and c'. `values` must not
    be empty; `show` turns a value into words.
    """
    texts = {name: show(value) for name, value in values.items()}
    if len(set(texts.values())) == 1:
        whose = "all of " if len(texts) > 2 else ""
        return f"{texts[next(iter(texts))]} {link} {whose}{listed(list(texts))}"
    least, greatest = min(values.values()), max(values.values())
    ends = [
        f"{show(value)} {link} {listed([n for n in texts if texts[n] == show(value)])}"
        for value in (least, greatest)
    ]
    return listed(ends)


def nanoseconds(value: float | None) -> str:
    """12.3 ns, 4.56 µs, 7.89 ms: a time that may be anything."""
    if value is None:
        return ABSENT
    for unit, name in ((1e6, "ms"), (1e3, "µs")):
        if value >= 0.9995 * unit:
            return f"{significant(value / unit)}\u00a0{name}"
    return f"{significant(value)}\u00a0ns"


def power_of_two(size: int) -> str:
    """2^10 as people write it, where it is one; else 1,000."""
    if size.bit_count() != 1:
        return f"{size:,}"
    return "2" + str(size.bit_length() - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
