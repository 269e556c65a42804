"""Payloads → samples → batches in one thread, as the gateway does it: samples a second of CPU for each format, and
what a sample costs on the line. The payloads come from the simulated fleet through the unit's own encoders."""
import json
import subprocess
import sys
import tempfile

from harness.bench import Figure
from harness.process import Failed
from harness.stack import build_dir

# Case of the program → what it is, the budget of decode and batch together.
FORMATS = {
    "senml-json-1": ("SenML JSON, 1 sample a pack", None),
    "senml-json-8": ("SenML JSON, 8 samples a pack", None),
    "senml-cbor-1": ("SenML CBOR, 1 sample a pack", "≥ 500,000"),
    "senml-cbor-8": ("SenML CBOR, 8 samples a pack", "≥ 500,000"),
    "gbt32960-2016": ("GB/T 32960.3-2016, a report a payload", "≥ 500,000"),
    "gbt32960-2025": ("GB/T 32960.3-2025, a report a payload", "≥ 500,000"),
    "gb17691-1": ("GB 17691, frames of 1 body", None),
    "gb17691-10": ("GB 17691, frames of 10 bodies", None),
    "gb17691-10-told": ("GB 17691, frames of 10 bodies, the layout configured", None),
}
LINES = {
    "steady": ("on the line, steady vehicles, 1,000 units × 30 s", "≤ 12"),
    "steady-backlog": ("on the line, steady vehicles, a backlog in batches of 20,000", None),
}


def run(case):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        done = subprocess.run([build_dir() / "bin" / "bench_decode", case, folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"bench_decode {case}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Rows:
    """The figures of one format: decoding alone, and with batches."""

    def __init__(self, what, budget):
        self.decode = Figure(f"{what}: decode", "samples/s")
        self.batch = Figure(f"{what}: decode and batch", "samples/s")
        self.budget = budget

    def add(self, counts):
        self.decode.add(counts["samples"] / counts["decode_s"])
        self.batch.add(counts["samples"] / counts["batch_s"])

    def rows(self):
        return [self.decode.row(), self.batch.row(self.decode, self.budget)]


def line_bytes(case, what, budget):
    """The same in every run: no clock is in it."""
    figure = Figure(what, "bytes/sample")
    counts = run(case)
    figure.add(counts["line_bytes"] / counts["samples"])
    return figure.row(budget=budget, digits=1)


def measure(runs):
    formats = {case: Rows(*words) for case, words in FORMATS.items()}
    for i in range(runs):
        print(f"decode: run {i + 1} of {runs}", file=sys.stderr)
        for case, rows in formats.items():
            rows.add(run(case))
    return ([row for rows in formats.values() for row in rows.rows()]
            + [line_bytes(case, *words) for case, words in LINES.items()])
