"""Which workloads a figure shows, and how a caption names them."""

from reports import wording
from reports.results import kind_of

TRACE = "trace_"
OTHERS = ("mixed_90", "orders_90", "churn_90")  # the first of these that is there comes second


def pick(names: list[str], wanted: int = 2) -> list[str]:
    """A real trace first, then one that is hard on a design, then whatever comes. `names`: those
    that were recorded, in their order."""
    names = list(dict.fromkeys(names))
    traces = [name for name in names if name.startswith(TRACE)]
    hard = [name for name in OTHERS if name in names]
    first = [*traces[:1], *hard[:1]]
    return list(dict.fromkeys([*first, *hard, *traces, *names]))[:wanted]


def title_of(results, workload: str) -> str:
    """The workload in words, if the run describes it."""
    described = results.bench["workloads"] if results.bench else []
    return next((each["title"] for each in described if each["name"] == workload), workload)


def describe(results, workloads: list[str]) -> str:
    """The workloads by name, each with its seed where one is known."""
    described = {each["name"]: each for each in results.bench["workloads"]} if results.bench else {}
    words = []
    for name in workloads:
        seed = described.get(name, {}).get("seed")
        words.append(f"{name} (seed {seed})" if seed else name)
    noun = "Workload" if len(words) == 1 else "Workloads"
    return f"{noun}: {wording.listed(words)}."


def command_of(results, source: str) -> str:
    """The commands that measure again what a figure is drawn from, each once. `source`: file names
    with ' and ' between them."""
    documents = [getattr(results, kind_of(name)) for name in source.split(" and ")]
    return " and ".join(dict.fromkeys(each["command"] for each in documents if each))
