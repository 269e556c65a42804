"""Unit to committed row, the whole way: how many messages a second get from units' MQTT/TLS connections into a database, beside
what people put together for that: a consumer of paho and psycopg2, and a Node-RED flow, each behind the same broker without
our plugin and each in two ways: a message at a time, and many at a time.

All take the same messages (SenML JSON, one sample each, QoS 1) of the same simulated units. The time runs from the start of
the units until the last message is committed, TLS handshakes included. What takes a message at a time gets the first quarter
of them, so that a run ends. PostgreSQL has its own defaults of durability. The units share the processors with what is compared; so the CPU a message
of everything else is given too: broker, gateway and registry of ours, broker and consumer of the peers, PostgreSQL of either.
EVROLL_BENCH_MESSAGES=6000 makes a short run."""
import contextlib
import copy
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import psycopg2

from bench.bench_findings import cpu_of
from bench.bench_gateway import without_plugin
from bench.bench_province import cpu_seconds
from harness.bench import ROOT, Figure
from harness.postgres import Postgres, Unavailable
from harness.process import Failed, Service, free_ports, tcp_answers, wait_until
from harness.stack import Stack, build_dir

UNITS = 100
WINDOW = 20
MESSAGES = int(os.environ.get("EVROLL_BENCH_MESSAGES", "60000")) // UNITS * UNITS
FEWER = MESSAGES // 4 // UNITS * UNITS
NODE_RED = ROOT / "build" / "node" / "node-red"
TABLE = """CREATE TABLE telemetry (unit TEXT, at DOUBLE PRECISION, received TIMESTAMPTZ DEFAULT now(), lat DOUBLE PRECISION,
lon DOUBLE PRECISION, speed DOUBLE PRECISION, odo DOUBLE PRECISION, soc DOUBLE PRECISION, batt_v DOUBLE PRECISION,
batt_a DOUBLE PRECISION, charging BOOLEAN, mode TEXT, rpm DOUBLE PRECISION, fuel DOUBLE PRECISION, hours DOUBLE PRECISION,
nox DOUBLE PRECISION, urea DOUBLE PRECISION, mil BOOLEAN, PRIMARY KEY (unit, at))"""


def without_limit(conf):
    """A broker drops what a slow subscriber has not taken behind the first hundred messages; the peers are to get all."""
    lines = [line for line in conf.splitlines() if not line.startswith("max_queued")]
    return "\n".join(lines) + "\nmax_queued_messages 0\n"


