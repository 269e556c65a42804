"""CoAP over DTLS, confirmable POST: requests answered a second and the server's CPU a request, journaled by the
gateway, beside libcoap's bare server with the same certificates and the same clients. One message of a unit is on
the line at a time (NSTART 1, RFC 7252), so that one session shows the way there and back. Handshakes are over before
the measurement begins. The registry is away, so that the gateway has nothing else to do. Quiet sessions send so seldom
that each datagram finds the server asleep, which is what a fleet does."""
import contextlib
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

from harness.bench import Figure
from harness.process import Failed, Service, wait_until
from harness.stack import Stack, build_dir

SESSIONS = (1, 100, 1000, 3000)
CROWD, CROWD_RUNS = 1000, 2  # so many sessions take a minute to connect: measured in the first runs only
WINDOW_S = 3.0
CONNECT_S = 240
FOREVER = "1000000s"
QUIET_PER_S = 300  # of all sessions together: 3,000 units that send every 10 s
QUIET_SESSIONS = (100, 3000)
QUIET_WINDOW_S = 10.0
INTERVAL_S = 10  # evroll-unit's default
UNLIMITED = 1_000_000  # the gateway's limit of one unit is not what is measured
SIDES = {
    "bare": "libcoap's bare server",
    "process-crash": "gateway, process-crash",
    "power-loss": "gateway, power-loss",
}


