"""The dashboard's calls over a registry of 1,000,000 vehicles, at rest and while gateways deliver what the units of that register
send: one vehicle in ten has one, a sample every 10 s, so 10,000 samples/s in batches of 5,000. Two processes ask each call
again and again for CALL_S seconds, a connection each. The register is that of bench_compliance; SQLite, and PostgreSQL after
evroll-registry copy. Each row has p50, p99, requests/s, and p99 as so many times the p50 of GET /healthz of the same run.
EVROLL_BENCH_VEHICLES=10000 measures a small one."""
import concurrent.futures
import http.client
import math
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import time

from bench.bench_compliance import CALLS, prepare
from bench.bench_ingest import connect, deliver
from bench.large_register import registry
from harness import batches
from harness.bench import folder_on_disk
from harness.postgres import Postgres, Unavailable
from harness.process import Failed, wait_until
from harness.stack import Stack

VEHICLES = int(os.environ.get("EVROLL_BENCH_VEHICLES", "1000000"))
OVERVIEW = "v1/" + CALLS[0]
PATHS = ("healthz", *(f"v1/{call}" for call in CALLS), "v1/vehicles/V00000010", "v1/vehicles/V00000010/history")
CLIENTS, CALL_S = 2, 3.0
LONGEST = 3 * len(PATHS) * CALL_S  # a slow call ends after its time
UNITS, SECONDS, ROWS, INTERVAL_S = 1000, 3600, 5000, 10
LOAD = VEHICLES // 10 // INTERVAL_S  # samples/s
FORK = multiprocessing.get_context("fork")


def say(text):
    print(f"api: {text}", file=sys.stderr, flush=True)


class Load:
    """A process that delivers batches at the rate until it is ended, for LONGEST seconds at most; they are made before."""

    def __init__(self, stack, folder, run):
        self.stack, self.folder = stack, folder
        count = math.ceil(LONGEST * LOAD / (UNITS * SECONDS // INTERVAL_S))
        self.journals = range(run * count + 1, (run + 1) * count + 1)
        self.sent, self.failed = FORK.Value("q", 0), FORK.Value("b", 0)
        self.process = FORK.Process(target=self.run, daemon=True)

    def make(self):
        for journal in self.journals:
            batches.make(self.folder / f"load-{journal}", UNITS, SECONDS, ROWS, "gw-1", journal)

    def run(self):
        try:
            connection, began = connect(self.stack), time.monotonic()
            for journal in self.journals:
                for file in sorted((self.folder / f"load-{journal}").glob("*.batch")):
                    time.sleep(max(0.0, began + self.sent.value / LOAD - time.monotonic()))
                    deliver(connection, file.read_bytes())
                    self.sent.value += ROWS
        except (OSError, http.client.HTTPException, Failed) as error:
            say(f"the load ended: {error}")
            self.failed.value = 1

    def __enter__(self):
        self.make()
        self.process.start()
        # From here on samples are rolled up, too.
        wait_until(lambda: self.sent.value >= 3 * LOAD or not self.process.is_alive(), "the load to flow", 120)
        return self

    def __exit__(self, *_):
        lasted = self.process.is_alive()
        self.process.terminate()
        self.process.join()
        if self.failed.value or not lasted:
            raise Failed("the load did not last as long as the calls")


class Client:
    """The calls at one stack from a process of its own, over a connection that stays open."""

    def __init__(self, port, context, token):
        self.head = {"Authorization": f"Bearer {token}"}
        self.connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=300)

    def ask(self, path):
        began = time.monotonic()
        self.connection.request("GET", f"/{path}", headers=self.head)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failed(f"GET /{path} answered {answer.status}: {text[:200]!r}")
        return (time.monotonic() - began) * 1000

    def ask_again_and_again(self, path):
        took, end = [], time.monotonic() + CALL_S
        while time.monotonic() < end:
            took.append(self.ask(path))
        return took


client = None  # of a process of the pool


def start_client(stack):
    global client
    client = Client(stack.ports["registry"], stack.context(), stack.admin_token())


def ask_for_a_while(path):
    return client.ask_again_and_again(path)


def ask_all(stack, into):
    """Milliseconds of every request by path, and how many seconds all of a path took."""
    with concurrent.futures.ProcessPoolExecutor(CLIENTS, FORK, start_client, (stack,)) as pool:
        for path in PATHS:
            began = time.monotonic()
            took = [one for many in pool.map(ask_for_a_while, [path] * CLIENTS) for one in many]
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


def leave_out_the_walk(database):
    """After an import the findings look at everybody once, which takes minutes and is not what is measured."""
    today = int(time.time() + 8 * 3600) // 86400
    subprocess.run(["sqlite3", database, f"DELETE FROM finding_queue; UPDATE finding_sweep SET phase = 0, day = {today}"], check=True)


def wait_for_rest(stack):
    """Nothing waits, three times in a row."""
    seen = []

    def at_rest():
        lines = stack.request("GET", "/metrics", timeout=300)[2].decode().splitlines()
        waiting = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        seen.append(int(waiting["evroll_findings_waiting"]) + int(waiting["evroll_rollup_hours_waiting"]))
        return seen[-3:] == [0, 0, 0]
    wait_until(at_rest, "the registry to have nothing to do", 900, every=2)


def over(name, folder, database, runs):
    """The table's rows of one database."""
    rest, loaded, sent, began = {}, {}, 0, 0.0
    with Stack(folder, db=database) as stack:
        stack.services["gateway"].stop()
        stack.services["broker"].stop()
        for i in range(runs):
            say(f"{name}, run {i + 1} of {runs}")
            wait_for_rest(stack)
            ask_all(stack, rest)
            with Load(stack, pathlib.Path(tempfile.mkdtemp(dir=folder)), i) as load:
                began, before = time.monotonic(), load.sent.value
                ask_all(stack, loaded)
                sent = (load.sent.value - before) / (time.monotonic() - began)
    return [*rows(f"{name}, at rest", rest), *rows(f"{name}, {sent:,.0f} samples/s coming in", loaded)]


def measure(runs):
    with folder_on_disk() as folder:
        database = prepare(folder / "register", VEHICLES)
        leave_out_the_walk(database)
        table = []
        try:
            with Postgres(folder / "postgres") as server:
                url = server.create("evroll")
                say("copying the register to PostgreSQL")
                registry("copy", "--from", f"sqlite:{database}", "--to", url)
                # What the server would do by itself in the next minutes.
                server.sql("evroll", "VACUUM (ANALYZE)")
                server.sql("evroll", "CHECKPOINT")
                table = over("PostgreSQL", folder / "stack-postgresql", url, runs)
        except Unavailable as reason:
            print(f"api: SKIPPED PostgreSQL: {reason}", file=sys.stderr)
        return [*over("SQLite", folder / "stack-sqlite", f"sqlite:{database}", runs), *table]
