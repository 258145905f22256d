"""Judges a boot.

It passed only if the log is complete, no test failed, the kernel did not panic, and the exit code
says the same. Every other end has words of its own.
"""

from cli import programs
from cli.booting import ktap
from cli.booting.qemu import Boot

# What the kernel writes to isa-debug-exit, as QEMU's exit code: 2 × value + 1 (machine/exit.h).
PASSED, TESTS_FAILED, HANG, BAD_BOOT, BAD_MEMORY, PANIC = 33, 35, 247, 249, 251, 253
LEFT = 37
CODES = {
    PASSED: "every test passed",
    TESTS_FAILED: "a test failed",
    LEFT: "the shell was left, and no test ran",
    HANG: "the kernel's watchdog saw a hang",
    BAD_BOOT: "the kernel refused what the boot loader handed over",
    BAD_MEMORY: "the kernel refused this memory",
    PANIC: "the kernel panicked",
}
RESET, QEMU_REFUSED = 0, 1


def find_failure(boot: Boot, log: ktap.Log, limit_s: float) -> str | None:
    """Why the boot failed, in one line; None if it passed."""
    return (
        _ended_early(boot, log, limit_s)
        or _stopped_itself(boot, log)
        or _tests_failed(log)
        or _disagrees(boot)
    )


def find_shell_failure(boot: Boot, log: ktap.Log, limit_s: float) -> str | None:
    """The same for a boot with a shell, which is fine if somebody left it."""
    return _ended_early(boot, log, limit_s) or _stopped_itself(boot, log) or _not_left(boot, log)


def _ended_early(boot: Boot, log: ktap.Log, limit_s: float) -> str | None:
    """Ends of which the kernel knew nothing."""
    last = f"; the last line was '{log.last_line}'" if log.last_line else "; it printed nothing"
    if boot.timed_out:
        return f"hang: the kernel did not stop within {limit_s:g} s, nor did its watchdog{last}"
    if boot.returncode == RESET and log.panic is None:
        return f"triple fault: the machine reset itself without a word (QEMU's exit code 0){last}"
    if refusal := _refusal(boot):
        return f"QEMU could not start the machine: {refusal}"
    if boot.returncode not in CODES:
        ending = programs.describe_exit(boot.returncode)
        return f"QEMU ended with {ending}, which is no code of the kernel{last}"
    return None


def _refusal(boot: Boot) -> str | None:
    """QEMU's words, if it did not start the machine. A guest that writes 0 ends with the same code,
    but QEMU has nothing against it, or the guest has said something by then.
    """
    said = [line for line in boot.stderr.strip().splitlines() if "warning:" not in line]
    return said[-1] if boot.returncode == QEMU_REFUSED and said and not boot.serial else None


def _stopped_itself(boot: Boot, log: ktap.Log) -> str | None:
    """A panic, told by its line or by its code alone."""
    if log.panic is not None:
        return log.panic if log.panic.startswith("hang: ") else f"panic: {log.panic}"
    if boot.returncode in (HANG, BAD_BOOT, BAD_MEMORY, PANIC):
        return f"{CODES[boot.returncode]} (exit code {boot.returncode}), but printed no PANIC line"
    return None


def _not_left(boot: Boot, log: ktap.Log) -> str | None:
    """The shell's end, by the log and by the code."""
    if boot.returncode != LEFT:
        code = boot.returncode
        return f"the shell was not left: by the exit code {code} {CODES[code]}"
    return None if log.shell_left else "incomplete log: it does not say that the shell was left"


def _tests_failed(log: ktap.Log) -> str | None:
    if gap := ktap.find_gap(log):
        return f"incomplete log: {gap}"
    failed = [": ".join([test.name, *ktap.findings(test)[:1]]) for test in log.failed()]
    if failed:
        return f"{len(failed)} of {log.plan} tests failed: {'; '.join(failed)}"
    return None


def _disagrees(boot: Boot) -> str | None:
    """The log is fine: the code must say so too."""
    if boot.returncode == PASSED:
        return None
    said = CODES[boot.returncode]
    return f"by the log every test passed, but by the exit code {boot.returncode} {said}"
