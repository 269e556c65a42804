"""How time and memory grow with what there is, on SQLite: the whole plan and ingest with registers of 10³ … 10⁷ vehicles,
and what the registry then holds in memory; the rollup and the removal of raw data over 90 days of units that send every
10 s; the memory of every process with units connected. EVROLL_BENCH_VEHICLES=1000,100000 measures other sizes,
EVROLL_BENCH_HISTORY=50x90x10 another number of units, days, and seconds between two samples (5000x90x60 takes an hour and
30 GB of /var/tmp or EVROLL_BENCH_DIR), EVROLL_BENCH_CONNECTED another number of units that are connected."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from bench.bench_compliance import SIZES, prepare, whole_plan
from bench.bench_findings import SUM_UP, cpu_of
from bench.bench_gateway import without_plugin
from bench.bench_ingest import connect, deliver
from bench.large_register import registry
from harness.bench import Figure
from harness.process import Failed, tcp_answers, wait_until
from harness.stack import Stack, build_dir

HISTORY_UNITS, DAYS, INTERVAL_S = (int(one) for one in os.environ.get("EVROLL_BENCH_HISTORY", "20x90x10").split("x"))
CONNECTED = int(os.environ.get("EVROLL_BENCH_CONNECTED", "1000"))
CITY_UNITS = 5000           # what is said on paper
PARTS = 10                  # of the history, one after the other
INGEST_UNITS, INGEST_S, INGEST_ROWS = 1000, 600, 5000
KEEP_DAYS = 7               # the history is long gone
MIB = 2**20


def say(text):
    print(f"growth: {text}", file=sys.stderr, flush=True)


def batches(target, units, seconds, rows, *journal):
    """The files, and how many samples there are in them."""
    target.mkdir(parents=True)
    made = subprocess.run([str(a) for a in [build_dir() / "bin" / "bench_batches", units, seconds, rows, target, *journal]],
                          check=True, capture_output=True, text=True).stdout
    return sorted(target.glob("*.batch")), json.loads(made)["samples"]


def memory(pid):
    """MiB of a process: resident now, and at most so far."""
    lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) * 1024 / MIB for name in ("VmRSS", "VmHWM"))


# ---- vehicles --------------------------------------------------------------------------------------------

class Sized:
    """A register of a size: its database, and a registry on it."""

    def __init__(self, folder, vehicles):
        self.folder, self.vehicles = folder / str(vehicles), vehicles
        self.database = prepare(self.folder, vehicles)
        self.stack = Stack(self.folder / "stack", db=f"sqlite:{self.database}")
        self.plan = Figure(f"whole plan, {vehicles:,} vehicles", "ms")
        self.ingest = Figure(f"ingest, {vehicles:,} vehicles", "samples/s")
        self.resident = Figure(f"registry behind that, resident, {vehicles:,} vehicles", "MiB")
        self.peak = Figure(f"registry behind that, peak, {vehicles:,} vehicles", "MiB")

    def deliver(self, run):
        """Each run has a journal of its own; the rollup works beside it, as it does in service."""
        files, samples = batches(self.folder / f"load-{run}", INGEST_UNITS, INGEST_S, INGEST_ROWS, "gw-1", run + 1)
        with self.stack as stack:
            stack.services["gateway"].stop()
            stack.services["broker"].stop()
            stack.get_json("/v1/compliance?as_of=2025-09-30", timeout=300)
            connection, began = connect(stack), time.monotonic()
            for file in files:
                deliver(connection, file.read_bytes())
            self.ingest.add(samples / (time.monotonic() - began))
            wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 300, every=0.5)
            resident, peak = memory(stack.services["registry"].pid())
            self.resident.add(resident)
            self.peak.add(peak)


def vehicles(folder, runs):
    sized = [Sized(folder, size) for size in SIZES]
    for run in range(runs):
        say(f"registers, run {run + 1} of {runs}")
        for one in sized:
            one.plan.add(whole_plan(one.database))
        for one in sized:
            one.deliver(run)
    rows = []
    for name, budget, digits in (("plan", "≤ 2 of the first", 1), ("ingest", None, 0), ("resident", None, 1), ("peak", None, 1)):
        for number, one in enumerate(sized):
            figure, first = getattr(one, name), getattr(sized[0], name)
            rows.append(figure.row(first if number else None, budget if number == len(sized) - 1 else None, digits))
    return rows


# ---- days ------------------------------------------------------------------------------------------------

class History:
    """Days of units, in parts, and what is made of them."""

    def __init__(self, folder):
        self.folder, title = folder, f"{HISTORY_UNITS:,} units × {DAYS} days, a sample every {INTERVAL_S} s"
        self.files, self.samples = batches(folder / "history", HISTORY_UNITS, DAYS * 86400, 20000, "gw-1", 1, INTERVAL_S)
        self.first = Figure(f"{title}: rollup of the first {PARTS}th of the samples", "samples/s")
        self.last = Figure(f"{title}: rollup of the last {PARTS}th", "samples/s")
        self.rows = Figure("SQLite, GROUP BY unit and hour over a row a sample of the last", "samples/s")
        self.drop_first = Figure(f"retention: removal of the first {PARTS}th, nothing behind it", "samples/s")
        self.drop = Figure("retention: removal of all of it", "samples/s")
        self.drop_rows = Figure("SQLite, DELETE of a row a sample", "samples/s")

    def part(self, number):
        return self.files[number * len(self.files) // PARTS:(number + 1) * len(self.files) // PARTS]

    def rate(self, files, seconds):
        return self.samples * len(files) / len(self.files) / seconds

    def roll_up(self, database, number):
        files = self.part(number)
        return self.rate(files, json.loads(cpu_of([build_dir() / "bin" / "bench_look", f"sqlite:{database}", *files])[1])["rollup"])

    def remove(self, database, files):
        spent, said = cpu_of([build_dir() / "bin" / "evroll-registry", "retention", "run", "--db", f"sqlite:{database}",
                              "--keep-samples-days", KEEP_DAYS, "--keep-events-days", KEEP_DAYS])
        if "samples" not in said or "removed so far: 0 rows" in said.splitlines()[0]:
            raise Failed(f"retention removed nothing: {said}")
        return self.rate(files, spent)

    def run(self, number):
        database, beginning = self.folder / f"{number}.db", self.folder / f"{number}-beginning.db"
        registry("migrate", "--db", f"sqlite:{database}")
        for part in range(PARTS):
            rate = self.roll_up(database, part)
            if part == 0:
                self.first.add(rate)
                cpu_of(["sqlite3", database, f"VACUUM INTO '{beginning}'"])
            if part == PARTS - 1:
                self.last.add(rate)
        self.drop_first.add(self.remove(beginning, self.part(0)))
        self.drop.add(self.remove(database, self.files))
        database.unlink()
        beginning.unlink()

    def peer(self, number):
        rows, files = self.folder / f"{number}-rows.db", self.part(PARTS - 1)
        cpu_of([build_dir() / "bin" / "bench_rows", rows, *files])
        self.rows.add(self.rate(files, cpu_of(["sqlite3", rows], input=SUM_UP)[0]))
        self.drop_rows.add(self.rate(files, cpu_of(["sqlite3", rows], input="DELETE FROM sample WHERE at > 0;")[0]))
        rows.unlink()

    def on_paper(self):
        """Hours of a core for a city, and how many days of it a core does in one."""
        figure = Figure(f"on paper: a core's rollup of {DAYS} days of {CITY_UNITS:,} units", "hours")
        for rate in self.last.values:
            figure.add(self.samples / HISTORY_UNITS * CITY_UNITS / rate / 3600)
        return figure.row(digits=1)


def days(folder, runs):
    history = History(folder)
    for run in range(runs):
        say(f"{history.samples:,} samples, run {run + 1} of {runs}")
        history.run(run)
        history.peer(run)
    return [history.first.row(), history.last.row(history.first), history.rows.row(),
            history.last.row(history.rows).replace("rollup of", "the same, to that:", 1), history.drop_first.row(),
            history.drop.row(history.drop_first), history.drop_rows.row(),
            history.drop.row(history.drop_rows).replace("removal of", "the same, to that:", 1), history.on_paper()]


# ---- memory ----------------------------------------------------------------------------------------------

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
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise Failed(f"evroll-unit ended with status {child.returncode}")
        return used.ru_maxrss * 1024 / MIB

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


def processes(folder, runs):
    measured = Processes(folder)
    for run in range(runs):
        say(f"memory, run {run + 1} of {runs}")
        measured.ours()
        measured.peer()
    return list(measured.rows())


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-", dir=os.environ.get("EVROLL_BENCH_DIR", "/var/tmp")) as folder:
        rows = []
        for part in (vehicles, days, processes):
            place = pathlib.Path(folder) / part.__name__
            place.mkdir()
            rows += part(place, runs)
        return rows
