"""Become another program that dies with its parent: `python tether.py PARENT_PID COMMAND...`.

Run as a file, and free of imports from this project, so that it costs 20 ms. The alternative, a `preexec_fn`, runs
Python between fork and exec, which can deadlock in a process that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tied() -> list[str]:
    """Return what to put before a command so that it dies with the calling thread, on Linux."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid())]


def main() -> None:
    """Tie this process to its parent (on Linux; elsewhere there is no such tie), then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be tied to
        sys.exit("tether: the parent is gone")
    os.execv(command[0], command)  # noqa: S606  # the tie, the process id and the open files stay


if __name__ == "__main__":
    main()