def cpu_seconds(pid):
    """Of all its threads, in nanoseconds' steps: /proc/PID/stat counts hundredths of a second."""
    return sum(int(task.read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


class Bare:
    """The peer: bench_coap_server."""

    def __init__(self, stack):
        self.stack = stack
        self.file = stack.state / "bare.count"
        self.service = Service("bare", [build_dir() / "bin" / "bench_coap_server", stack.ports["coap"], stack.pki, self.file],
                               stack.state / "run", stack.state / "logs", stack.state)

    def start(self):
        self.file.unlink(missing_ok=True)
        self.service.start()
        wait_until(lambda: self.service.alive_or_fail() and self.file.exists() and self.file.stat().st_size == 8,
                   "the bare server")

    def answered(self):
        return struct.unpack("=Q", self.file.read_bytes())[0]


class Gateway:
    """One of the two durabilities; each run has a journal of its own."""

    def __init__(self, stack, durability):
        self.stack, self.durability = stack, durability
        self.service = stack.services["gateway"]

    def start(self):
        shutil.rmtree(self.stack.state / "gateway", ignore_errors=True)
        self.stack.durability = self.durability
        self.stack.prepare()
        self.stack.start("gateway")

    def answered(self):
        journals = json.loads(self.stack.gateway("journal", "--json"))["journals"]
        return next((j["appended"] for j in journals if j["name"] == "coap"), 0)


class Bench:
    def __init__(self, folder):
        self.stack = Stack(pathlib.Path(folder) / "stack",
                           coap={"messages_per_s": UNLIMITED, "messages_at_once": UNLIMITED})
        self.stack.prepare()
        self.stack.ca("unit", *[f"sim-{i + 1:04d}" for i in range(max(SESSIONS))])
        self.servers = {"bare": Bare(self.stack),
                        **{name: Gateway(self.stack, name) for name in SIDES if name != "bare"}}

    @contextlib.contextmanager
    def clients(self, sessions, per_s):
        pace = ["--speed", per_s * INTERVAL_S / sessions] if per_s else []
        log = self.stack.state / "logs" / "clients.log"
        with open(log, "wb") as file:
            child = subprocess.Popen([str(a) for a in [
                build_dir() / "bin" / "evroll-unit", "simulate", "--transport", "coap", "--units", sessions,
                "--duration", FOREVER, "--port", self.stack.ports["coap"], "--pki", self.stack.pki, "--quiet",
                *pace]],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        try:
            yield child, log
        finally:
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def measure(self, side, sessions, per_s=None):
        """Requests answered a second, microseconds of the server's CPU a request. `per_s`: of all sessions together,
        or as fast as they can."""
        server = self.servers[side]
        server.start()
        try:
            with self.clients(sessions, per_s) as (child, log):
                def all_send():
                    if child.poll() is not None:
                        raise Failed(f"the clients have ended: {log.read_text().strip()[-300:]}")
                    # Units take turns: with two messages each there is no handshake left.
                    return server.answered() >= 2 * sessions
                wait_until(all_send, f"{sessions} sessions with {SIDES[side]}", CONNECT_S, every=0.25)
                if per_s:
                    wait_until(lambda: 0.5 * per_s < self.rate(server) < 1.2 * per_s, "the clients to have caught up",
                               CONNECT_S)
                return self.watch(server, QUIET_WINDOW_S if per_s else WINDOW_S)
        finally:
            server.service.stop()

    @staticmethod
    def rate(server, seconds=1):
        count = server.answered()
        time.sleep(seconds)
        return (server.answered() - count) / seconds

    @staticmethod
    def state(server):
        return time.monotonic(), server.answered(), cpu_seconds(server.service.pid())

    def watch(self, server, window_s):
        began_s, count, cpu_s = self.state(server)
        time.sleep(window_s)
        now_s, count_now, cpu_now_s = self.state(server)
        done = count_now - count
        if done == 0:
            raise Failed(f"{server.service.name} answered nothing in {window_s} s")
        return done / (now_s - began_s), (cpu_now_s - cpu_s) * 1e6 / done


class Rows:
    """The figures of one number of sessions."""

    def __init__(self, sessions, runs):
        words = f"{sessions:,} session{'s' if sessions > 1 else ''}"
        self.runs = runs
        if sessions >= CROWD:
            self.runs = min(runs, CROWD_RUNS)
            words += f" (runs: {self.runs})"
        self.rate = {side: Figure(f"{words}: {what}", "messages/s") for side, what in SIDES.items()}
        self.cpu = {side: Figure(f"{words}: {what}, CPU a request", "µs") for side, what in SIDES.items()}

    def add(self, side, measured):
        self.rate[side].add(measured[0])
        self.cpu[side].add(measured[1])

    def rows(self):
        bare_rate, bare_cpu = self.rate["bare"], self.cpu["bare"]
        rows = [bare_rate.row(), *[self.rate[s].row(bare_rate, "≥ 0.9") for s in SIDES if s != "bare"]]
        return rows + [bare_cpu.row(digits=1), *[self.cpu[s].row(bare_cpu, digits=1) for s in SIDES if s != "bare"]]


def growth(few, many, side, pace=""):
    """What a request costs with many sessions, beside few; the same side."""
    figure = Figure(f"CPU a request{pace}, 3,000 sessions beside 100: {SIDES[side]}", "µs")
    figure.values = many.values
    return figure.row(few, "≤ 2" if side != "bare" else None, digits=1)


def quiet_figures():
    return {sessions: {side: Figure(f"{sessions:,} sessions, {QUIET_PER_S} requests a second: {what}, CPU a request", "µs")
                       for side, what in SIDES.items()} for sessions in QUIET_SESSIONS}


def measure(runs):
    figures = {sessions: Rows(sessions, runs) for sessions in SESSIONS}
    quiet = quiet_figures()
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        bench = Bench(folder)
        for i in range(runs):
            print(f"coap: run {i + 1} of {runs}", file=sys.stderr)
            for sessions, rows in figures.items():
                for side in SIDES if i < rows.runs else ():
                    rows.add(side, bench.measure(side, sessions))
            for sessions, sides in quiet.items() if i < CROWD_RUNS else ():
                for side, figure in sides.items():
                    figure.add(bench.measure(side, sessions, QUIET_PER_S)[1])
    few, many = QUIET_SESSIONS
    return ([row for rows in figures.values() for row in rows.rows()]
            + [growth(figures[few].cpu[side], figures[many].cpu[side], side) for side in SIDES]
            + [quiet[few][side].row(digits=1) for side in SIDES]
            + [growth(quiet[few][side], quiet[many][side], side, f" at {QUIET_PER_S} a second") for side in SIDES])
