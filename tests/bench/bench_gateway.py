"""MQTT/TLS, QoS 1: acknowledged messages a second through plugin and journal, and through the relay that holds
acknowledgements until they are synced, beside the same broker without all that, with the same clients; and beside a
journal that is synced for each message. Every run has a broker and a journal of its own."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness.bench import Figure
from harness.process import tcp_answers, wait_until
from harness.stack import Stack, build_dir

UNITS = 100
WINDOW = 20
MESSAGES = 120_000


def without_plugin(conf):
    """The same configuration, line for line, less the plugin and what only it needs."""
    lines = [line for line in conf.splitlines() if not line.startswith("plugin")]
    return "\n".join(lines).replace("allow_anonymous false", "allow_anonymous true") + "\n"


class Bench:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.stack = Stack(self.folder / "stack")
        self.stack.prepare()
        self.stack.ca("unit", *[f"sim-{i + 1:04d}" for i in range(UNITS)])

    def load(self, port):
        report = self.folder / "report.json"
        subprocess.run([str(a) for a in [
            build_dir() / "bin" / "evroll-unit", "simulate", "--units", UNITS, "--duration", f"{MESSAGES // UNITS * 10}s",
            "--window", WINDOW, "--port", port, "--pki", self.stack.pki, "--report", report, "--quiet"]],
            check=True, stdout=subprocess.DEVNULL)
        counts = json.loads(report.read_text())
        assert counts["acknowledged"] == MESSAGES
        return MESSAGES * 1000 / counts["elapsed_ms"]

    def clear_journal(self):
        for folder in (self.stack.state / "gateway" / "journal").iterdir():
            shutil.rmtree(folder)

    def broker(self, conf):
        file = self.stack.state / "broker" / "mosquitto.conf"
        file.write_text(conf)
        service = self.stack.services["broker"]
        service.start()
        wait_until(lambda: service.alive_or_fail() and tcp_answers(self.stack.ports["broker"]), "the broker")
        try:
            return self.load(self.stack.ports["broker"])
        finally:
            service.stop()

    def plugin(self):
        self.clear_journal()
        return self.broker(self.stack.mosquitto_conf())

    def bare(self):
        return self.broker(without_plugin(self.stack.mosquitto_conf()))

    def fdatasync_each(self):
        """Append and fdatasync, one message after the other, on the same file system."""
        folder = self.folder / "fdatasync"
        try:
            return float(subprocess.run([build_dir() / "bin" / "bench_fdatasync", folder, "3"], check=True,
                                        capture_output=True, text=True).stdout)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def relay(self, durability):
        """Through the relay. The registry is away, so that the gateway has nothing else to do."""
        self.clear_journal()
        self.stack.durability = durability
        self.stack.prepare()
        try:
            self.stack.start("broker")
            self.stack.start("gateway")
            return self.load(self.stack.ports["mqtt"])
        finally:
            self.stack.down()

    def whole(self):
        """With gateway and registry at work behind it, on the same cores."""
        self.clear_journal()
        self.stack.durability = "power-loss"
        (self.stack.state / "registry" / "registry.db").unlink(missing_ok=True)
        (self.stack.state / "broker" / "mosquitto.conf").write_text(self.stack.mosquitto_conf())
        self.stack.up()
        try:
            return self.load(self.stack.ports["mqtt"])
        finally:
            self.stack.down()


def measure(runs):
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        bench = Bench(folder)
        rows = [
            (Figure("bare Mosquitto", "messages/s"), bench.bare, None),
            (Figure("plugin and journal (process-crash)", "messages/s"), bench.plugin, "≥ 0.9"),
            (Figure("relay without holding", "messages/s"), lambda: bench.relay("process-crash"), None),
            (Figure("relay with power-loss", "messages/s"), lambda: bench.relay("power-loss"), "≥ 0.6"),
            (Figure("the same, with the registry running beside it", "messages/s"), bench.whole, None),
            (Figure("journal, fdatasync per message", "messages/s"), bench.fdatasync_each, None),
        ]
        for i in range(runs):
            print(f"gateway: run {i + 1} of {runs}", file=sys.stderr)
            for figure, run, _ in rows:
                figure.add(run())
    bare, held, each = rows[0][0], rows[3][0], rows[5][0]
    table = [figure.row(None if figure is bare else bare, budget) for figure, _, budget in rows]
    held.name += ", to fdatasync per message"
    return [*table, held.row(each, "≥ 10")]
