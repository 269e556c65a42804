"""Units that speak CoAP: what is accepted, what is refused and how, and that 2.04 is a promise that holds."""
import contextlib
import json
import re
import socket
import subprocess

import pytest

from coap import CLIENT, LossyLine, argv, post
from conftest import certify, publish, stored
from harness.process import wait_until
from harness.stack import ROOT, run

AT = 1751299198
MEDIA = {"senml-json": 110, "senml-cbor": 112, "gbt32960": 42, "gb17691": 42}


def sample(second=0, pad=0):
    return json.dumps([{"n": "speed", "v": 42, "t": AT + second}]).encode() + b" " * pad


def journal(stack):
    journals = json.loads(stack.gateway("journal", "--json"))["journals"]
    return next(j for j in journals if j["name"] == "coap")


def delivered(stack):
    def empty():
        state = journal(stack)
        return state["appended"] > 0 and state["cursor"] == state["appended"]
    wait_until(empty, "the gateway to deliver its CoAP journal", 60, every=0.2)


def metric(stack, name):
    text = (stack.state / "gateway" / "metrics" / "gateway.prom").read_text()
    return int(re.search(rf"^evroll_gateway_{name} (\d+)", text, re.M)[1])


@pytest.fixture
def bus(stack):
    certify(stack, "bus-1")
    return stack


@pytest.mark.parametrize("tcp", [False, True], ids=["dtls", "tls"])
def test_what_is_answered_with_2_04_is_stored(bus, tcp):
    assert post(bus, "bus-1", sample(), tcp=tcp).code == "2.04"
    assert journal(bus)["appended"] == 1
    delivered(bus)
    assert [s["speed"] for s in stored(bus, "bus-1")] == [42]


def test_an_answer_says_the_sample_is_on_stable_storage(bus):
    for second in range(5):
        assert post(bus, "bus-1", sample(second)).code == "2.04"
        state = journal(bus)
        assert state["synced"] == state["appended"] == second + 1


def test_under_process_crash_too(make_stack):
    stack = make_stack(durability="process-crash")
    certify(stack, "bus-1")
    assert post(stack, "bus-1", sample()).code == "2.04"
    delivered(stack)
    assert len(stored(stack, "bus-1")) == 1


def test_a_non_confirmable_message_is_stored_and_answered(bus):
    answer = post(bus, "bus-1", sample(), options=["-N"])
    assert (answer.code, answer.type) == ("2.04", "NON")
    delivered(bus)
    assert len(stored(bus, "bus-1")) == 1


def test_who_wants_no_answer_gets_none_and_is_stored(bus):
    assert post(bus, "bus-1", sample(), options=["-N", "-O", "258,0x02"], seconds=2).code == ""
    assert journal(bus)["appended"] == 1


@pytest.mark.parametrize("how", [{}, {"tcp": True}, {"options": ["-N"]}, {"options": ["-b", "64"]}],
                         ids=["confirmable", "tls", "non-confirmable", "small blocks"])
def test_a_large_payload_comes_in_blocks_and_is_stored_whole(bus, how):
    pack = [{"n": "speed", "v": n % 100, "t": AT + n} for n in range(600)]
    payload = json.dumps(pack).encode()
    assert 16 << 10 < len(payload) < 64 << 10
    assert post(bus, "bus-1", payload, seconds=60, **how).code == "2.04"
    assert journal(bus)["appended"] == 1
    delivered(bus)
    assert [s["speed"] for s in stored(bus, "bus-1")] == [r["v"] for r in pack]


@pytest.mark.parametrize("tcp", [False, True], ids=["dtls", "tls"])
def test_malformed_payloads_get_their_reason_and_become_one_reject_each(bus, tcp):
    answer = post(bus, "bus-1", b'[{"n":"speed","v":}]', tcp=tcp)
    assert answer.code == "4.00" and answer.text.startswith("json-syntax at byte 19: ")
    delivered(bus)
    page = bus.get_json("/v1/units/bus-1/rejects")
    assert [r["reason"] for r in page["rejects"]] == ["json-syntax"]
    lines = bus.gateway("rejects", "--json").splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["json-syntax"]


