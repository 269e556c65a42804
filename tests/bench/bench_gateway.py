"""MQTT/TLS, QoS 1: acknowledged messages a second through plugin and journal, beside the same broker without
the plugin, with the same clients. Every run has a broker and a journal of its own."""
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

    def load(self):
        report = self.folder / "report.json"
        subprocess.run([str(a) for a in [
            build_dir() / "bin" / "evroll-unit", "simulate", "--units", UNITS, "--duration", f"{MESSAGES // UNITS * 10}s",
            "--window", WINDOW, "--port", self.stack.ports["mqtt"], "--pki", self.stack.pki, "--report", report, "--quiet"]],
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
        wait_until(lambda: service.alive_or_fail() and tcp_answers(self.stack.ports["mqtt"]), "the broker")
        try:
            return self.load()
        finally:
            service.stop()

    def plugin(self):
        self.clear_journal()
        return self.broker(self.stack.mosquitto_conf())

    def bare(self):
        return self.broker(without_plugin(self.stack.mosquitto_conf()))

    def whole(self):
        """With gateway and registry at work behind it, on the same cores."""
        self.clear_journal()
        (self.stack.state / "registry" / "registry.db").unlink(missing_ok=True)
        (self.stack.state / "broker" / "mosquitto.conf").write_text(self.stack.mosquitto_conf())
        self.stack.up()
        try:
            return self.load()
        finally:
            self.stack.down()


def measure(runs):
    bare = Figure("bare Mosquitto", "messages/s")
    plugin = Figure("plugin and journal (process-crash)", "messages/s")
    whole = Figure("the same, with gateway and registry running beside it", "messages/s")
    with tempfile.TemporaryDirectory(prefix="evroll-bench-") as folder:
        bench = Bench(folder)
        for i in range(runs):
            print(f"gateway: run {i + 1} of {runs}", file=sys.stderr)
            plugin.add(bench.plugin())
            bare.add(bench.bare())
            whole.add(bench.whole())
    return [bare.row(), plugin.row(bare, "≥ 0.9"), whole.row(bare)]