def committed_rows(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM telemetry")
        return cursor.fetchone()[0]


class Way:
    """What is measured of one way: messages a second, and where the processors' time goes."""

    def __init__(self, name, run):
        self.name, self.run = name, run
        self.rate = Figure(name, "messages/s")
        self.units = Figure(f"{name}: CPU of the units", "µs/message")
        self.way = Figure(f"{name}: CPU of the way", "µs/message")

    def measure(self):
        for key, value in self.run().items():
            getattr(self, key).add(value)


class Bench:
    def __init__(self, folder, server):
        self.folder, self.server, self.databases = pathlib.Path(folder), server, 0
        self.pki = Stack(self.folder / "pki-of-all")
        self.pki.prepare()
        self.pki.ca("unit", "consumer", *[f"sim-{i + 1:04d}" for i in range(UNITS)])

    @contextlib.contextmanager
    def database(self):
        """A new one, gone afterwards: nothing of the last way is written back or vacuumed while the next is measured."""
        self.databases += 1
        name = f"way_{self.databases}"
        self.server.create(name)
        self.server.sql(name, "CHECKPOINT")
        try:
            yield name
        finally:
            self.server.sql("postgres", f"DROP DATABASE {name}")

    def stack(self, db=None):
        stack = Stack(self.folder / "stack", db=db)
        shutil.copytree(self.pki.pki, stack.pki, dirs_exist_ok=True)
        return stack

    def way_cpu(self, services):
        return cpu_seconds([*(service.pid() for service in services), *self.server.processes()])

    def timed(self, stack, port, committed, services, count=MESSAGES):
        """What a Way has, until `committed` says that `count` messages are there."""
        before, report, began = self.way_cpu(services), self.folder / "report.json", time.monotonic()
        units, _ = cpu_of([
            build_dir() / "bin" / "evroll-unit", "simulate", "--units", UNITS, "--duration", f"{count // UNITS * 10}s",
            "--window", WINDOW, "--format", "senml-json", "--port", port, "--pki", stack.pki, "--report", report, "--quiet"])
        wait_until(lambda: committed() == count, f"{count} messages to be committed", 900, every=0.1)
        seconds, spent = time.monotonic() - began, self.way_cpu(services) - before
        if json.loads(report.read_text())["acknowledged"] != count:
            raise Failed("not every message was acknowledged")
        return {"rate": count / seconds, "units": units * 1e6 / count, "way": spent * 1e6 / count}

    # ---- ours ----

    def ours(self, db):
        shutil.rmtree(self.folder / "stack", ignore_errors=True)
        with self.stack(db) as stack:
            return self.timed(stack, stack.ports["mqtt"],
                              lambda: sum(j["rows"] for j in stack.get_json("/v1/ingest/journals")["journals"]),
                              [stack.services[name] for name in ("broker", "gateway", "registry")])

    def sqlite(self):
        return self.ours(None)

    def postgres(self):
        with self.database() as name:
            return self.ours(self.server.url(name))

    # ---- the peers ----

    def peer(self, consumer_of, count):
        """`consumer_of(stack, name)`: a started consumer of the broker into the database, subscribed."""
        shutil.rmtree(self.folder / "stack", ignore_errors=True)
        stack = self.stack()
        stack.prepare()
        (stack.state / "broker" / "mosquitto.conf").write_text(without_limit(without_plugin(stack.mosquitto_conf())))
        broker, port = stack.services["broker"], stack.ports["broker"]
        with contextlib.ExitStack() as ends:
            name = ends.enter_context(self.database())
            self.server.sql(name, TABLE)
            broker.start()
            ends.callback(broker.stop)
            wait_until(lambda: broker.alive_or_fail() and tcp_answers(port), "the broker")
            consumer = consumer_of(stack, name)
            ends.callback(consumer.stop)
            looker = psycopg2.connect(self.server.url(name))
            ends.callback(looker.close)
            looker.autocommit = True
            return self.timed(stack, port, lambda: committed_rows(looker), [broker, consumer], count)

    def started(self, stack, name, argv, ready, env=None):
        # Node-RED shows its name instead of its command line.
        service = Service(name, argv, stack.state / "run", stack.state / "logs", name, env)
        service.start()
        wait_until(lambda: service.alive_or_fail() and ready in service.log_file.read_text(), f"{name} to subscribe", 60)
        return service

    def paho(self, kind):
        def consumer(stack, name):
            return self.started(stack, "paho", [sys.executable, pathlib.Path(__file__).with_name("way_paho.py"), kind,
                                                stack.ports["broker"], stack.pki, self.server.url(name)], "ready")
        return lambda: self.peer(consumer, FEWER if kind == "each" else MESSAGES)

    def node_red(self, kind):
        def consumer(stack, name):
            return self.started(stack, "node-red", self.node_red_argv(stack), "Connected to broker", {
                "PORT": str(free_ports(1)[0]), "BROKER_PORT": str(stack.ports["broker"]),
                "PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGDATABASE": name, "PGUSER": "evroll",
                "PGPASSWORD": (self.server.home / "password").read_text(), "WAY": kind})
        return lambda: self.peer(consumer, FEWER if kind == "each" else MESSAGES)

    def node_red_argv(self, stack):
        home = stack.state / "node-red"
        home.mkdir()
        ours = pathlib.Path(__file__).with_name("node_red")
        shutil.copy(ours / "settings.js", home)
        (home / "flows.json").write_text((ours / "flows.json").read_text().replace("${PKI}", str(stack.pki)))
        (home / "node_modules").symlink_to(NODE_RED / "node_modules")
        return ["node", NODE_RED / "node_modules" / "node-red" / "red.js", "--userDir", home, "--settings", home / "settings.js"]


def peers(bench):
    found = [Way("paho + psycopg2, a commit a message", bench.paho("each")),
             Way("paho + psycopg2, execute_values of up to 1,000 (acknowledged before they are stored)", bench.paho("batch"))]
    if (NODE_RED / "installed.json").exists():
        found += [Way("Node-RED flow, a query a message (acknowledged before it is stored)", bench.node_red("each")),
                  Way("Node-RED flow, a query for up to 500 messages joined (acknowledged before)", bench.node_red("joined"))]
    else:
        print("way: SKIPPED Node-RED: its npm packages are not installed (./dev bench way does that)", file=sys.stderr)
    return found


def compared(own, peer, figure, budget=None):
    """A row of one's figure beside the peer's."""
    other = copy.copy(getattr(own, figure))
    other.name = f"{other.name}, to {peer.name.split(' (')[0]}"
    return other.row(getattr(peer, figure), budget)


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        try:
            server = Postgres(pathlib.Path(folder) / "postgres")
        except Unavailable as reason:
            raise Failed(f"the peers need it: {reason}") from None
        with server:
            bench = Bench(folder, server)
            ours = [Way("evroll on SQLite", bench.sqlite), Way("evroll on PostgreSQL", bench.postgres)]
            others = peers(bench)
            for i in range(runs):
                for way in (*others, *ours):
                    print(f"way: run {i + 1} of {runs}: {way.name}", file=sys.stderr)
                    way.measure()
    return [*(way.rate.row() for way in (*others, *ours)),
            *(compared(own, peer, "rate", "≥ 5") for peer in others for own in ours),
            *(own.units.row() for own in ours), *(way.way.row() for way in (*others, *ours)),
            *(compared(own, peer, "way") for peer in others for own in ours)]
