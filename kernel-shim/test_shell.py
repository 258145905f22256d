"""The kernel's shell: every command over the designs, keys on a terminal, and each way it ends."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time

import pytest

from cli import build, designs, errors, main, paths, runs, verb_boot
from cli.booting import backtrace, image, ktap, sequences, terminal, verdict

LIMIT_S = 200
PROMPT = "assay> "
KERNELS = {}
# Single frames only, misuse undefined; misuse panics; holes, and misuse refused.
PLUGINS = ["examples/xv6_like", "tests/panic_path", "examples/byte_bitmap"]


@pytest.fixture
def talk(tmp_path, monkeypatch):
    """Sends lines through a pipe. Returns: what each was answered, and how the boot ended."""

    def talk(lines, design="bitmap", memory_mib=32, options="", limit_s=LIMIT_S, **machine):
        if design not in KERNELS:
            KERNELS[design] = image.build_image(design)
        (tmp_path / "input").write_text("".join(f"{line}\n" for line in lines))
        with open(tmp_path / "input") as commands:
            monkeypatch.setattr(sys, "stdin", commands)
            done, is_ended_by_user = terminal.boot(
                KERNELS[design],
                limit_s=limit_s,
                memory_mib=memory_mib,
                command_line=f"shell=on {options}",
                **machine,
            )
        assert not is_ended_by_user
        return answers_in(done.serial, lines), done

    return talk


def answers_in(serial, lines):
    """What follows the echo of each line, up to the next prompt."""
    answers = [part.partition("\n")[2].rstrip("\n") for part in serial.split(PROMPT)[1:]]
    return answers[: len(lines)]


def failure(done):
    return verdict.find_shell_failure(done, ktap.parse(done.serial), LIMIT_S)


def plugin(name):
    design = verb_boot.pick_design(str(paths.ROOT / "impls" / "plugin" / name))
    verb_boot.prepare_plugin(design)
    return design


def counts(stats, row):
    """The numbers of a row of `stats`, low memory first."""
    return [int(number) for number in re.search(rf"^{row} +(.*)$", stats, re.MULTILINE)[1].split()]


def first_of(answer):
    return re.fullmatch(r"block (\d+)(\.\.\d+)? of (?:low|high) memory", answer)[1]


@pytest.mark.parametrize("design", designs.names())
@pytest.mark.parametrize("memory_mib", [2, 16, 64])
def test_what_is_taken_is_given_back_on_each_design(design, memory_mib, talk):
    size = 2000 if memory_mib > 16 else 300
    lines = ["stats", f"churn {size} 7", "alloc 4", "alloc 1 8 low", "stats", "check", "picture"]
    lines += ["release", "stats", "blocks", "quit"]
    (before, churn, four, one, held, check, picture, _, after, none, _), done = talk(
        lines, design, memory_mib
    )
    assert failure(done) is None and done.returncode == verdict.LEFT
    assert churn.startswith(f"{size} operations of seed 7: ")
    assert int(first_of(one)) % 8 == 0 and one.endswith("low memory")
    own = int(re.search(r"the shell holds \d+ blocks?, (\d+) frames;", held)[1])
    assert own > 5 and int(re.search(r", (\d+) frames?$", churn)[1]) + 5 == own
    assert sum(counts(held, "used")) == sum(counts(before, "used")) + own
    assert sum(counts(held, "free")) == sum(counts(before, "free")) - own
    for row in ("managed", "used", "free"):
        assert counts(after, row) == counts(before, row)
    zones = ["low", "high"] if memory_mib > 16 else ["low"]
    assert check.count(": every invariant holds\n") == len(zones)
    assert [line.split()[0] for line in picture.splitlines() if ", frames " in line] == zones
    assert none == "0 blocks, 0 frames" and int(first_of(four)) > 0


@pytest.mark.parametrize("design", ["bitmap", "buddy"])
def test_a_picture_shows_each_frame_as_it_is(design, talk):
    """In 4 MiB a character is a frame, so that characters can be counted."""
    lines = ["churn 150 3", "stats", "picture low", "release", "picture low", "quit"]
    (_, stats, full, _, empty, _), done = talk(lines, design, 4)
    assert failure(done) is None
    own = int(re.search(r"the shell holds \d+ blocks, (\d+) frames;", stats)[1])
    used, free, managed = (counts(stats, row)[0] for row in ("used", "free", "managed"))
    head, *rows, legend = full.splitlines()
    assert head.startswith("low memory, frames 0..") and "a character is 1 frame, a row 64" in head
    assert legend.split("  ")[-1] == "(blank) reserved" and max(map(len, full.splitlines())) < 80
    drawn = "".join(row[11:] for row in rows)
    assert (drawn.count("O"), drawn.count("·"), drawn.count("█")) == (own, free, used - own)
    assert own + free + drawn.count("█") == managed and own > 20
    drawn = "".join(row[11:] for row in empty.splitlines()[1:-1])
    assert (drawn.count("O"), drawn.count("·")) == (0, managed - drawn.count("█"))
    assert [int(row[:9]) for row in rows] == list(range(0, 64 * len(rows), 64))


def test_colours_come_where_they_are_asked_for(talk):
    (picture, _), done = talk(["picture", "quit"], options="colour=on")
    assert "\x1b[94m█" in picture and picture.count("\x1b[0m") > 10 and "O" not in picture
    (picture, _), done = talk(["picture", "quit"])
    assert "\x1b" not in done.serial


def test_misuse_is_refused_by_its_name(talk):
    lines = ["alloc 4 8 low"]
    (answer,), done = talk(lines)
    first = int(first_of(answer))
    frees = [first + 1, first, first, 0, 100_000_000, 2**32 - 1]
    lines += [f"free {frame}" for frame in frees]
    answers, done = talk([*lines, "map", "quit"])
    assert answers[1:7] == [
        "refused: inside_block",
        "freed 4 frames",
        "refused: already_free",
        "refused: reserved",
        "refused: outside_arena",
        "refused: outside_arena",
    ]
    directory = re.search(r"directory is frame (\d+),", answers[7])[1]
    (answer, stats, *_), done = talk([f"free {directory}", "stats", "quit"])
    assert answer == f"not tried: block {directory} is the kernel's own"
    assert failure(done) is None and "every invariant holds" in stats


@pytest.mark.parametrize("count", [2**31, 2**32 - 1, 0, 100_000])
def test_a_request_that_nobody_can_serve_is_none(count, talk):
    lines = [f"alloc {count}", f"alloc {count} 2147483648", f"alloc {count} 3", "stats", "quit"]
    answers, done = talk(lines)
    assert failure(done) is None
    assert all(answer.startswith("none: ") for answer in answers[:3])
    assert "the shell holds 0 blocks, 0 frames" in answers[3]


WRONG = [
    ("alloc", "alloc: COUNT is missing; type: alloc COUNT [ALIGNMENT] [low|high]"),
    ("alloc four", "alloc: 'four' is no number of 0 to 4294967295; type: alloc COUNT"),
    ("alloc 4294967296", "alloc: '4294967296' is no number of 0 to 4294967295; type: "),
    ("alloc 99999999999999999999", "alloc: '99999999999999999999' is no number"),
    ("alloc -1", "alloc: '-1' is no number"),
    ("alloc 0x", "alloc: '0x' is no number"),
    ("alloc 0x1g", "alloc: '0x1g' is no number"),
    ("alloc 4é", "alloc: '4??' is no number"),
    ("alloc 1 2 3", "alloc: '3' was not understood; type: alloc"),
    ("alloc 1 up", "alloc: 'up' was not understood; type: alloc"),
    ("alloc 1 high", "alloc: no high memory is managed here; type: alloc"),
    ("picture high", "picture: no high memory is managed here; type: picture [low|high]"),
    ("picture 3", "picture: '3' was not understood"),
    ("free", "free: FRAME is missing; type: free FRAME"),
    ("churn 0", "churn: '0' is no number of 1 to 1000000; type: churn N [SEED]"),
    ("churn 1000001", "churn: '1000001' is no number of 1 to 1000000"),
    ("churn 1 x", "churn: 'x' was not understood"),
    ("map x", "map: 'x' is no number of 0 to 4294967295; type: map, or: map ADDRESS [FRAME]"),
    ("map 0x1000 5", "not mapped: frame 5 is in no block of the shell's"),
    ("map 0", "not mapped: the shell maps pages from 0x00001000 to 0x3fffffff"),
    ("map 0x40000000", "not mapped: the shell maps pages from 0x00001000 to 0x3fffffff"),
    ("unmap 0x1000", "not unmapped: the shell has mapped no page there"),
    ("unmap", "unmap: ADDRESS is missing; type: unmap ADDRESS"),
    ("fault 0 read", "fault: 'read' was not understood; type: fault ADDRESS [write]"),
    ("run nobody", "no sequence of that name; `run` lists what was loaded"),
    ("stats now", "stats: 'now' was not understood; type: stats"),
    ("quit now", "quit: 'now' was not understood; type: quit"),
    ("ALLOC 1", "no command 'ALLOC'; `help` lists them"),
    ("x" * 80, "a line has at most 72 characters; this one was longer, and is dropped"),
]


def test_what_is_wrong_is_one_line_and_changes_nothing(talk):
    answers, done = talk(["stats", *(line for line, _ in WRONG), "stats", "quit"], memory_mib=8)
    assert failure(done) is None
    for (line, words), answer in zip(WRONG, answers[1:]):
        assert answer.startswith(words) and "\n" not in answer, line
    before, after = (re.sub(r"\d+ ticks", "", answers[i]) for i in (0, len(WRONG) + 1))
    assert before == after


def test_frames_are_seen_through_pages(talk):
    took, done = talk(["alloc 2 2 low"])
    first = int(first_of(took[0]))
    lines = [
        "alloc 2 2 low",
        f"map 0x400000 {first + 1}",
        f"map 0x400abc {first}",
        "fault 0x400000 write",
        f"fault {0xC000_0000 + (first + 1) * 4096:#x}",
        f"free {first}",
        "map",
        "unmap 0x400123",
        "fault 0x400000",
        f"free {first}",
        "map 0x3ffff000",
        "release",
        "quit",
    ]
    answers, done = talk(lines)
    assert failure(done) is None
    assert answers[1] == f"page 0x00400000 shows frame {first + 1}"
    assert answers[2] == f"not mapped: that page shows frame {first + 1}; `unmap` it first"
    word = re.match(r"0x00400000 was written: its word stays (0x[0-9a-f]{8})\n", answers[3])[1]
    assert f"its page shows frame {first + 1}, writable" in answers[3]
    assert f" holds {word}\n" in answers[4] and answers[4].endswith(f"{first + 1}, writable")
    assert answers[5] == f"the page at 0x00400000 shows frame {first + 1}; `unmap` it first"
    assert f"page 0x00400000 shows frame {first + 1}, one of the shell's blocks" in answers[6]
    assert answers[7] == "unmapped"
    assert answers[8] == (
        "#PF page fault, read of 0x00400000, which is not mapped, error code 0x00000000\n"
        "there is no page table for 0x00400000 to 0x007fffff"
    )
    assert answers[9] == "freed 2 frames"
    assert re.fullmatch(r"page 0x3ffff000 shows frame \d+", answers[10])
    assert answers[11] == "given back: 0 frames, and 1 page unmapped"


def test_faults_are_told_in_words_and_survived(talk):
    lines = ["fault 0", "fault 0 write", "fault 0xc0102000 write", "fault 0xc0102000"]
    lines += ["fault 0xf8000000", "fault 0x400ffe", "map 0x400000", "fault 0x400ffe", "quit"]
    answers, done = talk(lines)
    assert failure(done) is None
    fault = "#PF page fault, "
    assert answers[0].startswith(fault + "read of 0x00000000, which is not mapped, error code 0x0")
    assert answers[1].startswith(fault + "write to 0x00000000, which is not mapped")
    assert answers[2].startswith(fault + "write to 0xc0102000, which is protected, error code 0x0")
    assert answers[2].endswith("its page shows frame 258, read-only")
    assert answers[3].startswith("0xc0102000 holds 0x") and answers[3].endswith(", read-only")
    assert answers[4].endswith("its page is missing in the table for 0xf8000000 to 0xf83fffff")
    assert answers[5].startswith(fault + "read of 0x00400ffe, which is not mapped")
    assert answers[7].startswith(fault + "read of 0x00401000, which is not mapped")


def test_the_map_names_who_lies_where(talk, tmp_path):
    (tmp_path / "m").write_bytes(b"A\x01\x00\x10\x00\x00\x08\x02\xff")
    (text, _), done = talk(["map", "quit"], memory_mib=64, modules={"m": tmp_path / "m"})
    rows = re.findall(r"^  (\d+)(?:\.\.(\d+))? +(\d+) KiB  (.+)$", text, re.MULTILINE)
    ends = [(int(first), int(last or first)) for first, last, *_ in rows]
    assert all(before[1] < after[0] for before, after in zip(ends, ends[1:])), "in order"
    assert all((last - first + 1) * 4 == int(row[2]) for (first, last), row in zip(ends, rows))
    names = [row[3] for row in rows]
    assert {"the kernel", "sequence m", "what the loader left", "the BIOS's data"} < set(names)
    assert {"low memory, the design's", "the design's table for high memory"} < set(names)
    sizes = [last - first + 1 for first, last in ends]
    low = sum(size for size, name in zip(sizes, names) if name.startswith("low memory"))
    assert f"manages {low} frames of 0..4094" in done.serial
    assert max(map(len, text.splitlines())) <= 80
    (text, _), _ = talk(["map", "quit"], memory_mib=64, options="cpus=2", cpus=2)
    assert re.search(r"^  8 +4 KiB  where other CPUs begin$", text, re.MULTILINE)
    address = 0xC000_0000 + 4096 * ends[names.index("sequence m")][0]
    lines = [f"fault {address:#x}", f"fault {address:#x} write", f"fault {address:#x}", "quit"]
    answers, _ = talk(lines, memory_mib=64, modules={"m": tmp_path / "m"})
    assert answers[0].startswith(f"{address:#x} holds 0x10000141\n"), "its bytes: 41 01 00 10"
    assert answers[1].startswith(f"{address:#x} was written: its word stays 0x10000141\n")
    assert answers[2] == answers[0]


def test_free_frames_are_looked_at_where_they_are_filled(talk):
    (check, *_), done = talk(["check", "churn 500", "check", "quit"], "coremap", options="fill=on")
    assert re.search(r"high memory: every byte of \d+ free frames is as it was filled", check)
    (check, _), _ = talk(["check", "quit"])
    assert "low memory: free frames are not filled; `--fill` would do it" in check


def test_tables_have_an_end_and_say_so(talk):
    pages = [f"map {0x400000 + 4096 * i:#x}" for i in range(65)]
    lines = [*pages, "churn 40000", "churn 1", "alloc 1", "alloc 1", "release", "stats", "quit"]
    (before, *answers), done = talk(["stats", *lines], memory_mib=256)
    assert failure(done) is None
    assert counts(answers[70], "used") == counts(before, "used"), "page tables, too"
    assert answers[63].startswith("page ")
    assert answers[64].startswith("not mapped: the shell has mapped 64 pages, and has no room")
    assert "the shell holds 4096 blocks, and has no room for more; free some" in answers[67:69]
    assert answers[69].startswith("given back: ") and answers[69].endswith(" and 64 pages unmapped")


@pytest.mark.parametrize("design", ["bitmap", "free_list"])
def test_a_sequence_runs_as_on_the_host(design, talk):
    file = verb_boot.find_trace("pgbench")
    lines = ["run", "churn 1000", "run pgbench", "release", "run pgbench", "quit"]
    answers, done = talk(lines, design, 128, modules={"pgbench": file})
    assert failure(done) is None and answers[0] == "  pgbench"
    assert answers[2].startswith("." * 14 + "\n# trace pgbench ops=299910 ")
    assert answers[2].endswith("the oracle found nothing wrong") and answers[2] == answers[4]
    build.build("release", ["assay-ops"])
    host = sequences.replay_on_host("pgbench", file, design)
    assert f"hash=0x{host['hash'].removeprefix('0x')}" in answers[2]


def test_a_wrong_sequence_is_told_and_survived(talk, tmp_path):
    (tmp_path / "bad").write_bytes(b"\x00garbage")
    (tmp_path / "big").write_bytes(b"A\x01\x00\xff\xff\x0f\x00\x00\x08\xff")
    modules = {name: tmp_path / name for name in ("bad", "big")}
    answers, done = talk(["run bad", "run big", "quit"], modules=modules)
    assert failure(done) is None
    assert answers[0] == "not run: byte 0: does not start with the byte 'A'"
    assert "do not fit into" in answers[1]


def test_a_wrong_allocator_is_told_where_it_shows(talk):
    took, _ = talk(["alloc 1 1 low"], "double_free_accepted")
    frame = first_of(took[0])
    lines = ["alloc 1 1 low", f"free {frame}", f"free {frame}", "quit"]
    answers, done = talk(lines, "double_free_accepted")
    assert answers[2].startswith("the design is wrong: it freed ")


@pytest.mark.parametrize("name", PLUGINS)
def test_somebody_elses_allocator_is_asked_for_what_it_promises(name, talk):
    lines = ["alloc 1", "alloc 4", "alloc 1 8", "alloc 4294967295", "free 99999999", "churn 100 3"]
    lines += ["free 3", "picture", "stats", "check", "release", "stats", "alloc 1 high", "quit"]
    answers, done = talk(lines, plugin(name), 32)
    assert failure(done) is None
    first_of(answers[0])
    for answer in answers[1:4]:
        covers = answer.startswith(("block ", "none: "))
        assert covers or answer.startswith("not asked for: its contract does not cover ")
    for answer in (answers[4], answers[6]):
        assert answer.startswith(("not tried: ", "refused; its contract does not say why"))
    assert "? free, or the kernel's" in answers[7]
    assert "used " in answers[8] and counts(answers[11], "used")[0] <= counts(answers[8], "used")[0]
    assert "\nlow memory: its own check, if it has one, finds nothing\n" in answers[8]
    assert "; type: alloc COUNT" in answers[12]


def test_a_panic_at_the_prompt_is_told_with_who_called_whom(talk):
    design = plugin("examples/os161_like")
    _, done = talk(["alloc 4", "alloc 4294967295", "stats"], design)
    assert done.returncode == verdict.PANIC
    words = "panic: the allocator returned with a lock held, taken by spinlock_acquire"
    assert failure(done) == words
    calls = backtrace.symbolize(KERNELS[design], ktap.parse(done.serial).backtrace)
    assert "kernel-shim/shell/shell.cc" in [call["file"] for call in calls]


def test_a_command_that_hangs_is_ended_and_named(talk):
    """A refused double free makes the zoo's circular_list walk in a circle."""
    took, _ = talk(["alloc 1 1 low"], "circular_list")
    frame = first_of(took[0])
    lines = ["alloc 1 1 low", f"free {frame}", f"free {frame}", "churn 100000"]
    _, done = talk(lines, "circular_list", options="hang=5")
    assert done.returncode == verdict.HANG
    assert re.fullmatch("hang: (churn|free): it said nothing within 5 s", failure(done))
    _, done = talk(lines, "circular_list", options="hang=1000", limit_s=5)
    assert done.timed_out and failure(done).startswith("hang: the kernel did not stop within ")


