"""The memory of every process, idle and with units connected. EVROLL_BENCH_CONNECTED=100 connects another number."""
import contextlib
import os
import pathlib
import subprocess
import sys
import time

from bench.bench_gateway import without_plugin
from harness.bench import Figure, folder_on_disk
from harness.process import Failed, tcp_answers, wait_until
from harness.stack import Stack, build_dir

CONNECTED = int(os.environ.get("EVROLL_BENCH_CONNECTED", "1000"))
MIB = 2**20


def memory(pid):
    """MiB of a process: resident now, and at most so far."""
    lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) * 1024 / MIB for name in ("VmRSS", "VmHWM"))


class Processes:
    """Memory of every process, idle and at most while units send; the broker's beside a bare one's."""
    NAMES = ("registry", "gateway", "broker")
    BUDGETS = {("gateway", "idle"): "≤ 12 MiB", ("gateway", "peak"): "≤ 32 MiB"}

    def __init__(self, folder):
        self.stack = Stack(folder / "stack")
        self.stack.prepare()
        self.stack.ca("unit", *[f"sim-{number + 1:04d}" for number in range(CONNECTED)])
        self.figures = {(name, when): Figure(f"{name}, {what}", "MiB") for name in self.NAMES
                        for when, what in (("idle", "idle"), ("resident", f"resident with {CONNECTED:,} units"),
                                           ("peak", f"peak with {CONNECTED:,} units"))}
        self.bare = Figure(f"bare Mosquitto, peak with {CONNECTED:,} units", "MiB")
        self.unit = Figure(f"evroll-unit, peak, {CONNECTED:,} units", "MiB")

    def send(self, port):
        """Each of them connects and sends ten minutes' samples. MiB that their program held at most."""
        argv = [build_dir() / "bin" / "evroll-unit", "simulate", "--units", CONNECTED, "--duration", "600s", "--window", 2,
                "--port", port, "--pki", self.stack.pki, "--quiet"]
        child = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        held = 0.0
        # Not ru_maxrss: that begins with what this process held when it forked.
        while child.poll() is None:
            with contextlib.suppress(KeyError):  # it has ended since
                held = memory(child.pid)[1]
            time.sleep(0.05)
        if child.returncode != 0:
            raise Failed(f"evroll-unit ended with status {child.returncode}")
        return held

    def ours(self):
        with self.stack as stack:
            pids = {name: stack.services[name].pid() for name in self.NAMES}
            for name, pid in pids.items():
                self.figures[name, "idle"].add(memory(pid)[0])
            self.unit.add(self.send(stack.ports["mqtt"]))
            for name, pid in pids.items():
                resident, peak = memory(pid)
                self.figures[name, "resident"].add(resident)
                self.figures[name, "peak"].add(peak)

    def peer(self):
        (self.stack.state / "broker" / "mosquitto.conf").write_text(without_plugin(self.stack.mosquitto_conf()))
        broker = self.stack.services["broker"]
        broker.start()
        try:
            wait_until(lambda: broker.alive_or_fail() and tcp_answers(self.stack.ports["broker"]), "the broker")
            self.send(self.stack.ports["broker"])
            self.bare.add(memory(broker.pid())[1])
        finally:
            broker.stop()

    def rows(self):
        for name in self.NAMES:
            idle = self.figures[name, "idle"]
            for when in ("idle", "resident", "peak"):
                yield self.figures[name, when].row(None if when == "idle" else idle, self.BUDGETS.get((name, when)), 1)
        yield self.bare.row(digits=1)
        yield self.figures["broker", "peak"].row(self.bare, digits=1).replace("broker,", "broker, to that:", 1)
        yield self.unit.row(digits=1)


def measure(runs):
    with folder_on_disk() as folder:
        processes = Processes(folder)
        for run in range(runs):
            print(f"memory: run {run + 1} of {runs}", file=sys.stderr, flush=True)
            processes.ours()
            processes.peer()
        return list(processes.rows())
