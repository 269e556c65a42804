"""One service as a process: started in its own session, logged to a file, found again by its pid file."""
import collections
import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time


class Failed(Exception):
    """Something that a person must be told in one line."""


def wait_until(condition, what, seconds=30.0, every=0.05):
    """Waits for condition() to be true; raises with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


def takes(kind, port):
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


PORTS_OF_A_WORKER = 2500
_given = collections.deque(maxlen=PORTS_OF_A_WORKER // 2)  # a service listens long before its port's turn comes again


def free_ports(count):
    """Ports nobody listens on now, on loopback, for TCP and UDP. They lie below those the system gives to
    outgoing connections, test workers that run side by side draw from ranges of their own, and what was given
    is not given again soon: nobody takes one between here and the start of the service."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    low = 12000 + PORTS_OF_A_WORKER * (worker % 8)
    ports = []
    for port in random.sample(range(low, low + PORTS_OF_A_WORKER), PORTS_OF_A_WORKER):
        if port not in _given and takes(socket.SOCK_STREAM, port) and takes(socket.SOCK_DGRAM, port):
            ports.append(port)
            if len(ports) == count:
                _given.extend(ports)
                return ports
    raise Failed(f"no {count} free ports between {low} and {low + PORTS_OF_A_WORKER - 1}")


def tcp_answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Service:
    """A program of the stack. `marker` is a path on its command line that tells it from a stranger's
    process when a pid file is stale."""

    def __init__(self, name, argv, run_dir, log_dir, marker, env=None):
        self.name, self.argv, self.marker = name, [str(a) for a in argv], str(marker)
        self.pid_file = pathlib.Path(run_dir) / f"{name}.pid"
        self.log_file = pathlib.Path(log_dir) / f"{name}.log"
        self.env = {**os.environ, **(env or {})}
        self.child = None

    def pid(self):
        """The pid of the running process, or None."""
        if self.child is not None and self.child.poll() is not None:
            self.child = None
        try:
            pid = int(self.pid_file.read_text())
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (OSError, ValueError, IndexError):
            return None
        return pid if self.marker in command and state != "Z" else None

    def start(self):
        if self.pid():
            return
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log_file, "ab") as log:
            self.child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True, env=self.env)
        self.pid_file.write_text(str(self.child.pid))

    def alive_or_fail(self):
        if self.child is not None and self.child.poll() is not None:
            raise Failed(f"{self.name} ended with status {self.child.returncode}: {self.last_line()} "
                         f"(log: {self.log_file})")
        return True

    def last_line(self):
        try:
            lines = self.log_file.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "it wrote no log"

    def send(self, number):
        pid = self.pid()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    def wait_gone(self, pid, seconds):
        if pid is None:
            return
        if self.child is not None and self.child.pid == pid:
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired as error:
                raise Failed(f"{self.name} (pid {pid}) did not end within {seconds} s") from error
            self.child = None
        else:
            wait_until(lambda: self.pid() != pid, f"{self.name} (pid {pid}) to end", seconds)
        self.pid_file.unlink(missing_ok=True)

    def kill(self):
        """SIGKILL, and wait until it is gone."""
        self.wait_gone(self.send(signal.SIGKILL), 10)

    def stop(self, seconds=20):
        """SIGTERM; SIGKILL when that does not help, which is said on stderr."""
        pid = self.send(signal.SIGTERM)
        try:
            self.wait_gone(pid, seconds)
        except Failed:
            print(f"{self.name} did not end on SIGTERM; killing it", file=sys.stderr)
            self.kill()
