"""A boot under gdb: QEMU waits for it, gdb is in the foreground, and neither outlives the other."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from cli import progress, programs
from cli.booting import qemu
from cli.errors import FailedError, MissingError

CONSOLE, SOCKET, COMMANDS = "console.log", "gdb.socket", "commands.gdb"
WAITS_FOR_GDB = [
    *("-S", "-serial", f"file:{CONSOLE}"),
    *("-chardev", f"socket,path={SOCKET},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"),
]
DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"]  # even if we are killed
ENDED_BY_GDB = "Terminated via GDBstub"

# A machine that gdb lets go of would run on; so gdb ends it.
BEGINNING = """set confirm off
set print pretty on
python
def end_machine():
    try:
        gdb.execute("kill")
    except gdb.error:  # it ended already, or just now
        pass
end
define hook-quit
  python end_machine()
end
define hook-detach
  python end_machine()
end
target remote {socket}
# Others than hardware's need the map of memory that the kernel makes for itself.
hbreak kmain
continue
break assay::kernel::begin_panic
"""
START_S = 60  # QEMU makes its socket in a moment
GRACE_S = 3  # for a machine that gdb is done with: it has ended, and is gone in a moment


def boot(
    kernel: Path,
    *,
    memory_mib: int,
    modules: dict[str, Path] | None = None,
    command_line: str = "",
    cpus: int = 1,
    disk: qemu.Disk | None = None,
    gdb_arguments: list[str] = (),
) -> qemu.Boot | None:
    """Boots under gdb, which stops at kmain and is the user's then; `gdb_arguments` come last.

    Returns None if the machine did not end itself, but was ended with gdb.
    """
    if not shutil.which("gdb"):
        raise MissingError("gdb: no such program; to install it: apt-get install gdb")
    if not shutil.which(qemu.PROGRAM):
        raise programs.missing(qemu.PROGRAM)
    options = {"memory_mib": memory_mib, "modules": modules, "command_line": command_line}
    options |= {"disk": disk, "cpus": cpus}
    with qemu.machine(kernel, **options) as (command, folder):
        started = time.monotonic()
        machine = _start([*DIE_WITH_US, *command, *WAITS_FOR_GDB], folder)
        try:
            _wait_for_socket(machine, folder / SOCKET)
            let_go = _run_gdb(kernel, folder, gdb_arguments)
            machine.wait(timeout=GRACE_S if let_go else 0)
        except subprocess.TimeoutExpired:
            return None
        finally:
            machine.kill()
            _, said = machine.communicate()
        if ENDED_BY_GDB in said:
            return None
        serial = (folder / CONSOLE).read_text(errors="replace")
        return qemu.Boot(machine.returncode, serial, said, False, time.monotonic() - started)


def _start(command: list[str], folder: Path) -> subprocess.Popen:
    """In a session of its own: a Ctrl-C on the terminal is gdb's."""
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise programs.missing(command[0]) from None


def _wait_for_socket(machine: subprocess.Popen, socket: Path) -> None:
    end = time.monotonic() + START_S
    while not socket.exists():
        if machine.poll() is not None or time.monotonic() > end:
            machine.kill()
            said = machine.communicate()[1].strip().splitlines()
            raise FailedError(f"QEMU does not wait for gdb: {said[-1] if said else 'it is silent'}")
        time.sleep(0.02)


def _run_gdb(kernel: Path, folder: Path, arguments: list[str]) -> bool:
    """Returns: whether it ended by itself, and thus closed its connection as it should."""
    console = folder / CONSOLE
    progress.say(
        f"gdb stops at kmain; `continue` goes on to the end, or to a panic. The console: {console}"
    )
    (folder / COMMANDS).write_text(BEGINNING.format(socket=folder / SOCKET))
    gdb = subprocess.Popen(["gdb", "-q", "-x", folder / COMMANDS, *arguments, kernel])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return gdb.wait() >= 0
    finally:
        gdb.kill()
        gdb.wait()
        signal.signal(signal.SIGINT, before)
