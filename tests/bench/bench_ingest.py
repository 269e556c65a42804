"""Samples a second into the registry over HTTPS with the gateway's certificate, committed, beside a loop of one
prepared INSERT a sample into SQLite and beside COPY BINARY of a row a sample into PostgreSQL: the same samples, the
same durability. "Until rolled up" goes on until nothing waits to be sorted into blocks or rolled up, work that the rows
would still have before them. Disk per sample after the rollup."""
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time

from harness import batches
from harness.bench import Figure
from harness.postgres import Postgres, Unavailable
from harness.process import Failed, wait_until
from harness.stack import GATEWAY, Stack, build_dir

UNITS, SECONDS = 1000, 3600  # an hour of 1,000 units, a sample every 10 s


def connect(stack, gateway=GATEWAY, port=None):
    """A gateway's connection to a registry of the stack."""
    context = ssl.create_default_context(cafile=str(stack.pki / "ca.pem"))
    context.load_cert_chain(stack.pki / "gateways" / f"{gateway}.pem", stack.pki / "gateways" / f"{gateway}.key")
    return http.client.HTTPSConnection("localhost", port or stack.ports["registry"], context=context, timeout=120)


def deliver(connection, body):
    connection.request("POST", "/v1/ingest/batches", body,
                       {"Content-Type": "application/x-protobuf", "Content-Encoding": "zstd"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise Failed(f"the registry answered {answer.status}: {text[:200]!r}")


class Bench:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.sizes = {}
        for rows in (5000, 20000):
            target = self.folder / str(rows)
            self.sizes[rows], _ = batches.make(target, UNITS, SECONDS, rows)
        self.count = self.sizes[5000]["samples"]

    def files(self, rows):
        return sorted((self.folder / str(rows)).glob("*.batch"))

    def rows_into(self, where):
        out = subprocess.run([build_dir() / "bin" / "bench_rows", where, *self.files(5000)], check=True,
                             capture_output=True, text=True).stdout
        result = json.loads(out)
        assert result["samples"] == self.count
        return self.count / result["seconds"]

    def rows(self, run):
        db = self.folder / f"rows-{run}.db"
        speed = self.rows_into(db)
        size = db.stat().st_size / self.count
        db.unlink()
        return speed, size

    def copy(self, run, server):
        name = f"rows_{run}"
        speed = self.rows_into(server.create(name))
        size = int(server.sql(name, "SELECT pg_total_relation_size('sample')")) / self.count
        server.sql("postgres", f"DROP DATABASE {name}")
        return speed, size

    def ingest(self, run, rows, measure_disk, db=None):
        with Stack(self.folder / f"stack-{'sqlite' if db is None else 'postgresql'}-{run}-{rows}", db=db) as stack:
            stack.services["gateway"].stop()
            bodies = [f.read_bytes() for f in self.files(rows)]
            began = time.monotonic()
            self.send(stack, bodies)
            taken = time.monotonic() - began
            totals = stack.get_json("/v1/ingest/journals")["journals"]
            assert sum(j["rows"] for j in totals) == self.count
            wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 300, every=0.1)
            rolled_up = time.monotonic() - began
            size = self.disk(stack) if measure_disk and db is None else None
            return self.count / taken, self.count / rolled_up, size

    def ingest_postgres(self, run, rows, server, measure_disk):
        name = f"registry_{run}_{rows}"
        taken, rolled_up, size = self.ingest(run, rows, measure_disk, server.create(name))
        if measure_disk:
            server.sql(name, "VACUUM FULL")
            size = int(server.sql(name, "SELECT SUM(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
                                        "relnamespace = 'public'::regnamespace")) / self.count
        server.sql("postgres", f"DROP DATABASE {name}")
        return taken, rolled_up, size

    @staticmethod
    def send(stack, bodies):
        connection = connect(stack)
        for body in bodies:
            deliver(connection, body)
        connection.close()

    def disk(self, stack):
        stack.services["registry"].stop()
        file = stack.state / "registry" / "registry.db"
        subprocess.run(["sqlite3", file, "VACUUM"], check=True)
        return file.stat().st_size / self.count


class Registry:
    """The figures of one database; `ingest` delivers the files of one size: taken, rolled up, bytes at rest or None."""

    def __init__(self, prefix=""):
        self.small = Figure(f"{prefix}registry, batches of 5,000", "samples/s")
        self.small_rolled = Figure(f"{prefix}the same until rolled up", "samples/s")
        self.large = Figure(f"{prefix}registry, batches of 20,000 (a backlog)", "samples/s")
        self.large_rolled = Figure(f"{prefix}the same backlog until rolled up", "samples/s")
        self.disk = Figure(f"{prefix}at rest, blocks after the rollup", "bytes/sample")

    def run(self, number, ingest):
        taken, rolled_up, size = ingest(number, 5000, number == 0)
        self.small.add(taken)
        self.small_rolled.add(rolled_up)
        if size is not None:
            self.disk.add(size)
        taken, rolled_up, _ = ingest(number, 20000, False)
        self.large.add(taken)
        self.large_rolled.add(rolled_up)

    def rows(self, peer):
        return [self.small.row(peer, "≥ 3"), self.small_rolled.row(peer), self.large.row(peer, "≥ 6"),
                self.large_rolled.row(peer), self.disk.row(budget="≤ 40")]


def measure_postgres(bench, runs):
    copy, row_disk = Figure("PostgreSQL: COPY BINARY, a row a sample", "samples/s"), Figure("PostgreSQL: at rest, rows",
                                                                                          "bytes/sample")
    registry = Registry("PostgreSQL: ")
    try:
        server = Postgres(bench.folder / "postgres")
    except Unavailable as reason:
        print(f"ingest: SKIPPED PostgreSQL: {reason}", file=sys.stderr)
        return []
    with server:
        for i in range(runs):
            print(f"ingest: PostgreSQL, run {i + 1} of {runs}", file=sys.stderr)
            speed, size = bench.copy(i, server)
            copy.add(speed)
            row_disk.add(size)
            registry.run(i, lambda number, rows, disk: bench.ingest_postgres(number, rows, server, disk))
    return [copy.row(), row_disk.row(), *registry.rows(copy)]


def measure(runs):
    loop, row_disk = Figure("prepared-statement loop, a row a sample", "samples/s"), Figure("at rest, rows", "bytes/sample")
    registry = Registry()
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        bench = Bench(folder)
        for i in range(runs):
            print(f"ingest: run {i + 1} of {runs}", file=sys.stderr)
            speed, size = bench.rows(i)
            loop.add(speed)
            row_disk.add(size)
            registry.run(i, bench.ingest)
        served = measure_postgres(bench, runs)
        line = Figure("on the line, a driving fleet", "bytes/sample")
        line.add(bench.sizes[5000]["bytes"] / bench.count)
    return [loop.row(), row_disk.row(), *registry.rows(loop), *served, line.row()]
