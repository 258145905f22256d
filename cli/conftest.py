"""A tree without C++: scripts stand for targets and shrinker, and keep the real ones' contract."""

import pytest

from cli import paths

# Behaves as the file `behaviour` beside it says, a line per start.
TARGET = """#!/bin/bash
for argument in "$@"; do
  case "$argument" in
    -artifact_prefix=*) prefix="${argument#*=}" ;;
    -stop_file=*) stop="${argument#*=}" ;;
    -max_total_time=*) seconds="${argument#*=}" ;;
  esac
done
echo "$@" >> "$0.starts"
line=$(sed -n "$(wc -l < "$0.starts")p" "$0.behaviour")
[ -n "$line" ] || line=$(tail -1 "$0.behaviour")
statistics() {
  echo '{"executions":100,"operations":900,"outcomes":'\\
    '{"allocated":5,"none":'${1:-2}',"freed":4,"refused":3,"skipped":1},' \\
    '"required":["allocated","none","freed","refused"],"skips":[],' \\
    '"masked":{'$2'}}' > "$ASSAY_STATS"
}
[ -z "$ASSAY_KNOWN" ] || cat "$ASSAY_KNOWN" >> "$0.known"
echo "#100	INITED cov: 42 ft: 7 corp: 3/9b exec/s: 0" >&2
case "$line" in
  clean) statistics; sleep "$seconds"; exit 0 ;;
  quick) statistics; exit 0 ;;
  brief) statistics; sleep 0.2; exit 0 ;;
  masked*) statistics 2 "${line#masked }"; sleep 0.2; exit 0 ;;
  killed) statistics; kill -KILL $$ ;;
  vacuous) statistics 0; exit 0 ;;
  broken) echo "cannot open shared object" >&2; exit 127 ;;
  wait) while [ ! -s "$stop" ]; do sleep 0.1; done; statistics; exit 0 ;;
  hang) sleep 60 ;;
  find*) statistics
    echo "ASSAY-VERDICT ${line#find } C4: op 2 'free a': wrong count" >&2
    echo bytes > "${prefix}crash-abc"
    echo "artifact_prefix='$prefix'; Test unit written to ${prefix}crash-abc" >&2; exit 77 ;;
esac
"""

OPS = """#!/bin/bash
[ -e "$0.broken" ] && [ "$1" = shrink ] && { echo "assay-ops: it died" >&2; exit 1; }
case "$1" in
  shrink) out="$6" ;;
  convert) out="$3" ;;
esac
echo "9 operations -> 2 in 7 trials"
echo "C4: op 2 'free a': wrong"
printf 'assay-ops 1\\nframes 8\\na = alloc 1  # one\\n\\nfree a\\n' > "$out"
"""


SWARM = """#!/bin/bash
echo "$@" >> "$0.starts"
echo '{"executions":10,"operations":90,"seconds":0.2,"outcomes":{"allocated":5},' \\
  '"required":["allocated"],"skips":[],"masked":{},"finding":null}'
sleep 0.2
"""


class Tree:
    """Where the pretended tools and the runs are."""

    def __init__(self, root):
        self.root = root
        self.bin = root / "build" / "fuzz" / "bin"
        self.bin.mkdir(parents=True)
        self.release = root / "build" / "release" / "bin"
        self.release.mkdir(parents=True)
        self.work = root / "work"
        self.work.mkdir()
        self.add_script("assay-ops", OPS)

    def add_script(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def add_target(self, design, *behaviour):
        self.add_script(f"fuzz-{design}", TARGET)
        (self.bin / f"fuzz-{design}.behaviour").write_text("".join(f"{b}\n" for b in behaviour))

    def add_swarm(self):
        """A swarm that finds nothing."""
        (self.release / "assay-swarm").write_text(SWARM)
        (self.release / "assay-swarm").chmod(0o755)

    def starts(self, design):
        return (self.bin / f"fuzz-{design}.starts").read_text().splitlines()

    def corpus(self, design):
        folder = self.root / "runs" / "corpus" / design
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    return Tree(tmp_path)
