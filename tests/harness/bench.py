"""`./dev bench`: each figure beside its peer, measured in turn in one run, as a ratio.

Absolute figures depend on the machine; the ratio of two things measured in turn on it says more. Medians of
RUNS runs; the spread is the smallest and the largest. Results are also written to docs/benchmarks.md.
"""
import argparse
import contextlib
import datetime
import importlib
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

from .process import Failed

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BENCHES = {
    "gateway": "acknowledged messages/s through plugin and journal, beside bare Mosquitto",
    "decode": "samples/s of CPU from payloads to batches, format by format, and bytes a sample on the line",
    "coap": "answered CoAP/DTLS POSTs/s and CPU a request, journaled, beside libcoap's bare server",
    "compliance": "the whole plan as of a day with 1,000 to 10,000,000 vehicles, and the calls of the dashboard",
    "findings": "samples/s a core through rollup and findings, beside a GROUP BY of rows; a look at 100,000 vehicles",
    "ingest": "samples/s into the registry over HTTPS, beside a prepared-statement loop and COPY BINARY",
    "way": "messages/s from units to committed rows, the whole way, beside a paho + psycopg2 consumer and a Node-RED flow",
    "province": "200 gateways and 500,000 vehicles at two registries on one PostgreSQL",
    "growth": "the whole plan, ingest and the registry's memory with registers of several sizes",
    "history": "the rollup over days of units, and the removal of raw data, beside a row a sample",
    "memory": "the memory of every process, idle and with units connected, beside bare Mosquitto",
    "api": "requests/s and p50/p99 of the dashboard's calls over 1,000,000 vehicles, at rest and under ingest load",
}


@contextlib.contextmanager
def folder_on_disk():
    """For what is large: not in memory, where /tmp may lie."""
    with tempfile.TemporaryDirectory(prefix="evroll-bench-", dir=os.environ.get("EVROLL_BENCH_DIR", "/var/tmp")) as folder:
        yield pathlib.Path(folder)


class Figure:
    """Measurements of one thing: values of all runs, in `unit`."""

    def __init__(self, name, unit):
        self.name, self.unit, self.values = name, unit, []

    def add(self, value):
        self.values.append(value)

    @property
    def median(self):
        return statistics.median(self.values)

    def row(self, peer=None, budget=None, digits=0):
        """Markdown cells: name, median, spread, ratio to the peer taken pair by pair, budget. `digits` behind the point."""
        ratio = "–"
        if peer is not None:
            ratio = f"{self.ratio(peer):.2f}"
        low, median, high = (f"{v:,.{digits}f}" for v in (min(self.values), self.median, max(self.values)))
        return (f"| {self.name} | {median} {self.unit} | {low} – {high} | "
                f"{ratio} | {budget or '–'} |")

    def ratio(self, peer):
        return statistics.median(a / b for a, b in zip(self.values, peer.values))


def first_line(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    text = (done.stdout or done.stderr).strip().splitlines()
    return text[0] if text else "?"


def machine():
    model = "?"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return (f"{os.cpu_count()} × {model}, Linux {platform.release().split('-')[0]}, "
            f"{first_line('mosquitto', '-h')}, SQLite {first_line('sqlite3', '--version').split()[0]}, "
            f"{first_line('psql', '--version')}, {first_line('openssl', 'version')}")


def write_section(name, text):
    """Replaces the section of this benchmark in the document, or adds it."""
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    head = "# Benchmarks\n\nWritten by `./dev bench`. Each figure stands beside its peer, measured in turn in one run.\n"
    old = (DOCUMENT.read_text() if DOCUMENT.exists() else "") or head
    section = f"{begin}\n{text.rstrip()}\n{end}\n"
    if begin in old:
        before, rest = old.split(begin, 1)
        old = before + section + rest.split(end + "\n", 1)[1]
    else:
        old = old.rstrip("\n") + "\n\n" + section
    DOCUMENT.write_text(old)


def main(argv=None):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"any of: {', '.join(BENCHES)}; default all")
    parser.add_argument("--list", action="store_true", help="say what is measured")
    parser.add_argument("--runs", type=int, default=5, help="of each side (default 5)")
    parser.add_argument("--no-write", action="store_true", help="do not touch docs/benchmarks.md")
    options = parser.parse_args(argv)
    if options.list:
        for name, what in BENCHES.items():
            print(f"{name:<10} {what}")
        return 0
    unknown = [n for n in options.names if n not in BENCHES]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}; there are: {', '.join(BENCHES)}")
    for name in options.names or BENCHES:
        try:
            lines = importlib.import_module(f"bench.bench_{name}").measure(options.runs)
        except Failed as error:
            print(f"dev bench {name}: {error}", file=sys.stderr)
            return 3
        text = (f"## {name}: {BENCHES[name]}\n\n{datetime.date.today()}, {machine()}; medians of {options.runs} runs of "
                "each, in turn.\n\n| what | median | spread | ratio | budget |\n|---|---|---|---|---|\n" + "\n".join(lines))
        print(text)
        if not options.no_write:
            write_section(name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
