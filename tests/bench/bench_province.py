"""A province: 200 gateways of 2,500 units each, 500,000 vehicles, a sample every 10 s from each; two registries on one PostgreSQL.

What is simulated: the units' readings (evroll-unit's fleet) and the batches that their gateways would make of them, with the
usual half a minute of waiting, 7,500 samples each; they are made beforehand. Units, brokers and gateways do not run: two
cores would be theirs alone. What is real: each gateway's certificate and its TLS connection, kept open; both registries, each
given every second gateway's batches; PostgreSQL with its own defaults of durability; the rollup of every hour of every unit.
Time is compressed: batches follow as fast as they are taken, SENDERS at a time, always the next half minute of all gateways
before the one after. Measured is first the delivery, with the rollup at work beside it as it always is in a province, and then
how long the rollup takes alone for what it has left. EVROLL_BENCH_GATEWAYS=8 EVROLL_BENCH_SECONDS=60 makes a small run."""
import concurrent.futures
import contextlib
import os
import pathlib
import sys
import threading
import time

from bench.bench_ingest import connect, deliver
from bench.bench_memory import memory
from harness import batches
from harness.bench import Figure, folder_on_disk
from harness.postgres import Postgres, Unavailable
from harness.process import Failed, Service, free_ports, wait_until
from harness.stack import Stack

