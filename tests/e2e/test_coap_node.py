"""CoAP stacks that are neither ours nor libcoap: node's `coap`, and `node-coap-client`. The first has no DTLS, the
second none with certificates: a bridge of the tests lends it to both.

aiocoap would be one more; Debian 12 does not have it. What node-coap-client wants for DTLS it never uses here, and package.json
puts a package without machine code in its place.
"""
import base64
import contextlib
import json
import shutil
import subprocess

import pytest
from conftest import certify, drained, stored
from harness.process import wait_until
from harness.stack import ROOT, build_dir
from test_units import change

AT = 1751299198
CLIENTS = ROOT / "tests" / "e2e" / "node_client"
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


@contextlib.contextmanager
def node(stack, tmp_path, client, requests):
    """A client that sends the requests through one session of bus-1, and the file that its answers go to, a line each."""
    if shutil.which("node") is None or not (MODULES / "coap").exists():
        pytest.skip("node's coap is not here: ./dev setup installs it")
    certify(stack, "bus-1")
    file, answers = tmp_path / "requests.json", tmp_path / "answers"
    file.write_text(json.dumps(requests))
    with bridge(stack, "bus-1") as port, open(answers, "w") as out:
        child = subprocess.Popen(["node", CLIENTS / client, str(port), file], stdout=out, stderr=subprocess.PIPE, text=True,
                                 env={"NODE_PATH": str(MODULES), "PATH": "/usr/bin:/usr/local/bin:/bin"})
        try:
            yield child, answers
            errors = child.communicate(timeout=120)[1]
            assert child.returncode == 0, errors
        finally:
            child.kill()


@pytest.fixture
def ask(stack, tmp_path):
    """Sends requests; the answers, in order."""
    def send(*requests, client="client.js"):
        with node(stack, tmp_path, client, requests) as (_, answers):
            pass
        return [json.loads(line) for line in answers.read_text().splitlines()]
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


def test_the_second_stack_s_messages_are_stored_answered_and_refused(stack, ask):
    answers = ask(request(sample(1)), request(sample(2), confirmable=False), request(sample(3), format_=112),
                  request(b'[{"n":"speed","v":}]'), request(sample(4), path="v1/units/bus-2/senml-json"),
                  client="other_client.js")
    assert [answer["code"] for answer in answers] == ["2.04", "2.04", "4.15", "4.00", "4.03"]
    assert answers[3]["text"].startswith("json-syntax at byte 19: ")
    drained(stack)
    assert [s["speed"] for s in stored(stack, "bus-1")] == [42] * 2


def test_the_second_stack_observes_what_its_unit_is_to_report(stack, tmp_path):
    with node(stack, tmp_path, "other_client.js", [{"path": "v1/units/bus-1/config", "observe": True}]) as (_, answers):
        def heard():
            return [json.loads(line)["text"] for line in answers.read_text().splitlines()]
        wait_until(lambda: heard() == ["{}"], "the first answer", 60)
        change(stack, "/v1/units", {"unit": "bus-1", "interval_s": 7})
        wait_until(lambda: heard() == ["{}", '{"interval_s":7}'], "the unit to be told", 60)
