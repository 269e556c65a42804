"""How the rollup and the removal of raw data keep up over days of units, on SQLite, beside a row a sample and a DELETE.
EVROLL_BENCH_HISTORY=50x90x10 makes another number of units, days, and seconds between two samples (5000x90x300 takes the
better part of an hour and 30 GB of /var/tmp or EVROLL_BENCH_DIR)."""
import json
import os
import sys

from bench.bench_findings import SUM_UP, cpu_of
from bench.large_register import registry
from harness import batches
from harness.bench import Figure, folder_on_disk
from harness.process import Failed
from harness.stack import build_dir

UNITS, DAYS, INTERVAL_S = (int(one) for one in os.environ.get("EVROLL_BENCH_HISTORY", "20x90x10").split("x"))
CITY_UNITS = 5000           # what is said on paper
PARTS = 10                  # of the history, one after the other
KEEP_DAYS = 7               # the history is long gone
KEEP_EVENTS_DAYS = 181


class History:
    """Days of units, in parts, and what is made of them."""

    def __init__(self, folder):
        self.folder, title = folder, f"{UNITS:,} units × {DAYS} days, a sample every {INTERVAL_S} s"
        made, self.files = batches.make(folder / "history", UNITS, DAYS * 86400, 20000, "gw-1", 1, INTERVAL_S)
        self.samples = made["samples"]
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
                              "--keep-samples-days", KEEP_DAYS, "--keep-events-days", KEEP_EVENTS_DAYS])
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
            figure.add(self.samples / UNITS * CITY_UNITS / rate / 3600)
        return figure.row(digits=1)


def measured(folder, runs):
    history = History(folder)
    for run in range(runs):
        print(f"history: {history.samples:,} samples, run {run + 1} of {runs}", file=sys.stderr, flush=True)
        history.run(run)
        history.peer(run)
    return [history.first.row(), history.last.row(history.first), history.rows.row(),
            history.last.row(history.rows).replace("rollup of", "the same, to that:", 1), history.drop_first.row(),
            history.drop.row(history.drop_first), history.drop_rows.row(),
            history.drop.row(history.drop_rows).replace("removal of", "the same, to that:", 1), history.on_paper()]


def measure(runs):
    with folder_on_disk() as folder:
        return measured(folder, runs)
