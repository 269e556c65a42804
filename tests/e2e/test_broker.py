"""The MQTT column of the interface, seen from the wire: a real Mosquitto with the plugin, real TLS."""
import json
import re
import shutil
import signal
import ssl
import subprocess

import paho.mqtt.client as paho
import pytest

from broker import (BUILD, DISCONNECT, PUBACK, PUBLISH, Authority, Broker, Unit, wait_for)

REFUSED = {4: 5, 5: 0x87}  # CONNACK: not authorised
NO_SUBSCRIBERS = 0x10
versions = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture(scope="module")
def authority(tmp_path_factory, authority):
    made = Authority(shutil.copytree(authority, tmp_path_factory.mktemp("broker") / "pki"))
    made.run("unit", *(f"bus-{i}" for i in range(3, 10)), *(f"gone-{i}" for i in range(1, 10)))
    return made


@pytest.fixture
def broker(tmp_path, authority):
    with Broker(tmp_path, authority) as started:
        yield started
        assert started.alive(), started.log.read_text()


def mosquitto_pub(broker, name, version, topic, payload):
    cert, key = broker.authority.files(name)
    return subprocess.run(
        ["mosquitto_pub", "-V", version, "-h", "localhost", "-p", str(broker.port), "-i", name, "-q", "1",
         "--cafile", broker.authority.dir / "ca.pem", "--cert", cert, "--key", key, "-t", topic, "-m", payload],
        capture_output=True, text=True, timeout=20)


# ---- accepted ----

