"""`./dev demo`: the whole way once, with a balance at the end.

Real recordings are replayed where ../shared/data holds them, else a simulated fleet. Their times are moved to
the days before DAY, so that figures as of that day see them.
"""
import argparse
import collections
import contextlib
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from . import chicago
from .process import Failed, wait_until
from .stack import DEFAULT_PORTS, ROOT, Stack, tcp_answers

DAY = "2025-06-30"
START = "2025-06-28T00:00:00+08:00"
DATA = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "tests" / "data" / "mappings"
WAYS = {"mqtt": "MQTT/TLS", "coap": "CoAP/DTLS"}
RECORDINGS = {"bus_capmetro": "coap", "bev_twizy": "mqtt", "ice_envirocar": "mqtt"}  # and their way in
BUS_OWNER, TAXI_OWNER = "91419001MA9TEA0117", chicago.OWNER
ORGS = (
    "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n"
    f"{BUS_OWNER},Bus company (demonstration),SOE,TRANSIT,EXISTING,0,NONE,0\n"
    f"{TAXI_OWNER},Taxi company (demonstration),PRIVATE,TAXI,EXISTING,0,NONE,0\n"
)
COLUMNS = ("vehicle_id", "plate", "category", "energy", "stage", "owner_id", "area", "built_up", "first_registered",
           "added", "removed", "unit", "make")
MALFORMED, REPEATED = 3, 5
SHOWN = 3  # findings of a kind
# The first unit of each is registered against what was recorded, for the findings: a car with an engine as electric,
# and the electric Twizy as petrol.
DECLARED_WRONG = {"ice_envirocar": ("TAXI", "BEV", "D"), "bev_twizy": ("TAXI", "PETROL", "5")}


def say(text):
    print(f"\033[1m==> {text}\033[0m" if sys.stdout.isatty() else f"==> {text}", flush=True)