def test_who_thinks_is_not_silent(monkeypatch):
    """A second of silence is a hang, and instructions are the time: it flies while nobody types."""
    receiver, sender = os.pipe()

    def think():
        for _ in range(4):
            os.write(sender, b"stats\n")
            time.sleep(0.5)
        os.close(sender)

    person = threading.Thread(target=think)
    with open(receiver) as commands:
        monkeypatch.setattr(sys, "stdin", commands)
        person.start()
        options = {"memory_mib": 32, "command_line": "shell=on hang=1", "icount": True}
        done, _ = terminal.boot(image.build_image("bitmap"), limit_s=LIMIT_S, **options)
        person.join()
    assert failure(done) is None
    seen = [int(ticks) for ticks in re.findall(r"(\d+) ticks since boot", done.serial)]
    assert max(later - earlier for earlier, later in zip(seen, seen[1:])) > 100


def test_a_shell_that_does_not_come_up_is_told(talk):
    _, done = talk([], options="inject=hang", limit_s=5)
    assert done.timed_out and failure(done).startswith("hang: the kernel did not stop within ")
    _, done = talk([], options="inject=divide")
    assert failure(done).startswith("panic: #DE divide error")
    _, done = talk([], options="low=x")
    assert failure(done) == "panic: bad boot: low= must be a multiple of 4 from 4 to 768 (MiB)"
    _, done = talk([], modules={"no-such-file": "/no-such-file"})
    assert failure(done).startswith("QEMU could not start the machine: ")


