"""The services on one machine: registry, broker with the plugin, gateway. `./dev stack` and the tests both
start them through this file.

State directory: pki/ registry/ gateway/ logs/ run/ broker/ stack.env admin.token; postgres/ where the database is a
private PostgreSQL (db "postgresql:"; as root it lies under /var/tmp).
"""
import argparse
import contextlib
import functools
import getpass
import json
import os
import pathlib
import re
import shlex
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

from .postgres import Postgres
from .process import Failed, Service, free_ports, tcp_answers, wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GATEWAY = "gw-1"
PRIVATE_POSTGRES = "postgresql:"
DEFAULT_PORTS = {"mqtt": 8883, "coap": 5684, "registry": 8443}


def build_dir():
    return pathlib.Path(os.environ.get("EVROLL_BUILD", ROOT / "build" / "release"))


def run(*argv, **kwargs):
    """A command that must succeed; its stderr is the message when it does not."""
    argv = [str(a) for a in argv]
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs)
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv[:3])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


@functools.cache
def broker_environment():
    """What a broker needs in its environment: a plugin built with a sanitizer wants its runtime loaded first."""
    linked = subprocess.run(["ldd", build_dir() / "lib" / "evroll-broker.so"], capture_output=True, text=True).stdout
    runtimes = [line.split()[2] for line in linked.splitlines() if "libasan" in line or "libubsan" in line]
    # Leaks are the broker's own affair here; what the plugin leaks its unit tests see.
    return {"LD_PRELOAD": " ".join(runtimes), "ASAN_OPTIONS": "detect_leaks=0"} if runtimes else {}


