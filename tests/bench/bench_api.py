"""The dashboard's calls over a registry of 1,000,000 vehicles, at rest and while gateways deliver what the units of that register
send: one vehicle in ten has one, a sample every 10 s, so 10,000 samples/s in batches of 5,000. Two connections ask each call
again and again, for CALL_S seconds at most. The register is that of bench_compliance; SQLite, and PostgreSQL after
evroll-registry copy. Each row has p50, p99, requests/s, and p99 as so many times the p50 of GET /healthz of the same run.
EVROLL_BENCH_VEHICLES=10000 measures a small one."""
import concurrent.futures
import http.client
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from bench.bench_compliance import CALLS, prepare
from bench.bench_ingest import connect, deliver
from bench.large_register import registry
from harness.postgres import Postgres, Unavailable
from harness.process import Failed
from harness.stack import Stack, build_dir

VEHICLES = int(os.environ.get("EVROLL_BENCH_VEHICLES", "1000000"))
OVERVIEW = "v1/" + CALLS[0]
PATHS = ("healthz", *(f"v1/{call}" for call in CALLS), "v1/vehicles/V00000010", "v1/vehicles/V00000010/history")
CLIENTS, CALL_S, REQUESTS = 2, 3.0, 500
UNITS, SECONDS, ROWS = 1000, 3600, 5000
LOAD = VEHICLES // 10 // 10  # samples/s


def say(text):
    print(f"api: {text}", file=sys.stderr, flush=True)


class Load:
    """Delivers batches at the rate until stopped, one journal after the other."""

    def __init__(self, stack, folder):
        self.stack, self.folder, self.journals, self.sent = stack, folder, 0, 0
        self.ended, self.failed = threading.Event(), None
        self.thread = threading.Thread(target=self.run)

    def batches(self):
        while True:
            self.journals += 1
            target = self.folder / f"load-{self.journals}"
            target.mkdir()
            subprocess.run([str(a) for a in [build_dir() / "bin" / "bench_batches", UNITS, SECONDS, ROWS, target, "gw-1",
                                             self.journals]], check=True, stdout=subprocess.DEVNULL)
            yield from sorted(target.glob("*.batch"))

    def run(self):
        try:
            connection, began = connect(self.stack), time.monotonic()
            for file in self.batches():
                if self.ended.wait(max(0.0, began + self.sent / LOAD - time.monotonic())):
                    return
                deliver(connection, file.read_bytes())
                self.sent += ROWS
        except (OSError, http.client.HTTPException, Failed) as error:
            self.failed = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        if self.failed:
            raise Failed(f"the load ended: {self.failed}")


class Asker:
    """The calls at one stack, over connections that stay open."""

    def __init__(self, stack):
        self.head = {"Authorization": f"Bearer {stack.admin_token()}"}
        self.connections = [http.client.HTTPSConnection("localhost", stack.ports["registry"], context=stack.context(),
                                                        timeout=300) for _ in range(CLIENTS)]

    def ask(self, connection, path):
        began = time.monotonic()
        connection.request("GET", f"/{path}", headers=self.head)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failed(f"GET /{path} answered {answer.status}: {text[:200]!r}")
        return (time.monotonic() - began) * 1000

    def ask_again_and_again(self, connection, path):
        took, end = [], time.monotonic() + CALL_S
        while len(took) < REQUESTS and time.monotonic() < end:
            took.append(self.ask(connection, path))
        return took

    def measure(self, into):
        """Milliseconds of every request by path, and how many seconds all of a path took."""
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for path in PATHS:
                began = time.monotonic()
                took = [one for many in pool.map(lambda c, p=path: self.ask_again_and_again(c, p), self.connections) for one in many]
                calls, seconds = into.setdefault(path, ([], []))
                calls.extend(took)
                seconds.append(time.monotonic() - began)


def rows(title, measured):
    healthz = statistics.median(measured["healthz"][0])
    for path, (calls, seconds) in measured.items():
        calls = sorted(calls)
        p99 = calls[len(calls) * 99 // 100]
        yield (f"| {title}: GET /{path} | p50 {statistics.median(calls):,.1f} ms | p99 {p99:,.1f} ms, "
               f"{len(calls) / sum(seconds):,.0f}/s | {p99 / healthz:,.1f} | {'≤ 20' if path == OVERVIEW else '–'} |")


def over(name, folder, database, runs):
    """The table's rows of one database."""
    rest, loaded, sent, began = {}, {}, 0, 0.0
    with Stack(folder, db=database) as stack:
        stack.services["gateway"].stop()
        stack.services["broker"].stop()
        for i in range(runs):
            say(f"{name}, run {i + 1} of {runs}")
            Asker(stack).measure(rest)
            with Load(stack, pathlib.Path(tempfile.mkdtemp(dir=folder))) as load:
                began = time.monotonic()
                Asker(stack).measure(loaded)
                sent = load.sent / (time.monotonic() - began)
    return [*rows(f"{name}, at rest", rest), *rows(f"{name}, {sent:,.0f} samples/s coming in", loaded)]


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-", dir=os.environ.get("EVROLL_BENCH_DIR", "/var/tmp")) as folder:
        folder = pathlib.Path(folder)
        database = prepare(folder / "register", VEHICLES)
        table = []
        try:
            with Postgres(folder / "postgres") as server:
                url = server.create("evroll")
                say("copying the register to PostgreSQL")
                registry("copy", "--from", f"sqlite:{database}", "--to", url)
                server.sql("evroll", "ANALYZE")
                table = over("PostgreSQL", folder / "stack-postgresql", url, runs)
        except Unavailable as reason:
            print(f"api: SKIPPED PostgreSQL: {reason}", file=sys.stderr)
        return [*over("SQLite", folder / "stack-sqlite", f"sqlite:{database}", runs), *table]