def test_each_refusal_has_its_code(bus):
    for format_, media in MEDIA.items():
        wrong = 110 if media != 110 else 112
        assert post(bus, "bus-1", sample(), format_=format_, media=wrong).code == "4.15"
    assert post(bus, "bus-1", sample(), path="v1/units/bus-2/senml-json").code == "4.03"
    assert post(bus, "bus-1", sample(), path="v1/units/bus-1/senml-xml").code == "4.04"
    assert post(bus, "bus-1", sample(), path="other").code == "4.04"
    for method in ("get", "put", "delete"):
        assert post(bus, "bus-1", sample(), method=method).code == "4.05"
    assert not (bus.state / "gateway/journal/coap").exists() or journal(bus)["appended"] == 0


@pytest.mark.parametrize("tcp", [False, True], ids=["dtls", "tls"])
def test_what_is_too_large_hears_how_much_is_taken(bus, tcp):
    answer = post(bus, "bus-1", sample(pad=70000), tcp=tcp, seconds=30)
    assert (answer.code, answer.option("Size1")) == ("4.13", 65536)
    assert journal(bus)["appended"] == 0


def test_nobody_comes_in_without_a_certificate_of_this_authority(bus, tmp_path):
    run(ROOT / "certs/evroll-ca", "--dir", tmp_path / "other", "init")
    run(ROOT / "certs/evroll-ca", "--dir", tmp_path / "other", "unit", "bus-1")
    for tcp in (False, True):
        assert post(bus, "bus-1", sample(), pki=tmp_path / "other", tcp=tcp, seconds=3).code == ""
        assert post(bus, None, sample(), path="v1/units/bus-1/senml-json", tcp=tcp, seconds=3).code == ""
    assert journal(bus)["appended"] == 0


def test_a_gateways_certificate_is_no_units(bus, tmp_path):
    folder = tmp_path / "units"
    folder.mkdir()
    for end in ("pem", "key"):
        (folder / f"gw-1.{end}").write_bytes((bus.pki / f"gateways/gw-1.{end}").read_bytes())
    assert post(bus, "gw-1", sample(), pki=tmp_path).code == "4.03"