class Demo:
    def __init__(self, stack, real):
        self.stack, self.real = stack, real
        self.folder = stack.state / "demo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.unit_program = stack.bin / "evroll-unit"
        self.sent = self.acknowledged = 0

    # ---- the register ----

    def replay_argv(self, name):
        return ["replay", "--mapping", MAPPINGS / f"{name}.yaml", "--start-at", START, DATA / f"{name}.csv.gz"]

    @staticmethod
    def simulate_argv(prefix, units, seed):
        return ["simulate", "--prefix", prefix, "--units", units, "--seed", seed, "--duration", "2h", "--interval",
                "5s", "--start-at", START]

    def runs(self):
        """Name, arguments of evroll-unit, way in. The tenth of a simulated fleet is a machine, whose number is the same
        in every fleet, so that the second one has nine."""
        if self.real:
            return [(name, self.replay_argv(name), way) for name, way in RECORDINGS.items()]
        return [("simulated fleet", self.simulate_argv("sim", 40, 1), "mqtt"),
                ("simulated depot", self.simulate_argv("depot", 9, 2), "coap")]

    def units_of(self, argv):
        """list-units has to stand before the recording."""
        out = subprocess.run([str(a) for a in [self.unit_program, argv[0], "--list-units", *argv[1:]]],
                             capture_output=True, text=True, check=True)
        return out.stdout.split()

    @staticmethod
    def vehicle(unit, category, energy, stage):
        # The recordings say nothing of registration: energy follows from what was recorded (the Twizy's state of
        # charge, the cars' engine speed) or, for the buses, is a plain assumption.
        owner = BUS_OWNER if category == "BUS" else TAXI_OWNER
        return {"vehicle_id": unit.upper()[:40], "plate": "", "category": category, "energy": energy, "stage": stage,
                "owner_id": owner, "area": "419001", "built_up": "1", "first_registered": "2016-01-01",
                "added": "2016-01-01", "removed": "", "unit": unit}

    def write_register(self, units):
        (self.folder / "orgs.csv").write_text(ORGS)
        kinds = {"bus_capmetro": ("BUS", "DIESEL", "5"), "bev_twizy": ("TAXI", "BEV", "D"),
                 "ice_envirocar": ("TAXI", "PETROL", "5")}
        with (self.folder / "vehicles.csv").open("w", newline="") as file:
            out = csv.DictWriter(file, COLUMNS)
            out.writeheader()
            for name, names in units.items():
                wrong = DECLARED_WRONG.get(name, kinds[name])
                out.writerows(self.vehicle(unit, *(wrong if i == 0 else kinds[name])) for i, unit in enumerate(names))
            out.writerows(chicago.vehicles(DATA / "chicago_public_passenger_vehicles.csv", ("Taxi", "Livery")))

    def write_simulated_register(self):
        """Plates are the same in every simulated fleet too: the second one's are of another city."""
        vehicles = []
        for i, (_, argv, _) in enumerate(self.runs()):
            subprocess.run([str(a) for a in [self.unit_program, *argv, "--register", self.folder]], check=True)
            with (self.folder / "vehicles.csv").open(newline="") as file:
                vehicles += [{**row, "plate": row["plate"].replace("U", "UA"[i], 1)} for row in csv.DictReader(file)]
        with (self.folder / "vehicles.csv").open("w", newline="") as file:
            out = csv.DictWriter(file, vehicles[0])
            out.writeheader()
            out.writerows(vehicles)

    def fill_register(self, units):
        if self.real:
            self.write_register(units)
        else:
            self.write_simulated_register()
        for name in ("orgs", "vehicles"):
            print("  " + self.stack.registry("import", self.folder / f"{name}.csv").strip().replace("\n", "\n  "))

    # ---- telemetry ----

    def send(self, name, argv, way):
        report = self.folder / f"{name.replace(' ', '-')}.json"
        print(f"  {name}, through {WAYS[way]}:", flush=True)
        done = subprocess.run([str(a) for a in [
            self.unit_program, argv[0], "--transport", way, "--port", self.stack.ports[way], "--pki", self.stack.pki,
            "--report", report, *argv[1:]]], stdout=subprocess.PIPE, text=True)
        print("    " + done.stdout.strip().replace("\n", "\n    "), flush=True)
        if done.returncode != 0:
            raise Failed(f"evroll-unit ended with status {done.returncode} while sending {name}")
        counts = json.loads(report.read_text())
        self.sent += counts["sent"]
        self.acknowledged += counts["acknowledged"]

    def publish(self, unit, payload):
        """One message by mosquitto_pub, as the unit."""
        self.sent += 1
        done = subprocess.run(
            ["mosquitto_pub", "-h", "localhost", "-p", str(self.stack.ports["mqtt"]), "-i", unit, "-q", "1",
             "--cafile", str(self.stack.pki / "ca.pem"), "--cert", str(self.stack.pki / "units" / f"{unit}.pem"),
             "--key", str(self.stack.pki / "units" / f"{unit}.key"), "-t", f"evroll/v1/units/{unit}/senml-json",
             "-m", payload], capture_output=True, text=True)
        self.acknowledged += done.returncode == 0

    def send_trouble(self, unit):
        print(f"  {MALFORMED} malformed messages, and one message {REPEATED + 1} times, by mosquitto_pub as {unit}")
        for i in range(MALFORMED):
            self.publish(unit, '[{"n":"speed","v":' + "9" * i)
        for _ in range(REPEATED + 1):
            self.publish(unit, '[{"n":"speed","v":30,"t":1751212800.5}]')

    # ---- the balance ----

    def settled(self):
        journals = json.loads(self.stack.gateway("journal", "--json"))["journals"]
        waiting = sum(journal["waiting"] for journal in journals)
        balance = self.stack.get_json("/v1/balance")
        done = waiting == 0 and balance["hours_waiting"] == 0
        if sys.stderr.isatty():
            print(f"\r  waiting: {waiting} entries in the journals, {balance['hours_waiting']} hours to roll up\033[K",
                  end="" if not done else "\n", file=sys.stderr, flush=True)
        return ({journal["name"]: journal["appended"] for journal in journals}, balance) if done else None

    def print_balance(self):
        """Every message of this demonstration holds one sample, so that messages and samples balance."""
        journals, balance = wait_until(self.settled, "journals and rollup to be worked off", 180, every=0.3)
        journaled = sum(journals.values())
        ways = ", ".join(f"{journals.get(way, 0)} through {name}" for way, name in WAYS.items())
        stored, rejected = balance["rows_unique"], balance["rejects"]
        duplicates = balance["duplicates"]
        rows = [("sent", self.sent, "messages handed to the gateway, QoS 1 or confirmable"),
                ("acknowledged", self.acknowledged, "PUBACK or 2.04 received"),
                ("journaled", journaled, f"positions in the gateway's journals: {ways}"),
                ("stored", stored, "samples in the registry, each once"),
                ("rejected", rejected, "payloads set aside with their reason"),
                ("duplicates", duplicates, "samples said before, counted and dropped")]
        for name, count, what in rows:
            print(f"  {name:<13}{count:>9}  {what}")
        holds = self.sent == self.acknowledged == journaled == stored + rejected + duplicates
        print(f"  {'balance':<13}{'holds' if holds else 'DOES NOT HOLD':>9}  sent = acknowledged = journaled = "
              "stored + rejected + duplicates")
        return holds

    def print_findings(self):
        """The service would look in some minutes; here everybody is looked at at once. The recordings are old, so that
        every terminal is silent by now: that is counted, but not shown."""
        if self.real:
            print("  registered wrongly on purpose: a car with an engine as electric, the electric Twizy as petrol")
        found = json.loads(self.stack.registry("findings", "--run", "--format", "json"))
        kinds = collections.defaultdict(list)
        for finding in found:
            kinds[finding["kind"]].append(finding)
        for kind, ones in sorted(kinds.items()):
            print(f"  {kind:<26}{len(ones):>6}  {ones[0]['title']}")
            for f in ones[:SHOWN] if kind != "terminal-silent" else ():
                print(f"  {f['id']:>26}        {f['subject']:<34}{f['cause']}")
        print(f"  {len(found)} findings; all of them, with their evidence:\n"
              f"    . {self.stack.state}/stack.env; {self.stack.bin}/evroll-registry findings --format json")

    def login(self):
        """A new account's one-time link; there is no password that everybody knows."""
        said = self.stack.registry("user", "add", "demo", "--role", "admin", "--url", self.stack.registry_url)
        return re.search(r"\S+/#/password/\S+", said)[0]

    def print_where_to_look(self):
        s = self.stack
        print(f"""  dashboard   {s.registry_url}/
  login       demo, an admin: set the password at {self.login()}
  settings    . {s.state}/stack.env
  registry    {s.registry_url}  (certificate authority {s.pki}/ca.pem, token in {s.state}/admin.token)
  figures     curl --cacert $EVROLL_PKI/ca.pem -H "Authorization: Bearer $EVROLL_ADMIN_TOKEN" \\
                "$EVROLL_REGISTRY_URL/v1/compliance?as_of={DAY}"
  vehicles    … "$EVROLL_REGISTRY_URL/v1/compliance/R2-05a/vehicles?as_of={DAY}&counts=no"
  accounts    {s.bin}/evroll-registry user add NAME --role officer
  rejects     {s.bin}/evroll-gateway rejects --config {s.state}/gateway/gateway.yaml
  logs        {s.state}/logs""")

    def run(self):
        say("the register")
        units = {name: self.units_of(argv) for name, argv, _ in self.runs()}
        everyone = [unit for names in units.values() for unit in names]
        self.stack.ca("unit", *everyone)
        self.fill_register(units)
        say(f"telemetry of {len(everyone)} units through {' and '.join(WAYS.values())}")
        for name, argv, way in self.runs():
            self.send(name, argv, way)
        self.send_trouble(everyone[0])
        say("the balance")
        holds = self.print_balance()
        say(f"compliance as of {DAY}")
        print(self.stack.registry("compliance", "--as-of", DAY, "--format", "table"))
        say("findings")
        self.print_findings()
        say("where to look")
        self.print_where_to_look()
        return holds


