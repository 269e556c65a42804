"""A certificate authority, a broker with the plugin, and a unit that speaks MQTT packet by packet, for tests.

The unit is written out here because what counts is what stands on the wire: which packets came, and which did not.
"""
import os
import pathlib
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EVROLL_BUILD", ROOT / "build" / "release"))
DEADLINE = 10.0

sys.path.insert(0, str(ROOT / "tests"))

from harness.process import free_ports  # noqa: E402
from harness.stack import broker_environment  # noqa: E402

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14


def wait_for(condition, what):
    """Waits until condition() is true."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE:.0f} s for {what}"
        time.sleep(0.02)


class Authority:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)

    def run(self, *args):
        return subprocess.run([ROOT / "certs" / "evroll-ca", "--dir", self.dir, *args], check=True,
                              capture_output=True, text=True).stdout

    def files(self, name, folder="units"):
        return self.dir / folder / f"{name}.pem", self.dir / folder / f"{name}.key"


class Broker:
    """mosquitto -c in `directory`. Settings are changed by `replace` (text in the file → other text) and `options`
    (more plugin_opt_ lines)."""

    def __init__(self, directory, authority, options=(), replace=()):
        self.dir, self.authority, self.port = pathlib.Path(directory), authority, free_ports(1)[0]
        self.process = None
        (self.dir / "journal").mkdir(parents=True, exist_ok=True)
        (self.dir / "metrics").mkdir(exist_ok=True)
        self.log = self.dir / "broker.log"
        self.config = self.dir / "mosquitto.conf"
        text = (ROOT / "gateway/broker_plugin/mosquitto.conf.in").read_text()
        values = {"PORT": self.port, "ADDRESS": "127.0.0.1", "STATE": self.dir, "PKI": authority.dir,
                  "PLUGIN": BUILD / "lib" / "evroll-broker.so", "USER": "root"}
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        for old, new in replace:
            assert old in text
            text = text.replace(old, new)
        options = ["journal_segment_bytes 1048576", *options]  # small, because the tests read it whole
        self.config.write_text(text + "".join(f"plugin_opt_{line}\n" for line in options))

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", self.config], stdout=log, stderr=log,
                                            env={**os.environ, **broker_environment()})
        wait_for(lambda: self.process.poll() is not None or self.answers(), "the broker to listen")
        return self

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def alive(self):
        return self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        if self.process is not None and self.alive():
            self.process.send_signal(number)
        return self.process.wait(DEADLINE) if self.process is not None else None

    def said(self, text):
        return text in self.log.read_text()

    def journal(self):
        """The bytes of all segments."""
        return b"".join(segment.read_bytes() for segment in sorted((self.dir / "journal" / "mqtt").glob("*.seg")))

    def stored(self, payload):
        """How often the journal holds these bytes."""
        return self.journal().count(payload)

    def metric(self, name):
        file = self.dir / "metrics" / "broker.prom"
        for line in file.read_text().splitlines() if file.exists() else []:
            if line.startswith(name + " "):
                return int(line.split()[1])
        return None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def length(n):
    out = b""
    while True:
        n, digit = n >> 7, n & 127
        out += bytes([digit | (128 if n else 0)])
        if not n:
            return out


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


class Unit:
    """A connection of a unit. `version` is 4 (MQTT 3.1.1) or 5."""

    def __init__(self, broker, name, version=4, folder="units", tls=None, session=None, certificate=True):
        self.name, self.version, self.next_id = name, version, 1
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if session is None else session[0]
        if session is None:
            context.load_verify_locations(broker.authority.dir / "ca.pem")
            if certificate:
                context.load_cert_chain(*broker.authority.files(name, folder))
            if tls is not None:
                context.minimum_version = context.maximum_version = tls
        self.context = context
        raw = socket.create_connection(("127.0.0.1", broker.port), timeout=DEADLINE)
        self.socket = context.wrap_socket(raw, server_hostname="localhost",
                                          session=None if session is None else session[1])
        self.buffer = b""

    def send(self, kind, body, flags=0):
        self.socket.sendall(bytes([kind << 4 | flags]) + length(len(body)) + body)

    def connect(self, client_id=None, clean=True, will=None, username=None):
        """Sends CONNECT; the answer is CONNACK's code, or None when the connection was closed without one."""
        properties = b"\0" if self.version == 5 else b""
        if self.version == 5 and not clean:
            properties = b"\x05\x11" + struct.pack(">I", 3600)
        flags = (2 if clean else 0) | (4 | 8 if will else 0) | (128 if username else 0)
        body = text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", 60) + properties
        body += text(self.name if client_id is None else client_id)
        if will:
            body += (b"\0" if self.version == 5 else b"") + text(will[0]) + struct.pack(">H", len(will[1])) + will[1]
        if username:
            body += text(username)
        self.send(CONNECT, body)
        answer = self.read()
        return answer[1][1] if answer else None

    def connected(self, **options):
        assert self.connect(**options) == 0
        return self

    def topic(self, leaf, unit=None):
        return f"evroll/v1/units/{self.name if unit is None else unit}/{leaf}"

    def publish(self, payload, leaf="senml-json", unit=None, qos=1, retain=False, topic=None, properties=b""):
        """Sends PUBLISH and gives its packet id. `properties` are those of MQTT 5, encoded."""
        self.next_id += 1
        body = text(self.topic(leaf, unit) if topic is None else topic)
        body += struct.pack(">H", self.next_id) if qos else b""
        body += (length(len(properties)) + properties if self.version == 5 else b"") + payload
        try:
            self.send(PUBLISH, body, qos << 1 | retain)
        except OSError:
            pass  # closed while sending; read() says so too
        return self.next_id

    def subscribe(self, *topics):
        """The codes of SUBACK."""
        self.next_id += 1
        body = struct.pack(">H", self.next_id) + (b"\0" if self.version == 5 else b"")
        self.send(SUBSCRIBE, body + b"".join(text(t) + b"\1" for t in topics), 2)
        kind, answer = self.read()
        assert kind == SUBACK
        return list(answer[3 if self.version == 5 else 2:])

    def acknowledge(self, packet):
        """PUBACK for a PUBLISH with QoS 1 that came; gives its topic and payload."""
        size = struct.unpack(">H", packet[:2])[0]
        topic, rest = packet[2:2 + size].decode(), packet[2 + size:]
        self.send(PUBACK, rest[:2])
        return topic, rest[3 if self.version == 5 else 2:]

    def read(self):
        """The next packet as (kind, body); None when the connection ended."""
        while True:
            packet = self._packet()
            if packet:
                return packet
            try:
                more = self.socket.recv(65536)
            except (ssl.SSLError, ConnectionError):
                return None
            if not more:
                return None
            self.buffer += more

    def _packet(self):
        size, shift = 0, 0
        for at in range(1, min(len(self.buffer), 5)):
            size |= (self.buffer[at] & 127) << shift
            shift += 7
            if self.buffer[at] < 128:
                if len(self.buffer) < at + 1 + size:
                    return None
                packet = self.buffer[0] >> 4, self.buffer[at + 1:at + 1 + size]
                self.buffer = self.buffer[at + 1 + size:]
                return packet
        return None

    def answered(self):
        """Everything that comes until the connection ends: list of (kind, reason or None)."""
        answers = []
        while True:
            packet = self.read()
            if packet is None:
                return answers
            kind, body = packet
            at = 2 if kind == PUBACK else 0
            answers.append((kind, body[at] if len(body) > at else None))

    def acked(self, packet_id):
        """The reason of the PUBACK for this packet (0 when it has none)."""
        kind, body = self.read()
        assert kind == PUBACK and struct.unpack(">H", body[:2])[0] == packet_id
        return body[2] if len(body) > 2 else 0

    def pings(self):
        self.send(PINGREQ, b"")
        return self.read() == (PINGRESP, b"")

    def close(self):
        self.socket.close()