def test_a_revoked_unit_is_refused_and_its_session_ended(bus):
    live = subprocess.Popen([*argv(bus, "bus-1", "v1/units/bus-1/senml-json")[:-1], "-G", "60", "-B", "70", "-e",
                             sample().decode().replace("%", "%25"),
                             f"coaps://127.0.0.1:{bus.ports['coap']}/v1/units/bus-1/senml-json"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: journal(bus)["appended"] > 0, "the unit to send", 20)
        bus.ca("revoke", "bus-1")
        log = bus.state / "logs" / "gateway.log"
        wait_until(lambda: "ended the session of bus-1" in log.read_text(), "the session to be ended", 10)
    finally:
        live.kill()
        live.wait()
    before = journal(bus)["appended"]
    assert post(bus, "bus-1", sample()).code == "4.03"
    assert journal(bus)["appended"] == before


def test_a_full_journal_answers_when_to_try_again_and_goes_on(make_stack):
    stack = make_stack(coap={"budget": "1MiB"})
    certify(stack, "bus-1")
    stack.services["registry"].kill()
    answers = []
    for n in range(60):
        answers.append(post(stack, "bus-1", sample(n, pad=40000), seconds=20))
        if answers[-1].code != "2.04":
            break
    assert (answers[-1].code, answers[-1].option("Max-Age")) == ("5.03", 30)
    accepted = len(answers) - 1
    assert 10 < accepted == journal(stack)["appended"]
    stack.start("registry")
    wait_until(lambda: post(stack, "bus-1", sample(100, pad=40000), seconds=20).code == "2.04", "room again", 60)
    delivered(stack)
    assert len(stored(stack, "bus-1")) == accepted + 1


def connected(stack):
    line = socket.create_connection(("127.0.0.1", stack.ports["coap"]), 10)
    line.setblocking(False)
    return line


def is_open(line):
    try:
        return line.recv(1) != b""
    except BlockingIOError:
        return True


def test_connections_beyond_the_limit_are_closed_and_leave_room(make_stack):
    stack = make_stack(coap={"connections_per_address": 2})
    certify(stack, "bus-1")
    with contextlib.ExitStack() as ends:
        lines = [ends.enter_context(connected(stack)) for _ in range(6)]
        wait_until(lambda: sum(map(is_open, lines)) <= 2, "those beyond the limit to be closed", 5)
        assert any(map(is_open, lines))
        assert post(stack, "bus-1", sample()).code == "2.04", "datagrams have limits of their own"
    wait_until(lambda: metric(stack, "coap_ended_total") >= 4 and metric(stack, "coap_connections") == 0, "the metrics", 20)
    assert post(stack, "bus-1", sample(1), tcp=True).code == "2.04"


@contextlib.contextmanager
def observer(stack, unit):
    """A session that stays: a client that waits for what its unit is to report."""
    command = argv(stack, unit, f"v1/units/{unit}/config", method="get", media=None, options=["-s", 60, "-B", 60])
    client = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def test_a_unit_keeps_its_newest_sessions_and_leaves_the_rest_to_others(bus):
    certify(bus, "truck-1")
    with contextlib.ExitStack() as ends:
        ends.enter_context(observer(bus, "truck-1"))
        for _ in range(6):
            ends.enter_context(observer(bus, "bus-1"))
        wait_until(lambda: metric(bus, "coap_ended_total") == 2 and metric(bus, "coap_sessions") == 5, "the oldest to be ended", 20)
        assert post(bus, "bus-1", sample()).code == "2.04", "the newest is one of those that stay"
        wait_until(lambda: metric(bus, "coap_ended_total") == 3, "the next to be ended", 20)


def test_a_unit_that_floods_is_told_to_wait_and_others_are_not(make_stack):
    stack = make_stack(coap={"messages_per_s": 1, "messages_at_once": 3})
    certify(stack, "bus-1", "bus-2")
    answers = [post(stack, "bus-1", sample(n)) for n in range(8)]
    assert "4.29" in [a.code for a in answers]
    assert all(a.option("Max-Age") >= 1 for a in answers if a.code == "4.29")
    assert post(stack, "bus-2", sample()).code == "2.04"
    delivered(stack)
    assert len(stored(stack, "bus-1")) == [a.code for a in answers].count("2.04")


def test_a_message_whose_answer_was_lost_is_answered_again_and_journaled_once(bus):
    with LossyLine(bus.ports["coap"], lose=2) as line:
        assert post(bus, "bus-1", sample(), port=line.listens, seconds=30).code == "2.04"
        assert line.lost == 2 and line.requests >= 3
    assert journal(bus)["appended"] == 1
    with LossyLine(bus.ports["coap"], lose=1) as line:
        answer = post(bus, "bus-1", b"no json", port=line.listens, seconds=30)
        assert answer.code == "4.00" and answer.text.startswith("not-an-array")
    assert journal(bus)["appended"] == 2
    wait_until(lambda: metric(bus, "coap_repeated_total") == 3, "the metrics", 20)


def test_blocks_whose_answers_were_lost_make_one_body(bus):
    payload = json.dumps([{"n": "speed", "v": n % 100, "t": AT + n} for n in range(100)]).encode()
    with LossyLine(bus.ports["coap"], lose=2) as line:
        assert post(bus, "bus-1", payload, port=line.listens, seconds=40).code == "2.04"
    assert journal(bus)["appended"] == 1
    delivered(bus)
    assert len(stored(bus, "bus-1")) == 100


@pytest.mark.parametrize("transport", ["coap", "coap-tcp"])
def test_a_gateway_that_is_killed_under_load_loses_nothing_that_was_acknowledged(stack, fleet, transport):
    units, seconds, kills = [f"sim-{n + 1:04d}" for n in range(4)], 300, 4
    certify(stack, *units)
    load = fleet.start("simulate", "--units", len(units), "--duration", f"{seconds}s", "--interval", "1s",
                       "--speed", 20, "--transport", transport, "--port", stack.ports["coap"])
    for _ in range(kills):
        before = journal(stack)["appended"]
        wait_until(lambda before=before: load.poll() is not None or journal(stack)["appended"] > before, "load", 40)
        assert load.poll() is None, load.stdout.read()
        stack.services["gateway"].kill()
        stack.start("gateway")
    assert load.wait(150) == 0, load.stdout.read()
    delivered(stack)
    for unit in units:
        at = [s["at"] for s in stored(stack, unit)]
        assert len(at) == len(set(at)) == seconds


def test_both_journals_are_read(bus):
    assert publish(bus, "bus-1", "senml-json", sample(1)).returncode == 0
    assert post(bus, "bus-1", sample(2)).code == "2.04"
    wait_until(lambda: len(stored(bus, "bus-1")) == 2, "both samples", 30)
    names = [j["name"] for j in json.loads(bus.gateway("journal", "--json"))["journals"]]
    assert names == ["mqtt", "coap"]


def test_the_client_is_the_one_that_this_was_written_for():
    text = subprocess.run([CLIENT], capture_output=True, text=True).stderr
    assert "v4.3" in text and "OpenSSL" in text
