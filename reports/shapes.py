"""The shapes of the results that a run folder may hold: what every reader of them may rely on."""

from reports.schema import count, fields, flag, list_of, map_of, nullable, number, one_of, optional
from reports.schema import positive, row_of, text, word

VERSION = 1

HEADER = fields(
    started=text,
    command=text,
    commit=nullable(text),
    dirty=nullable(flag),
    machine=fields(
        cpu=text, cores=count, memory_bytes=count, kernel=text, os=text, load=list_of(number)
    ),
    compiler=nullable(text),
    seed=nullable(count),
)

# What one target, or one swarm, came to. Older results lack what is optional.
TALLY = fields(
    design=word,
    status=one_of("clean", "finding", "failed"),
    reason=nullable(text),
    executions=count,
    executions_per_second=number,
    operations=count,
    seconds=number,
    coverage_edges=count,
    corpus_entries=count,
    outcomes=map_of(count),
    required=optional(list_of(text)),
    skips=optional(list_of(fields(clause=text, check=text, reason=text))),
    masked=optional(map_of(count)),
    restarts=optional(count),
    trouble=optional(nullable(text)),
    findings=list_of(text),
)

FUZZ = fields(
    seconds=number,
    elapsed=optional(number),
    jobs=count,
    engine=optional(word),
    ended=optional(text),
    canary=fields(
        design=word,
        caught=flag,
        executions=count,
        operations=count,
        seconds=number,
        verdict=nullable(text),
        clause=nullable(text),
        shortest_ops=nullable(text),
        shortest_operations=nullable(count),
        replay=nullable(text),
    ),
    targets=list_of(TALLY),
    swarm=optional(list_of(TALLY)),
    findings=list_of(
        fields(
            key=text,
            design=word,
            clause=nullable(text),
            verdict=text,
            operations=count,
            ops=text,
            folder=text,
            replay=text,
            times=optional(count),
            hits=optional(count),
            found=optional(text),
            output=optional(nullable(text)),
            note=optional(text),
            steps=optional(text),
            more=optional(list_of(fields(file=text, ops=nullable(text)))),
        )
    ),
    # After each slice: seconds into the run, target, edges, corpus entries, executions.
    timeline=optional(list_of(row_of(number, text, count, count, count))),
)

# What is optional is not in every result yet.
CELL = {
    "design": word,
    "workload": word,
    "oracle": text,
    "unit": text,
    "repetitions_ns": list_of(positive),
    "median_ns": nullable(positive),
    "mad_ns": nullable(number),
    "operations": count,
    "served": count,
    "failed": count,
    "allocated": optional(count),
    "metadata_bytes": count,
    "frames": count,
    "fastest_ns": optional(nullable(positive)),
    "yardstick": optional(word),  # the workload that the reference did in turn
    "repetitions_ratio": optional(list_of(positive)),
    "ratio": optional(nullable(positive)),
    "ratio_mad": optional(nullable(number)),
    "requests": optional(list_of(fields(frames=count, requests=count, failed=count))),
    "foreign": optional(flag),  # a plug-in, called through its adapter's table of functions
    "sequence": optional(word),
    "sequence_sha256": optional(word),
}

BENCH = fields(
    smoke=optional(flag),
    judged=optional(one_of("whole", "calls")),
    pinned_cpu=optional(nullable(count)),
    workloads=list_of(
        fields(name=word, title=text, question=text, frames=count, operations=count, sha256=word)
    ),
    cells=list_of(fields(**CELL, placement_hash=nullable(word))),
    references=optional(list_of(fields(**CELL))),  # yardsticks: measured, never ranked
    # Workloads that a plug-in's contract does not cover.
    left_out=optional(list_of(fields(design=word, workload=word, reason=text))),
)

BOOT = fields(
    design=word,
    verdict=one_of("pass", "fail"),
    reason=nullable(text),
    memory_mib=count,
    seconds=number,
    design_source_hash=nullable(word),
    kernel_bytes=nullable(count),
    tests=list_of(
        fields(name=text, ok=flag, diagnostics=list_of(text), skipped=optional(nullable(text)))
    ),
    trace=nullable(
        fields(
            name=text,
            operations=count,
            kernel_hash=nullable(word),
            host_hash=nullable(word),
            equal=flag,
        )
    ),
)

STEPS = fields(
    steps=list_of(fields(name=text, seconds=number, failure=nullable(text))),
    failures=list_of(text),
)

CHOICE = fields(winner=nullable(word), rule=text)