GATEWAYS = int(os.environ.get("EVROLL_BENCH_GATEWAYS", "200"))
SECONDS = int(os.environ.get("EVROLL_BENCH_SECONDS", "180"))  # of the province's time
UNITS = 2500  # of a gateway
INTERVAL_S, LINGER_S = 10, 30
ROWS = UNITS * LINGER_S // INTERVAL_S  # of a batch
PROVINCE, COUNTRY = 500_000, 40_000_000  # vehicles
SENDERS = 8
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """Of processes and of their children that ended. One that ends meanwhile is among its parent's."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(int(f) for f in fields[11:15])
    return ticks / TICKS


class Gateway:
    """One connection, and the batches of one journal in their order."""

    def __init__(self, number, folder):
        self.name, self.folder = f"gw-{number + 1:03d}", folder / f"{number:03d}"
        self.number, self.connection = number, None

    def make(self):
        return batches.make(self.folder, UNITS, SECONDS, ROWS, self.name, self.number + 1)[0]

    def connect(self, stack, port):
        self.connection = connect(stack, self.name, port)

    def send(self, round_):
        deliver(self.connection, (self.folder / f"{round_:06d}.batch").read_bytes())


class Province:
    def __init__(self, folder):
        self.folder = folder
        self.gateways = [Gateway(i, folder) for i in range(GATEWAYS)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(Gateway.make, self.gateways))
        self.samples, self.bytes = sum(m["samples"] for m in made), sum(m["bytes"] for m in made)
        self.rounds = made[0]["batches"]

    def second(self, stack):
        port = free_ports(1)[0]
        config = stack.state / "registry" / "second.yaml"
        config.write_text((stack.state / "registry" / "registry.yaml").read_text()
                          .replace(f"port: {stack.ports['registry']}", f"port: {port}"))
        service = Service("registry-2", [stack.bin / "evroll-registry", "serve", "--config", config], stack.state / "run",
                          stack.state / "logs", stack.state)
        service.start()
        log = stack.state / "logs" / "registry-2.log"
        wait_until(lambda: service.alive_or_fail() and "ready on" in log.read_text(), "the second registry", 60)
        return service, port

    def send_all(self):
        """Seconds that each batch took."""
        took, lock = [], threading.Lock()

        def send(gateway, round_):
            began = time.monotonic()
            gateway.send(round_)
            with lock:
                took.append(time.monotonic() - began)

        with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
            for round_ in range(self.rounds):
                list(pool.map(lambda g, r=round_: send(g, r), self.gateways))
        return took

    def run(self, number):
        """What one run on a fresh server measures, by name."""
        server = Postgres(self.folder / f"postgres-{number}")
        with server:
            server.create("evroll")
            with Stack(self.folder / f"stack-{number}", db=server.url()) as stack:
                stack.services["gateway"].stop()
                stack.services["broker"].stop()
                stack.ca("gateway", *[g.name for g in self.gateways])
                second, port = self.second(stack)
                try:
                    return self.measured(server, stack, second, port)
                finally:
                    second.stop()

    def measured(self, server, stack, second, port):
        for gateway in self.gateways:
            gateway.connect(stack, port if gateway.number % 2 else stack.ports["registry"])
        registries = [stack.services["registry"].pid(), second.pid()]
        began, before = time.monotonic(), (cpu_seconds(registries), cpu_seconds(server.processes()))
        took = sorted(self.send_all())
        door = time.monotonic() - began
        taking = cpu_seconds(registries) - before[0] + cpu_seconds(server.processes()) - before[1]
        wait_until(lambda: server.sql("evroll", "SELECT COUNT(*) FROM arrival") == "0", "the sorting", 3600, every=1)
        behind, waiting = time.monotonic(), max(1, stack.get_json("/v1/balance")["hours_waiting"])
        wait_until(lambda: stack.get_json("/v1/balance")["hours_waiting"] == 0, "the rollup", 3600, every=5)
        rollup, whole = time.monotonic() - behind, time.monotonic() - began
        registry, postgres = cpu_seconds(registries) - before[0], cpu_seconds(server.processes()) - before[1]
        balance = stack.get_json("/v1/balance")
        if balance["rows_received"] != self.samples or balance["rows_rolled"] != self.samples:
            raise Failed(f"{self.samples} samples were sent; the balance is {balance}")
        core = self.samples / (registry + postgres)
        return {"door": self.samples / door, "times": self.samples / door / PROVINCE * INTERVAL_S, "core": core,
                "whole": self.samples / whole, "taking": taking * 1e6 / self.samples,
                "registry": registry * 1e6 / self.samples, "postgres": postgres * 1e6 / self.samples,
                "p50": took[len(took) // 2] * 1000, "p99": took[len(took) * 99 // 100] * 1000,
                "hours": waiting / rollup, "lag": PROVINCE * rollup / waiting / 60, "line": self.bytes / self.samples,
                "memory": max(memory(pid)[0] for pid in registries),
                "province": PROVINCE / INTERVAL_S / core, "country": COUNTRY / INTERVAL_S / core}


# Key, name, unit, digits behind the point.
FIGURES = (
    ("door", "taken by two registries, the rollup running beside", "samples/s", 0),
    ("times", "of what 500,000 vehicles send (a sample every 10 s)", "times", 2),
    ("whole", "taken and rolled up, all of it", "samples/s", 0),
    ("core", "the same, a core (CPU of registries and PostgreSQL)", "samples/s", 0),
    ("taking", "CPU of both until the last batch was taken", "µs/sample", 2),
    ("registry", "CPU of the registries until all was rolled up", "µs/sample", 2),
    ("postgres", "CPU of PostgreSQL until all was rolled up", "µs/sample", 2),
    ("p50", f"a batch of {ROWS:,} samples is committed within, p50 of {SENDERS} at a time", "ms", 0),
    ("p99", "the same, p99", "ms", 0),
    ("hours", "rolled up behind it, nothing else going on", "hours of a unit/s", 0),
    ("lag", "on paper: figures of 500,000 vehicles are behind by", "minutes", 1),
    ("line", "on the line", "bytes/sample", 1),
    ("memory", f"a registry, {(GATEWAYS + 1) // 2} gateways connected", "MiB", 0),
    ("province", "on paper: cores for 500,000 vehicles", "cores", 1),
    ("country", "on paper: cores for 40,000,000 vehicles", "cores", 0),
)


def measure(runs):
    figures = {key: Figure(name, unit) for key, name, unit, _ in FIGURES}
    with folder_on_disk() as folder:
        print(f"province: making the batches of {GATEWAYS} gateways", file=sys.stderr)
        province = Province(folder)
        for i in range(runs):
            print(f"province: run {i + 1} of {runs}, {province.samples:,} samples", file=sys.stderr)
            try:
                measured = province.run(i)
            except Unavailable as reason:
                raise Failed(f"it needs PostgreSQL: {reason}") from None
            for key, value in measured.items():
                figures[key].add(value)
    size = Figure(f"{GATEWAYS} gateways × {UNITS:,} units, {SECONDS} s of their time", "samples")
    size.add(province.samples)
    return [size.row(), *(figures[key].row(digits=digits) for key, _, _, digits in FIGURES)]