def serve_until_interrupted():
    say("serving; Ctrl-C ends it")
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    with contextlib.suppress(KeyboardInterrupt):
        while not stop:
            time.sleep(0.5)
    print()


def fresh_state(state):
    """A demonstration begins empty. Only a folder that an earlier one made is cleared."""
    if state.exists() and any(state.iterdir()):
        if not (state / "stack.env").exists():
            raise Failed(f"{state} holds something else; name another folder with --state")
        Stack(state, dict(DEFAULT_PORTS)).down()
        shutil.rmtree(state)


def parse(argv):
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.splitlines()[0])
    parser.add_argument("--exit", action="store_true", help="end after the figures: 0, or 1 if a count does not balance")
    parser.add_argument("--fleet", choices=("real", "simulated"), help="default: real where its data is present")
    parser.add_argument("--state", type=pathlib.Path, default=ROOT / "build" / "demo", help="default: build/demo")
    parser.add_argument("--port-base", type=int, help="MQTT, CoAP and registry get N, N+1, N+2")
    return parser.parse_args(argv)


def chosen_ports(port_base):
    """The well-known ports when they are free, else any."""
    if port_base is not None:
        return {"mqtt": port_base, "coap": port_base + 1, "registry": port_base + 2}
    taken = any(tcp_answers(port) for port in DEFAULT_PORTS.values())
    return None if taken else dict(DEFAULT_PORTS)


def main(argv=None):
    options = parse(argv)
    present = all((DATA / f"{name}.csv.gz").exists() for name in RECORDINGS)
    try:
        if options.fleet == "real" and not present:
            raise Failed(f"--fleet real needs the recordings in {os.path.relpath(DATA, ROOT)}, which are not there")
        real = present if options.fleet is None else options.fleet == "real"
        fresh_state(options.state)
        say("starting registry (SQLite), Mosquitto with the plugin, and gateway")
        print("  telemetry: " + (f"recordings of real vehicles in {os.path.relpath(DATA, ROOT)}" if real else
                                 f"a simulated fleet (no recordings in {os.path.relpath(DATA, ROOT)})"
                                 if not present else "a simulated fleet"))
        stack = Stack(options.state, chosen_ports(options.port_base), linger_ms=500)
        with stack:
            holds = Demo(stack, real).run()
            if not options.exit:
                serve_until_interrupted()
    except Failed as error:
        print(f"dev demo: {error}", file=sys.stderr)
        return 3
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
