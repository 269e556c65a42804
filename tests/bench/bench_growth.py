"""How time and memory grow with the register, on SQLite: the whole plan and ingest with 10³ … 10⁷ vehicles, and what the
registry then holds in memory. EVROLL_BENCH_VEHICLES=1000,100000 measures other sizes."""
import sys
import time

from bench.bench_compliance import SIZES, prepare, whole_plan
from bench.bench_ingest import connect, deliver
from bench.bench_memory import memory
from harness import batches
from harness.bench import Figure, folder_on_disk
from harness.process import wait_until
from harness.stack import Stack

UNITS, SECONDS, ROWS = 1000, 600, 5000


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
        made, files = batches.make(self.folder / f"load-{run}", UNITS, SECONDS, ROWS, "gw-1", run + 1)
        with self.stack as stack:
            stack.services["gateway"].stop()
            stack.services["broker"].stop()
            stack.get_json("/v1/compliance?as_of=2025-09-30", timeout=300)
            connection, began = connect(stack), time.monotonic()
            for file in files:
                deliver(connection, file.read_bytes())
            self.ingest.add(made["samples"] / (time.monotonic() - began))
            wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 300, every=0.5)
            resident, peak = memory(stack.services["registry"].pid())
            self.resident.add(resident)
            self.peak.add(peak)


def measured(folder, runs):
    sized = [Sized(folder, size) for size in SIZES]
    for run in range(runs):
        print(f"growth: run {run + 1} of {runs}", file=sys.stderr, flush=True)
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


def measure(runs):
    with folder_on_disk() as folder:
        return measured(folder, runs)
