"""The shapes of the results that a run folder may hold: what every reader of them may rely on."""

from reports.schema import count, fields, flag, list_of, map_of, nullable, number, one_of, optional
from reports.schema import positive, real, row_of, several, share, text, word

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
    "instructions": optional(nullable(number)),  # per operation or request, in user mode
    # Pages that a pass read or wrote, in bytes.
    "touched": optional(nullable(fields(metadata_bytes=count, frame_bytes=count))),
    "foreign": optional(flag),  # a plug-in, called through its adapter's table of functions
    "sequence": optional(word),
    "sequence_sha256": optional(word),
}

BENCH = fields(
    smoke=optional(flag),
    judged=optional(one_of("whole", "calls")),
    pinned_cpu=optional(nullable(count)),
    instructions_note=optional(nullable(text)),  # why none were counted
    workloads=list_of(
        fields(
            name=word,
            version=optional(count),
            title=text,
            question=text,
            frames=count,
            operations=count,
            sha256=word,
            follows_design=optional(flag),
            # Of one contestant that was entered twice: how far the ratio of its two medians is from
            # 1, the same of the ratios to the stack, and the larger relative deviation.
            noise_of=optional(word),
            noise_floor=optional(number),
            noise_floor_ratio=optional(number),
            noise_spread=optional(number),
        )
    ),
    cells=list_of(fields(**CELL, placement_hash=nullable(word))),
    references=optional(list_of(fields(**CELL))),  # yardsticks: measured, never ranked
    # What was measured: the program with all designs in it, and the plug-ins.
    binary_sha256=optional(word),
    plugin_sha256=optional(map_of(word)),
    # Workloads that a plug-in's contract does not cover.
    left_out=optional(list_of(fields(design=word, workload=word, reason=text))),
)

# How long single calls took. A bucket counts the calls up to its upper border; `again_ns` is the
# fastest that the same call was in any pass: what stays slow is work, what does not is noise.
LATENCY = fields(
    timer=fields(clock=word, floor_ns=number, resolution_ns=number),
    passes=optional(count),
    entries=list_of(
        fields(
            design=word,
            workload=word,
            sequence=optional(word),
            frames=optional(count),
            calls=list_of(
                fields(
                    call=one_of("allocate_one", "allocate_run", "allocate_failed", "free"),
                    count=count,
                    buckets=list_of(row_of(number, count)),
                    p50_ns=nullable(number),
                    p90_ns=nullable(number),
                    p99_ns=nullable(number),
                    p999_ns=nullable(number),
                    max_ns=nullable(number),
                    worst=list_of(
                        fields(
                            ns=number, again_ns=nullable(number), operation=count, disturbed=flag
                        )
                    ),
                    # Of each call in the sequence the fastest time in any pass: work without noise.
                    steady=optional(
                        fields(
                            count=count,
                            buckets=list_of(row_of(number, count)),
                            p50_ns=number,
                            p90_ns=number,
                            p99_ns=number,
                            p999_ns=number,
                            max_ns=number,
                        )
                    ),
                    # Of all calls those that were never fast.
                    costliest=optional(list_of(fields(again_ns=number, operation=count))),
                )
            ),
        )
    ),
)

# The state of the arena while a sequence runs. Null: not defined there, as when nothing is free.
TIMELINE = fields(
    entries=list_of(
        fields(
            design=word,
            workload=word,
            sequence=word,
            frames=count,
            usable=count,
            operations=count,
            first_measured=count,
            samples=fields(
                operation=list_of(count),
                used=list_of(count),
                free=list_of(count),
                largest_free_run=list_of(count),
                unusable=map_of(list_of(nullable(share))),  # by order
                free_huge_share=list_of(nullable(share)),
                moves=list_of(nullable(count)),
                failed=list_of(count),
            ),
            # A list of `rows` shares for each of the `columns`, low frames first.
            heatmap=fields(
                rows=count,
                columns=count,
                operation=list_of(count),
                used=list_of(list_of(nullable(share))),
            ),
        )
    ),
)

# Requests for runs at given occupancies. What was not served is split by whose fault it is: no such
# run existed, or one did and was missed.
CONTIGUOUS = fields(
    seed=count,
    frames=count,
    entries=list_of(
        fields(
            design=word,
            sequence=nullable(word),
            reason_for_missing=nullable(text),
            cells=list_of(
                fields(
                    occupancy=share,
                    frames=count,
                    requests=count,
                    served=count,
                    none_existed=count,
                    missed=count,
                )
            ),
        )
    ),
)

# What a design adds to an i686 kernel, in bytes.
SIZE = fields(
    target=word,
    designs=list_of(
        fields(
            design=word,
            code_bytes=count,
            constant_bytes=count,
            variable_bytes=count,
            stack_bytes=optional(nullable(count)),
            stack_calls=optional(map_of(nullable(count))),  # by call of the interface
            stack_chain=optional(list_of(text)),
            stack_not_counted=optional(list_of(text)),
        )
    ),
)

GROWTH = fields(
    sizes=list_of(count),
    cells=list_of(fields(**CELL)),
    references=list_of(fields(**CELL)),
    fits=list_of(
        fields(
            design=word,
            workload=word,
            exponent=nullable(real),
            standard_error=nullable(number),
            points=count,
        )
    ),
)

# What the kernel replayed beside the host's result.
_REPLAYED = {
    "operations": count,
    "kernel_hash": nullable(word),
    "host_hash": nullable(word),
    "equal": flag,
}
_TRACE = fields(name=text, **_REPLAYED)

# A recorded load on the CPUs that it was recorded on, a thread each, and on one thread alone.
CPUS = fields(
    sequence=text,
    operations=count,
    threads=count,
    repetitions=count,
    cells=list_of(
        fields(
            design=word,
            sound=flag,
            broken=text,
            one_thread_ns=several(positive),
            threads_ns=several(positive),
            failed=count,
        )
    ),
)

# Instructions per call in the booted kernel.
KERNEL_COSTS = fields(
    frames=count,
    kernel_compiler=text,
    workloads=list_of(fields(name=word, operations=count, set_up_operations=count)),
    designs=list_of(fields(design=word, empty_call=fields(allocate=count, free=count))),
    cells=list_of(
        fields(
            design=word,
            workload=word,
            operations=count,
            hash=word,
            calls=list_of(
                fields(
                    call=one_of("allocate_one", "allocate_run", "allocate_failed", "free"),
                    count=count,
                    mean=number,
                    p50=count,
                    p99=count,
                    p99_9=count,
                    max=count,
                    max_at=count,
                )
            ),
        )
    ),
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
    trace=nullable(_TRACE),
    more_traces=optional(list_of(_TRACE)),
    swarm=optional(nullable(fields(seed=count, frames=count, sequences=count, **_REPLAYED))),
)

STEPS = fields(
    steps=list_of(fields(name=text, seconds=number, failure=nullable(text))),
    failures=list_of(text),
)

CHOICE = fields(
    winner=nullable(word),
    rule=text,
    weights=optional(fields(name=text, purpose=text, weights=map_of(positive))),
)
