"""What a kernel is given to replay, and how its answer is held against the host's."""

import pytest

from cli.booting import ktap, sequences
from cli.booting.sequences import Swarm
from cli.errors import UsageError

HOST = {"name": "a", "operations": 7, "hash": "ab" * 8}
LOG = "# trace a ops=7 hash=0xabababababababab\n"


@pytest.mark.parametrize("memory_mib, frames", [(2, 128), (16, 1024), (64, 4096), (4096, 4096)])
def test_a_swarm_s_arenas_fit_into_the_machine(memory_mib, frames):
    swarm = Swarm(operations=10, seed=3)
    assert swarm.frames(memory_mib) == frames
    assert swarm.option(memory_mib) == f"swarm=3,10,{frames}"


def test_a_swarm_has_as_many_operations_as_is_usual(monkeypatch):
    monkeypatch.setattr(sequences.plugins, "get", {"my_pmm": object()}.get)
    assert Swarm(seed=3).of("bitmap") == Swarm(1_000_000, 3)
    assert Swarm(seed=3).of("my_pmm") == Swarm(100_000, 3)
    assert Swarm(5).of("my_pmm") == Swarm(5)


def test_two_sequences_of_one_name_are_told(tmp_path):
    files = [tmp_path / folder / "a.opsb" for folder in ("x", "y")]
    with pytest.raises(UsageError, match=r"y/a\.opsb: another sequence is called a as well"):
        sequences.as_modules(files, "bitmap", tmp_path)


@pytest.mark.parametrize(
    "text, words",
    [
        (LOG, None),
        ("", "the kernel says nothing of it"),
        (LOG.replace("ops=7", "ops=8"), "it went differently: in the kernel 8 operations"),
        (LOG.replace("=0xab", "=0xac"), "hash acabababababab"),
        (LOG.replace("trace a", "trace b"), "the kernel says nothing of it"),
    ],
)
def test_what_the_kernel_did_otherwise_is_named(text, words):
    compared = sequences.compare(HOST, ktap.parse(text))
    found = sequences.find_difference("it", compared)
    assert (found is None) == compared["equal"] == (words is None)
    assert words is None or words in found