@versions
@pytest.mark.parametrize("tls", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_puback_means_that_the_payload_is_in_the_journal(broker, version, tls):
    unit = Unit(broker, "bus-1", version, tls=tls).connected()
    for leaf in ("senml-json", "senml-cbor", "gbt32960", "gb17691"):
        payload = f"payload as {leaf}".encode()
        assert unit.acked(unit.publish(payload, leaf)) == (NO_SUBSCRIBERS if version == 5 else 0)
        assert broker.stored(payload) == 1


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto_pub_is_a_unit(broker, version):
    assert mosquitto_pub(broker, "bus-1", version, "evroll/v1/units/bus-1/senml-json", "[]!one").returncode == 0
    assert broker.stored(b"[]!one") == 1
    mosquitto_pub(broker, "bus-1", version, "evroll/v1/units/bus-2/senml-json", "[]!two")
    assert broker.stored(b"[]!two") == 0


def test_qos_0_is_journaled_too(broker):
    unit = Unit(broker, "bus-1").connected()
    unit.publish(b"no answer expected", qos=0)
    wait_for(lambda: broker.stored(b"no answer expected") == 1, "the payload")
    assert unit.pings()


def test_an_empty_payload_is_acknowledged(broker):
    unit = Unit(broker, "bus-1").connected()
    unit.acked(unit.publish(b""))


def test_the_broker_keeps_nothing_of_its_own(broker):
    unit = Unit(broker, "bus-1").connected(clean=False)
    for i in range(50):
        unit.acked(unit.publish(b"message %d" % i))
    unit.close()
    broker.stop()
    assert {p.name for p in broker.dir.iterdir()} <= {"journal", "metrics", "broker.log", "mosquitto.conf"}
    broker.start()


def test_what_was_acknowledged_survives_a_killed_broker(broker):
    acknowledged = []
    for round_ in range(3):
        unit = Unit(broker, "bus-1").connected()
        for i in range(50):
            payload = b"<%d/%d>" % (round_, i)
            unit.acked(unit.publish(payload))
            acknowledged.append(payload)
        broker.stop(signal.SIGKILL)
        broker.start()
    journal = broker.journal()
    assert [p for p in acknowledged if journal.count(p) != 1] == []


# ---- not its own ----

@pytest.mark.parametrize("topic", [
    "evroll/v1/units/bus-2/senml-json", "evroll/v1/units/bus-1/senml-xml", "evroll/v1/units/bus-1/errors",
    "evroll/v1/units/bus-1", "somewhere/else", "$CONTROL/dynamic-security/v1"])
def test_a_foreign_topic_ends_the_connection_of_311_and_is_refused_to_5(broker, topic):
    old = Unit(broker, "bus-1", 4).connected()
    old.publish(b"foreign", topic=topic)
    assert old.answered() == []
    new = Unit(broker, "bus-1", 5).connected()
    assert new.acked(new.publish(b"foreign", topic=topic)) == 0x87
    new.acked(new.publish(b"own"))
    assert broker.stored(b"foreign") == 0
    assert broker.stored(b"own") == 1


def test_a_topic_alias_is_judged_by_the_topic_it_stands_for(broker):
    unit, alias = Unit(broker, "bus-1", 5).connected(), (b"\x23\0\1", b"\x23\0\2")
    unit.acked(unit.publish(b"first", properties=alias[0]))
    unit.acked(unit.publish(b"second", topic="", properties=alias[0]))
    assert unit.acked(unit.publish(b"third", unit="bus-2", properties=alias[1])) == 0x87
    assert unit.acked(unit.publish(b"fourth", topic="", properties=alias[1])) == 0x87
    assert [broker.stored(p) for p in (b"first", b"second", b"third", b"fourth")] == [1, 1, 0, 0]


def test_the_broker_itself_answers_topics_that_begin_with_sys(broker):
    """A limit of Mosquitto 2.0 (docs/broker.md): it decides about $SYS before it asks the plugin."""
    for version, reason in ((4, 0), (5, 0x87)):
        unit = Unit(broker, "bus-1", version).connected()
        assert unit.acked(unit.publish(b"x", topic="$SYS/x")) == reason


@versions
def test_a_client_id_other_than_the_cn_is_refused_and_harms_nobody(broker, version):
    owner = Unit(broker, "bus-2", version).connected()
    for client_id in ("bus-2", "BUS-1", "bus-1 ", "x" * 300):
        assert Unit(broker, "bus-1", version).connect(client_id=client_id, username="bus-2") == REFUSED[version]
    assert Unit(broker, "bus-1", version).connect(client_id="") not in (0, None)
    assert owner.pings()


@versions
def test_a_gateways_certificate_is_no_units(broker, version):
    assert Unit(broker, "gw-1", version, folder="gateways").connect() == REFUSED[version]


def test_without_a_certificate_there_is_no_connection(broker):
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        unit = Unit(broker, "bus-1", certificate=False)
        assert unit.connect() is not None


def test_a_certificate_of_another_authority_is_refused(broker, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    stranger.run("init")
    stranger.run("unit", "bus-1")
    shutil.copy(broker.authority.dir / "ca.pem", stranger.dir / "ca.pem")
    broker.authority, real = stranger, broker.authority
    try:
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            assert Unit(broker, "bus-1").connect() is not None
    finally:
        broker.authority = real


# ---- revoked ----

@versions
def test_a_revoked_unit_is_not_let_in(broker, authority, version):
    name = f"gone-{version}"
    Unit(broker, name, version).connected().close()
    authority.run("revoke", name)
    wait_for(lambda: Unit(broker, name, version).connect() == REFUSED[version], "the new list")
    Unit(broker, "bus-1", version).connected()


@versions
def test_a_live_session_ends_when_its_unit_is_revoked(broker, authority, version):
    name, other = f"gone-{version + 2}", Unit(broker, "bus-1", version).connected()
    first = Unit(broker, name, version).connected()
    second = Unit(broker, name, version).connected()  # takes over
    assert [kind for kind, _ in first.answered() if kind == PUBACK] == []
    assert second.pings()
    authority.run("revoke", name)
    assert second.answered() == ([(DISCONNECT, 0x98)] if version == 5 else [])
    assert Unit(broker, name, version).connect() == REFUSED[version]
    assert other.pings()


def test_a_resumed_tls_session_of_a_revoked_unit_is_refused(broker, authority):
    unit = Unit(broker, "gone-8", tls=ssl.TLSVersion.TLSv1_2).connected()
    session = unit.context, unit.socket.session
    unit.close()
    authority.run("revoke", "gone-8")
    wait_for(lambda: broker.log.read_text().count("is in force") > 1, "the new list")
    again = Unit(broker, "gone-8", session=session)
    assert again.socket.session_reused
    assert again.connect() == REFUSED[4]


def test_a_broken_list_changes_nothing_and_a_good_one_is_taken_again(tmp_path, authority):
    copy = Authority(tmp_path / "pki")
    shutil.copytree(authority.dir, copy.dir)
    copy.run("revoke", "bus-8")
    with Broker(tmp_path / "broker", copy) as broker:
        assert Unit(broker, "bus-8").connect() == REFUSED[4]
        (copy.dir / "crl.pem").write_text("-----BEGIN X509 CRL-----\nMIIB\n")
        wait_for(lambda: broker.said("last good list stays in force"), "the complaint")
        assert Unit(broker, "bus-8").connect() == REFUSED[4]
        Unit(broker, "bus-9").connected()
        copy.run("revoke", "bus-9")
        wait_for(lambda: Unit(broker, "bus-9").connect() == REFUSED[4], "the new list")


def test_the_broker_does_not_start_without_a_good_list(tmp_path, authority):
    broker = Broker(tmp_path, authority, replace=[(f"crl_file {authority.dir}/crl.pem", f"crl_file {tmp_path}/none")])
    broker.start()
    assert not broker.alive()
    assert broker.said(f"no revocation list in {tmp_path}/none")


# ---- too much ----

@versions
def test_a_payload_that_is_too_large_is_cut_off(broker, version):
    unit = Unit(broker, "bus-1", version).connected()
    unit.acked(unit.publish(b"m" * 65536))
    unit.publish(b"n" * 65537)
    assert unit.answered() == ([(DISCONNECT, 0x80)] if version == 5 else [])
    unit = Unit(broker, "bus-1", version).connected()
    unit.publish(b"n" * 100000)
    assert [a for a in unit.answered() if a != (DISCONNECT, 0x95)] == []
    assert broker.stored(b"n" * 1000) == 0


@versions
def test_a_full_journal_closes_the_connection_without_puback(tmp_path, authority, version):
    with Broker(tmp_path, authority, ["journal_budget_bytes 4194304"]) as broker:
        unit, accepted = Unit(broker, "bus-1", version).connected(), 0
        while accepted < 2000:
            unit.publish(b"<%06d>" % accepted + b"x" * 4000)
            packet = unit.read()
            if packet is None or packet[0] != PUBACK:
                break
            accepted += 1
        assert (packet and (packet[0], packet[1][:1])) == ((DISCONNECT, b"\x80") if version == 5 else None)
        assert unit.read() is None
        assert 500 < accepted < 1100
        assert list(map(int, re.findall(rb"<(\d{6})>", broker.journal()))) == list(range(accepted))
        again = Unit(broker, "bus-1", version).connected()
        again.publish(b"y" * 4000)
        assert again.answered() == ([(DISCONNECT, 0x80)] if version == 5 else [])


@versions
@pytest.mark.parametrize("how, reason", [({"retain": True}, 0x9A), ({"qos": 2}, 0x9B)])
def test_retained_and_qos_2_are_refused_without_puback(broker, version, how, reason):
    unit = Unit(broker, "bus-1", version).connected()
    unit.publish(b"not so", **how)
    assert unit.answered() == ([(DISCONNECT, reason)] if version == 5 else [])
    assert broker.stored(b"not so") == 0


# ---- wills and subscriptions ----

@versions
def test_a_will_is_ignored(broker, version):
    listener = Unit(broker, "bus-2", version).connected()
    assert listener.subscribe("evroll/v1/units/bus-2/errors") == [1]
    for topic in ("evroll/v1/units/bus-1/senml-json", "evroll/v1/units/bus-2/errors"):
        dying = Unit(broker, "bus-1", version).connected(will=(topic, b"last words"))
        dying.acked(dying.publish(b"before the end"))
        dying.socket.shutdown(2)
        dying.close()
    assert listener.pings()
    Unit(broker, "bus-1", version).connected().close()
    assert listener.pings()
    assert broker.stored(b"last words") == 0
    assert broker.stored(b"before the end") == 2


@versions
def test_a_unit_subscribes_to_its_own_errors_and_config_and_nothing_else(broker, version):
    unit = Unit(broker, "bus-1", version).connected()
    denied = 0x87 if version == 5 else 0x80
    assert unit.subscribe("evroll/v1/units/bus-1/errors", "evroll/v1/units/bus-1/config") == [1, 1]
    for topic in ("#", "+/+/+/+/+", "evroll/v1/units/+/errors", "evroll/v1/units/bus-2/errors", "$SYS/#",
                  "evroll/v1/units/bus-1/senml-json", "evroll/v1/units/bus-1/#",
                  "$share/g/evroll/v1/units/bus-1/errors"):
        assert unit.subscribe(topic) == [denied], topic
    assert unit.pings()


def put_in_outbox(broker, name, payload):
    subprocess.run([BUILD / "bin" / "outbox-put", broker.dir / "outbox", name, payload], check=True)


@versions
def test_what_the_gateway_says_about_a_payload_reaches_the_unit(broker, version):
    unit, other = Unit(broker, "bus-1", version).connected(), Unit(broker, "bus-2", version).connected()
    unit.subscribe("evroll/v1/units/bus-1/errors")
    other.subscribe("evroll/v1/units/bus-2/errors")
    put_in_outbox(broker, "bus-1", json.dumps({"reason": "no array"}))
    kind, packet = unit.read()
    assert kind == PUBLISH
    assert unit.acknowledge(packet) == ("evroll/v1/units/bus-1/errors", b'{"reason": "no array"}')
    assert other.pings()
    assert broker.stored(b"no array") == 0


def test_paho_receives_errors(broker):
    cert, key = broker.authority.files("bus-3")
    client, got = paho.Client(client_id="bus-3", protocol=paho.MQTTv5), []
    client.tls_set(str(broker.authority.dir / "ca.pem"), str(cert), str(key))
    client.on_message = lambda _client, _data, message: got.append((message.topic, message.payload))
    subscribed = []
    client.on_connect = lambda *_: client.subscribe("evroll/v1/units/bus-3/errors", 1)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect("localhost", broker.port)
    client.loop_start()
    try:
        wait_for(lambda: subscribed, "the subscription")
        put_in_outbox(broker, "bus-3", "{}")
        wait_for(lambda: got, "the message")
    finally:
        client.disconnect()
        client.loop_stop()
    assert got == [("evroll/v1/units/bus-3/errors", b"{}")]


# ---- the broker's own life ----

@versions
def test_a_reload_leaves_units_alone_both_live_and_away(broker, authority, version):
    away = Unit(broker, "bus-4", version).connected(clean=False)
    away.subscribe("evroll/v1/units/bus-4/errors")
    away.socket.shutdown(2)
    away.close()
    live = Unit(broker, "bus-5", version).connected()
    wait_for(lambda: "Client bus-4" in broker.log.read_text(), "the broker to see it leave")
    for _ in range(3):
        broker.send_signal(signal.SIGHUP)
        assert live.pings()
        live.acked(live.publish(b"after a reload"))
    put_in_outbox(broker, "bus-4", "{}")
    back = Unit(broker, "bus-4", version).connected(clean=False)
    kind, packet = back.read()
    assert kind == PUBLISH
    assert back.acknowledge(packet)[1] == b"{}"


def test_a_reload_ends_a_session_that_is_revoked_and_not_a_new_one_without_certificate(broker, authority):
    unit = Unit(broker, "gone-9").connected()
    authority.run("revoke", "gone-9")
    broker.send_signal(signal.SIGHUP)
    assert unit.answered() == []
    assert Unit(broker, "gone-9").connect() == REFUSED[4]


def test_nobody_comes_in_where_the_broker_would_not_tick(tmp_path, authority):
    replace = [("per_listener_settings false", "per_listener_settings true")]
    with Broker(tmp_path, authority, replace=replace) as broker:
        assert Unit(broker, "bus-1").connect() == REFUSED[4]
        assert broker.said("set per_listener_settings false")


def test_the_metrics_file_counts(broker):
    unit = Unit(broker, "bus-1", 5).connected()
    for _ in range(3):
        unit.acked(unit.publish(b"counted"))
    unit.acked(unit.publish(b"refused", unit="bus-2"))
    wait_for(lambda: broker.metric("evroll_broker_accepted_total") == 3, "the counter")
    assert broker.metric('evroll_broker_refused_total{reason="foreign_topic"}') == 1
    assert broker.metric("evroll_broker_units_connected") == 1


@pytest.mark.parametrize("option, said", [("journal_dri /x", "plugin_opt_journal_dri"),
                                          ("payload_max 1000000", "plugin_opt_payload_max")])
def test_a_bad_option_is_named_and_the_broker_does_not_start(tmp_path, authority, option, said):
    broker = Broker(tmp_path, authority, [option])
    broker.start()
    assert not broker.alive()
    assert broker.said(said)


def test_two_brokers_do_not_share_a_journal(broker, tmp_path, authority):
    second = Broker(tmp_path / "second", authority,
                    replace=[(f"journal_dir {tmp_path}/second", f"journal_dir {tmp_path}")])
    second.start()
    assert not second.alive()