def heed_signals():
    """As whoever sits at a terminal starts a command: a job in the background ignores some."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class Person:
    """Somebody at a terminal of 80 columns, who waits for answers."""

    PATIENCE_S = 300

    def __init__(self, *arguments):
        self.master, self.terminal = pty.openpty()
        self.settings = termios.tcgetattr(self.terminal)
        self.seen = b""
        command = [sys.executable, paths.ROOT / "assay", "boot", "bitmap", "--interactive"]
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), self.terminal)
        ends |= {"start_new_session": True, "preexec_fn": heed_signals}
        self.process = subprocess.Popen([*command, *arguments], **ends)

    def type(self, keys: bytes, *, until: bytes = PROMPT.encode()) -> bytes:
        """Returns: what comes, up to the words that are waited for."""
        os.write(self.master, keys)
        start, end = len(self.seen), time.monotonic() + self.PATIENCE_S
        while until not in self.seen[start:]:
            assert time.monotonic() < end, f"{until} is not in {self.seen[start:]}"
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 4096)
        return self.seen[start:].split(until)[0]

    def is_raw(self) -> bool:
        return termios.tcgetattr(self.terminal) != self.settings

    def leave(self) -> int:
        """Returns: the exit code, when all is over; the terminal must be as before."""
        code = self.process.wait(self.PATIENCE_S)
        assert not self.is_raw(), "the terminal is as it was"
        os.close(self.master)
        os.close(self.terminal)
        return code


@pytest.fixture
def person():
    people = []

    def sit_down(*arguments):
        people.append(Person("--trace", "none", "--memory", "32", *arguments))
        people[-1].type(b"")
        assert people[-1].is_raw()
        return people[-1]

    yield sit_down
    for one in people:
        one.process.kill()
        one.process.wait()


UP, DOWN, BACKSPACE = b"\x1b[A", b"\x1b[B", b"\x7f"
CTRL_C, CTRL_D, CTRL_U, CTRL_END = b"\x03", b"\x04", b"\x15", b"\x1d"


def test_keys_edit_the_line(person):
    one = person()
    assert one.type(b"alloc 2 x" + BACKSPACE * 2 + b"\r").splitlines()[-1].startswith(b"block ")
    assert one.type(b"nonsense" + CTRL_U + b"blocks\r").endswith(b"1 block, 2 frames\r\n")
    assert one.type(b"nonsense" + CTRL_C) == b"nonsense^C\r\n"
    assert one.type(UP + b"\r").endswith(b"1 block, 2 frames\r\n")
    assert one.type(UP * 3 + b"\r").splitlines()[-1].startswith(b"block "), "again alloc 2"
    assert one.type(UP * 9 + DOWN + b"\r").endswith(b"2 blocks, 4 frames\r\n"), "the second"
    assert one.type(UP + DOWN + b"blocks\r").endswith(b"2 blocks, 4 frames\r\n"), "an empty one"
    assert one.type(b"blo\x1b[3~\x1bOCcks\r").endswith(b"2 blocks, 4 frames\r\n"), "other keys"
    assert one.type(b"blocks\r\n") == one.type(b"blocks\n"), "a return is one end of a line"
    assert b"\a" in one.type(b"a" * 73 + BACKSPACE * 73 + b"\r")
    assert one.type(b"ab" + CTRL_D + CTRL_U + b"\r").endswith(b"\r\n"), "no end in a line"
    one.type(CTRL_D, until=b"bitmap: the shell was left\r\n")
    assert one.leave() == errors.OK


def test_a_terminal_gets_colours_unless_it_declines_them(person, monkeypatch):
    one = person()
    assert b"\x1b[94m" in one.type(b"picture\r")
    one.type(b"quit\r", until=b"its log: runs/")
    assert one.leave() == errors.OK
    monkeypatch.setenv("NO_COLOR", "1")
    other = person()
    assert b"\x1b" not in other.type(b"picture\r")
    other.type(b"quit\r", until=b"its log: runs/")
    assert other.leave() == errors.OK


@pytest.mark.parametrize("busy", [b"", b"churn 1000000\r"])
def test_ctrl_bracket_ends_the_machine_whatever_it_does(busy, person):
    one = person()
    assert b"Ctrl-] ends the machine, whatever it does" in one.seen
    if busy:
        one.type(busy, until=b".")
    one.type(CTRL_END, until=b"the machine was ended with Ctrl-], not by itself\r\n")
    assert one.leave() == errors.OK


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was_and_no_machine(number, person):
    one = person()
    machines = subprocess.run(
        ["pgrep", "-P", str(one.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(machines) == 1
    one.process.send_signal(number)
    one.type(b"", until=b"assay: interrupted\r\n")
    assert one.leave() == errors.INTERRUPTED
    with pytest.raises(ProcessLookupError):
        os.kill(int(machines[0]), 0)


def ask(commands: str, *arguments) -> subprocess.CompletedProcess:
    """The command with a pipe."""
    command = [sys.executable, paths.ROOT / "assay", "boot", "bitmap", "--interactive", *arguments]
    return subprocess.run(command, input=commands, capture_output=True, text=True)


def test_a_pipe_needs_no_end(tmp_path):
    done = ask("alloc 4\nrun pgbench\nblocks")
    assert done.returncode == errors.OK and "Ctrl-]" not in done.stderr
    assert "\nassay> blocks\n" in done.stdout and "\n1 block, 4 frames\n" in done.stdout
    assert done.stdout.startswith("A kernel on the frames of bitmap: ")
    assert "\n  trace pgbench: 299,910 operations, hash " in done.stdout
    log = paths.ROOT / re.search(r"^its log: (.+)$", done.stdout, re.MULTILINE)[1]
    assert "\nassay> blocks\n" in log.read_text() and "# design bitmap source " in log.read_text()
    assert runs.read_json(log.parent / runs.FINISHED)["exit_code"] == errors.OK
    assert not list(log.parent.glob("boot-*.json")), "it is no result that a report could take"


@pytest.mark.parametrize(
    "options, words",
    [
        (["--json"], "--interactive does not go with --json"),
        (["--gdb"], "--interactive does not go with --gdb"),
        (["--costs"], "--interactive does not go with --costs"),
        (["--calls"], "--interactive does not go with --calls"),
        (["--swarm", "5"], "--interactive does not go with --swarm"),
        (["--disk", "8"], "--interactive does not go with --disk"),
        (["--iso", "x.iso"], "--iso does not go with --interactive"),
        (["--trace", "nobody"], "no trace 'nobody'"),
    ],
)
def test_mixtures_that_make_no_sense_are_one_line(options, words, capsys):
    assert main.main(["boot", "bitmap", "--interactive", *options]) == errors.USAGE
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_another_hash_on_the_host_is_a_failure(monkeypatch, tmp_path, capsys):
    (tmp_path / "input").write_text("run pgbench\n")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    real = sequences.replay_on_host
    lie = lambda *wanted: real(*wanted) | {"hash": "0" * 16}  # noqa: E731
    monkeypatch.setattr(sequences, "replay_on_host", lie)
    with open(tmp_path / "input") as commands:
        monkeypatch.setattr(sys, "stdin", commands)
        assert main.main(["boot", "bitmap", "--interactive"]) == errors.FAILED
    assert "bitmap fails in the kernel: the trace pgbench went differently" in (
        capsys.readouterr().out
    )
