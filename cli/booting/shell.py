"""What comes of a session with the kernel's shell, for who has just left it."""

from pathlib import Path

from cli.booting import backtrace, ktap, sequences


def compare_traces(log: ktap.Log, modules: dict[str, Path], design: str) -> list[dict]:
    """Each run of a sequence in the shell, beside the same on the host."""
    names = {trace.name for trace in log.traces}
    host = {name: sequences.replay_on_host(name, modules[name], design) for name in sorted(names)}
    return [sequences.compare(host[seen.name], ktap.Log(traces=[seen])) for seen in log.traces]


def summarize(
    design: str,
    reason: str | None,
    is_ended_by_user: bool,
    traces: list[dict],
    calls: list[dict],
) -> str:
    """`reason`: why it failed, or None. `calls`: who called whom when it panicked."""
    if reason is not None:
        return "\n".join([f"{design} fails in the kernel: {reason}", *backtrace.describe(calls)])
    how = "the machine was ended with Ctrl-], not by itself"
    lines = [f"{design}: {how if is_ended_by_user else 'the shell was left'}"]
    for trace in traces:
        lines.append(f"  trace {trace['name']}: {sequences.as_on_the_host(trace)}")
    return "\n".join(lines)
