"""How time and memory grow with what there is, on SQLite: the whole plan and ingest with registers of 10³ … 10⁷ vehicles,
and what the registry then holds in memory; the rollup and the removal of raw data over 90 days of units that send every
10 s; the memory of every process with units connected. EVROLL_BENCH_VEHICLES=1000,100000 measures other sizes,
EVROLL_BENCH_HISTORY=50x90x10 another number of units, days, and seconds between two samples (5000x90x60 takes an hour and
30 GB of /var/tmp or EVROLL_BENCH_DIR), EVROLL_BENCH_CONNECTED another number of units that are connected."""
import os
import pathlib
import tempfile

from bench import growth_days, growth_memory, growth_registers


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-", dir=os.environ.get("EVROLL_BENCH_DIR", "/var/tmp")) as folder:
        rows = []
        for part in (growth_registers, growth_days, growth_memory):
            place = pathlib.Path(folder) / part.__name__.removeprefix("bench.")
            place.mkdir()
            rows += part.measure(place, runs)
        return rows
