"""A CoAP stack that is not ours and not libcoap: node's `coap`. It has no DTLS, which a bridge of the tests lends it.

aiocoap would be a third one; Debian 12 does not have it.
"""
import base64
import contextlib
import json
import shutil
import subprocess

import pytest
from conftest import drained, stored
from harness.stack import ROOT, build_dir

AT = 1751299198
CLIENT = ROOT / "tests" / "e2e" / "node_client" / "client.js"
MODULES = ROOT / "build" / "node" / "coap-client" / "node_modules"


def request(payload, path="v1/units/bus-1/senml-json", format_=110, confirmable=True, block=None):
    return {"path": path, "payload": base64.b64encode(payload).decode(), "format": format_,
            "confirmable": confirmable, "block": block}


def sample(second):
    return json.dumps([{"n": "speed", "v": 42, "t": AT + second}]).encode()


@contextlib.contextmanager
def bridge(stack, unit):
    """The port of a DTLS session of the unit, for plain UDP."""
    process = subprocess.Popen([build_dir() / "bin" / "dtls_bridge", str(stack.ports["coap"]), stack.pki / "ca.pem",
                                stack.pki / f"units/{unit}.pem", stack.pki / f"units/{unit}.key"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.fixture
def ask(stack, tmp_path):
    """Sends requests through one session of bus-1; the answers, in order."""
    if shutil.which("node") is None or not (MODULES / "coap").exists():
        pytest.skip("node's coap is not here: ./dev setup installs it")
    stack.ca("unit", "bus-1")

    def send(*requests):
        file = tmp_path / "requests.json"
        file.write_text(json.dumps(requests))
        with bridge(stack, "bus-1") as port:
            done = subprocess.run(["node", CLIENT, str(port), file], capture_output=True, text=True, timeout=120,
                                  env={"NODE_PATH": str(MODULES), "PATH": "/usr/bin:/usr/local/bin:/bin"})
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
    return send


def test_messages_of_each_kind_are_stored_and_answered(stack, ask):
    pack = [{"n": "speed", "v": n % 100, "t": AT + 100 + n} for n in range(300)]
    answers = ask(request(sample(1)), request(sample(2), confirmable=False), request(sample(3), format_=None),
                  request(json.dumps(pack).encode(), block=6), request(json.dumps(pack[:50]).encode(), block=2))
    assert [answer["code"] for answer in answers] == ["2.04"] * 5
    assert [answer["type"] for answer in answers[:2]] == ["ACK", "NON"]
    drained(stack)
    assert [s["speed"] for s in stored(stack, "bus-1")] == [42] * 3 + [record["v"] for record in pack]


def test_refusals_have_their_codes_and_reasons(stack, ask):
    answers = ask(request(sample(1), format_=112), request(b'[{"n":"speed","v":}]'), request(b"no json", confirmable=False),
                  request(sample(1), path="v1/units/bus-2/senml-json"), request(sample(1), path="v1/units/bus-1/senml-xml"),
                  request(sample(2)))
    assert [answer["code"] for answer in answers] == ["4.15", "4.00", "4.00", "4.03", "4.04", "2.04"]
    assert answers[1]["text"].startswith("json-syntax at byte 19: ")
    assert answers[2]["text"].startswith("not-an-array")
    drained(stack)
    rejects = stack.get_json("/v1/units/bus-1/rejects")["rejects"]
    assert sorted(r["reason"] for r in rejects) == ["json-syntax", "not-an-array"]
    assert len(stored(stack, "bus-1")) == 1