class Stack:
    def __init__(self, state, ports=None, db=None, journal_budget=None, segment_bytes=None, linger_ms=200,
                 durability="power-loss", relay=None, gateway_env=None, coap=None, db_read=None):
        self.state = pathlib.Path(state).resolve()
        self.ports = ports or dict(zip(("mqtt", "coap", "registry"), free_ports(3)))
        self.ports.setdefault("broker", self._broker_port())
        self.durability, self.relay, self.coap = durability, relay or {}, coap or {}
        self.postgres = Postgres(self.state / "postgres") if db == PRIVATE_POSTGRES else None
        self.db = self.postgres.url() if self.postgres else db or f"sqlite:{self.state}/registry/registry.db"
        self.db_read = db_read
        self.journal_budget, self.segment_bytes, self.linger_ms = journal_budget, segment_bytes, linger_ms
        self.pki = self.state / "pki"
        self.services = {
            "registry": self._service("registry", [
                self.bin / "evroll-registry", "serve", "--config", self.state / "registry" / "registry.yaml"]),
            "broker": self._service("broker", ["mosquitto", "-c", self.state / "broker" / "mosquitto.conf"],
                                    {"PATH": "/usr/sbin:" + os.environ.get("PATH", ""), **broker_environment()}),
            "gateway": self._service("gateway", [
                self.bin / "evroll-gateway", "run", "--config", self.state / "gateway" / "gateway.yaml"], gateway_env),
        }
        if self.postgres:
            self.services["postgres"] = self.postgres

    @property
    def bin(self):
        return build_dir() / "bin"

    def _broker_port(self):
        """Where the broker listens, on loopback, for the relay alone: what the state was prepared with, or a free one."""
        with contextlib.suppress(OSError):
            return int(re.search(r"^listener (\d+)", (self.state / "broker" / "mosquitto.conf").read_text(), re.M)[1])
        return free_ports(1)[0]

    def _service(self, name, argv, env=None):
        return Service(name, argv, self.state / "run", self.state / "logs", self.state, env)

    # ---- files ----

    def prepare(self):
        for name in ("registry", "gateway/journal", "gateway/metrics", "broker", "logs", "run"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        os.chmod(self.state, 0o700)
        self._prepare_pki()
        self._write("gateway/gateway.yaml", self._gateway_yaml())
        self._write("registry/registry.yaml", self._registry_yaml())
        self._write("broker/mosquitto.conf", self.mosquitto_conf())
        self._write("stack.env", self._env_text())

    def _prepare_pki(self):
        if not (self.pki / "ca.pem").exists():
            self.ca("init", "--name", "evroll development")
        for server in ("broker", "registry", "coap"):
            if not (self.pki / "servers" / f"{server}.pem").exists():
                self.ca("server", server, "localhost", "127.0.0.1", "::1")
        if not (self.pki / "gateways" / f"{GATEWAY}.pem").exists():
            self.ca("gateway", GATEWAY)
        if not (self.pki / "crl.pem").exists():
            self.ca("crl")

    def _write(self, name, text):
        (self.state / name).write_text(text)

    def _gateway_yaml(self):
        budget = f"  budget: {self.journal_budget}\n" if self.journal_budget else ""
        limits = "".join(f"  {key}: {value}\n" for key, value in self.relay.items())
        coap = "".join(f"  {key}: {value}\n" for key, value in self.coap.items())
        return f"""gateway:
  id: {GATEWAY}
state_dir: {self.state}/gateway
mqtt:
  listen: ["127.0.0.1:{self.ports['mqtt']}", "[::1]:{self.ports['mqtt']}"]
  broker: 127.0.0.1:{self.ports['broker']}
{limits}coap:
  listen: 127.0.0.1:{self.ports['coap']}
  cert: {self.pki}/servers/coap.pem
  key: {self.pki}/servers/coap.key
  ca: {self.pki}/ca.pem
  crl: {self.pki}/crl.pem
{coap}journal:
  durability: {self.durability}
{budget}registry:
  url: {self.registry_url}
  ca: {self.pki}/ca.pem
  cert: {self.pki}/gateways/{GATEWAY}.pem
  key: {self.pki}/gateways/{GATEWAY}.key
uplink:
  linger_ms: {self.linger_ms}
  directory_s: 1
"""

    def _registry_yaml(self):
        read = f"db_read: {self.db_read}\n" if self.db_read else ""
        return f"""db: {self.db}
{read}address: 127.0.0.1
port: {self.ports['registry']}
cert: {self.pki}/servers/registry.pem
key: {self.pki}/servers/registry.key
client_ca: {self.pki}/ca.pem
crl: {self.pki}/crl.pem
keep_samples_days: 100000  # recordings are old
keep_events_days: 100000
keep_rejects_days: 100000
"""

    def mosquitto_conf(self):
        text = (ROOT / "gateway/broker_plugin/mosquitto.conf.in").read_text()
        values = {
            "PORT": self.ports["broker"], "ADDRESS": "127.0.0.1", "STATE": f"{self.state}/gateway",
            "PKI": self.pki, "PLUGIN": build_dir() / "lib" / "evroll-broker.so", "USER": getpass.getuser(),
        }
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        if self.journal_budget:
            text += f"plugin_opt_journal_budget_bytes {self.journal_budget}\n"
        if self.segment_bytes:
            text += f"plugin_opt_journal_segment_bytes {self.segment_bytes}\n"
        return text

    def env(self):
        return {
            "EVROLL_STATE": self.state, "EVROLL_MQTT_PORT": self.ports["mqtt"],
            "EVROLL_COAP_PORT": self.ports["coap"], "EVROLL_REGISTRY_URL": self.registry_url,
            "EVROLL_PKI": self.pki, "EVROLL_ADMIN_TOKEN": self.admin_token(), "EVROLL_DB": self.db,
        }

    def _env_text(self):
        return "".join(f"export {k}={shlex.quote(str(v))}\n" for k, v in self.env().items())

    def admin_token(self):
        file = self.state / "admin.token"
        return file.read_text().strip() if file.exists() else ""

    @property
    def registry_url(self):
        return f"https://localhost:{self.ports['registry']}"

    # ---- commands ----

    def ca(self, *argv):
        return run(ROOT / "certs" / "evroll-ca", "--dir", self.pki, *argv)

    def registry(self, *argv):
        return run(self.bin / "evroll-registry", *argv, env={**os.environ, "EVROLL_DB": self.db})

    def gateway(self, *argv):
        return run(self.bin / "evroll-gateway", *argv, "--config", self.state / "gateway" / "gateway.yaml")

    # ---- starting and ending ----

    def up(self):
        # Files first: the certificates and configuration that every service reads.
        self.prepare()
        self._prepare_database()
        self.registry("migrate", "--db", self.db)
        if not self.admin_token():
            self.registry("token", "create", "--db", self.db, "--name", "stack-admin", "--role", "admin",
                          "--out", self.state / "admin.token")
            self._write("stack.env", self._env_text())
            os.chmod(self.state / "stack.env", 0o600)
        for name in ("registry", "broker", "gateway"):
            self.start(name)
        return self

    def _prepare_database(self):
        if self.postgres:
            self.start("postgres")
            if not self.postgres.exists("evroll"):
                self.postgres.create("evroll")

    def start(self, name):
        service = self.services[name]
        service.start()
        wait_until(lambda: service.alive_or_fail() and self.answers(name), f"{name} to answer", 60)

    def answers(self, name):
        if name == "registry":
            return self.ready()
        if name == "postgres":
            return self.postgres.alive_or_fail()
        if name == "broker":
            return tcp_answers(self.ports["broker"])
        return tcp_answers(self.ports["mqtt"]) and tcp_answers(self.ports["coap"])

    def ready(self):
        with contextlib.suppress(OSError, urllib.error.URLError, Failed):
            return self.get("/readyz")[0] == 200
        return False

    def down(self):
        for name in ("gateway", "broker", "registry", "postgres"):
            if name in self.services:
                self.services[name].stop()

    def __enter__(self):
        try:
            return self.up()
        except BaseException:
            self.down()
            raise

    def __exit__(self, *_):
        self.down()

    # ---- asking the registry ----

    def context(self):
        return ssl.create_default_context(cafile=str(self.pki / "ca.pem"))

    def request(self, method, path, body=None, headers=None, token=None, timeout=30):
        """(status, headers, bytes). Errors are answers too; no connection is an OSError."""
        headers = {"Authorization": f"Bearer {token or self.admin_token()}", **(headers or {})}
        request = urllib.request.Request(self.registry_url + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context()) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def get(self, path, **kwargs):
        status, headers, body = self.request("GET", path, **kwargs)
        return status, headers, body

    def get_json(self, path, **kwargs):
        status, _, body = self.get(path, **kwargs)
        if status != 200:
            raise Failed(f"GET {path} answered {status}: {body[:300].decode(errors='replace')}")
        return json.loads(body)


# ---- ./dev stack ---------------------------------------------------------------------------------------


def parse(argv):
    parser = argparse.ArgumentParser(prog="./dev stack", description="the services without data")
    parser.add_argument("action", choices=("up", "down", "status"))
    parser.add_argument("--state", default=str(ROOT / "build" / "stack"), help="default: build/stack")
    parser.add_argument("--port-base", type=int, help="MQTT, CoAP and registry get N, N+1, N+2")
    parser.add_argument("--db", help="sqlite:FILE, postgresql://…, or postgresql: for a private server; default: what "
                                     "the state was started with, at first SQLite")
    return parser.parse_args(argv)


def chosen_ports(state, port_base):
    """What the command line says, else what the state was started with, else the defaults."""
    if port_base is not None:
        return {"mqtt": port_base, "coap": port_base + 1, "registry": port_base + 2}
    file = pathlib.Path(state) / "run" / "ports.json"
    return json.loads(file.read_text()) if file.exists() else dict(DEFAULT_PORTS)


def chosen_db(state, db):
    file = pathlib.Path(state) / "run" / "db"
    return db or (file.read_text() if file.exists() else None)


def stack_up(stack, db):
    for name in ("mqtt", "coap", "registry"):
        service = {"mqtt": "gateway", "coap": "gateway", "registry": "registry"}[name]
        if tcp_answers(stack.ports[name]) and not stack.services[service].pid():
            raise Failed(f"port {stack.ports[name]} ({name}) is in use by another program; "
                         "end it, or choose others with --port-base N")
    try:
        stack.up()
    except BaseException:
        stack.down()
        raise
    (stack.state / "run" / "ports.json").write_text(json.dumps(stack.ports))
    if db:
        (stack.state / "run" / "db").write_text(db)
    print(f"registry  {stack.registry_url}")
    print(f"mqtt      localhost:{stack.ports['mqtt']}")
    print(f"coap      localhost:{stack.ports['coap']}")
    print(f"settings  {stack.state}/stack.env")


def main(argv=None):
    options = parse(argv)
    try:
        db = chosen_db(options.state, options.db)
        stack = Stack(options.state, chosen_ports(options.state, options.port_base), db)
        if options.action == "up":
            stack_up(stack, db)
        elif options.action == "down":
            stack.down()
        else:
            pids = {name: service.pid() for name, service in stack.services.items()}
            for name, pid in pids.items():
                print(f"{name:<9} {'pid ' + str(pid) if pid else 'not running'}")
            return 0 if all(pids.values()) else 1
    except Failed as error:
        print(f"dev stack: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
