"""The relay between real units and the real broker: nothing is acknowledged before it is on stable storage."""
import contextlib
import os
import pathlib
import random
import re
import resource
import socket
import ssl
import struct
import subprocess
import time

import pytest
from conftest import Fleet, build_dir, certify, drained, publish
from harness.process import wait_until
from test_exactly_once import SECONDS, UNITS, check_all_stored, progress

CUTS = int(os.environ.get("EVROLL_CRASH_ROUNDS", "6"))  # more of them with ./dev crash
LOAD_S = 20 * CUTS / 6  # the load under them
IDLE = 2000
KIB_EACH = 2


def sanitized():
    return subprocess.run(["nm", "-D", build_dir() / "bin" / "evroll-gateway"], capture_output=True,
                          text=True).stdout.count("__asan_init") > 0


@pytest.fixture
def shim(tmp_path):
    """What the gateway's syncs shall do: write "hold", "fail" or "" into it."""
    file = tmp_path / "sync-shim"
    file.write_text("")
    return file


@pytest.fixture
def shimmed(make_stack, shim):
    if sanitized():
        pytest.skip("a sanitizer's runtime wants to be preloaded first")
    return make_stack(gateway_env={"LD_PRELOAD": str(build_dir() / "lib" / "sync_shim.so"), "SYNC_SHIM": str(shim)})


def gateway_log(stack):
    return (stack.state / "logs" / "gateway.log").read_text()


def publishing(stack, unit):
    """mosquitto_pub in the background: it ends when it is acknowledged."""
    return subprocess.Popen(
        ["mosquitto_pub", "-h", "localhost", "-p", str(stack.ports["mqtt"]), "-i", unit, "-q", "1",
         "--cafile", stack.pki / "ca.pem", "--cert", stack.pki / "units" / f"{unit}.pem",
         "--key", stack.pki / "units" / f"{unit}.key", "-t", f"evroll/v1/units/{unit}/senml-json", "-m", "[]"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ended(pub):
    """Ends it if it has not ended; its status."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return pub.wait(0)
    pub.kill()
    pub.wait(10)
    return None


def test_a_sync_that_is_held_up_holds_back_every_acknowledgement(shimmed, shim):
    certify(shimmed, "bus-1")
    assert publish(shimmed, "bus-1", "senml-json", b"[]").returncode == 0
    before = progress(shimmed)
    shim.write_text("hold")
    pub = publishing(shimmed, "bus-1")
    wait_until(lambda: progress(shimmed) == before + 1, "the message in the journal")
    metrics = shimmed.state / "gateway" / "metrics" / "gateway.prom"
    wait_until(lambda: re.search(r"relay_held_bytes [1-9]", metrics.read_text()), "the relay to say that it holds", 20)
    assert pub.poll() is None
    shim.write_text("")
    assert pub.wait(20) == 0


def test_after_a_failed_sync_nothing_is_acknowledged_until_the_broker_begins_anew(shimmed, shim):
    certify(shimmed, "bus-1", "bus-2")
    assert publish(shimmed, "bus-1", "senml-json", b"[]").returncode == 0
    before = progress(shimmed)
    shim.write_text("fail")
    pub = publishing(shimmed, "bus-1")
    wait_until(lambda: "Nothing is acknowledged" in gateway_log(shimmed), "the gateway to say so")
    assert progress(shimmed) > before, "it was appended"
    assert ended(pub) != 0
    shim.write_text("")  # a disk that works again is not trusted again
    pub = publishing(shimmed, "bus-2")
    wait_until(lambda: re.search(r"refused \S+: journal", gateway_log(shimmed)), "a connection to be refused")
    assert ended(pub) != 0
    shimmed.services["broker"].stop()
    shimmed.start("broker")
    wait_until(lambda: publish(shimmed, "bus-1", "senml-json", b"[]").returncode == 0, "the new epoch")


# ---- power cuts ----

HEADER, LIVE, ALIGN = 64, 64, 8


def cut(journal):
    """What a power cut may leave: of each segment no record from the synced position on, and a page that says no more."""
    sync = (journal / "sync.page").read_bytes()
    epoch, synced = struct.unpack_from("<QQ", sync, 24)
    page = bytearray((journal / "writer.page").read_bytes())
    assert epoch == struct.unpack_from("<Q", page, 24)[0], "nothing was synced in this epoch yet"
    struct.pack_into("<QQ", page, LIVE, synced, synced ^ (2**64 - 1))
    (journal / "writer.page").write_bytes(page)
    gone = 0
    for segment in sorted(journal.glob("*.seg")):
        data, at = bytearray(segment.read_bytes()), HEADER
        while data[at:at + 4] == b"EVJR":
            position, _, length, _, _, unit = struct.unpack_from("<QqIIHB", data, at + 8)
            size = -(-(40 + unit + length) // ALIGN) * ALIGN
            if position >= synced:
                data[at:at + size] = bytes(size)
                gone += 1
            at += size
        with segment.open("r+b") as file:
            file.write(data)
    return gone


@pytest.mark.slow
def test_a_power_cut_under_load_loses_nothing_that_was_acknowledged(make_stack, tmp_path):
    stack = make_stack(segment_bytes=1 << 20)
    fleet = Fleet(stack, tmp_path)
    fleet.certify(*[f"sim-{i + 1:04d}" for i in range(UNITS)])
    load = fleet.start("simulate", "--units", UNITS, "--duration", f"{SECONDS}s", "--interval", "1s",
                       "--speed", SECONDS / LOAD_S)
    pick, journal = random.Random(3), stack.state / "gateway" / "journal" / "mqtt"
    for _ in range(CUTS):
        before = progress(stack)
        wait_until(lambda before=before: load.poll() is not None or progress(stack) > before, "load", 30)
        assert load.poll() is None, f"the load ended too early: {load.stdout.read()}"
        time.sleep(pick.uniform(0, 0.2))  # not a wait for anything: spreads the moments of the cuts
        stack.services["gateway"].kill()
        stack.services["broker"].kill()
        cut(journal)
        stack.start("broker")
        stack.start("gateway")
    assert load.wait(LOAD_S + 180) == 0, load.stdout.read()
    drained(stack)
    check_all_stored(stack, fleet)


# ---- the port ----

def test_units_at_ipv6_addresses_are_served_and_the_logs_join_by_port(stack):
    certify(stack, "bus-1")
    with socket.create_connection(("::1", stack.ports["mqtt"]), timeout=10) as plain, \
            context(stack, "bus-1").wrap_socket(plain, server_hostname="localhost"):
        pass
    port = wait_until(lambda: re.search(r"\[::1\]:\d+ goes to the broker from port (\d+)", gateway_log(stack)),
                      "the relay's line")[1]
    broker = stack.state / "logs" / "broker.log"
    wait_until(lambda: f"New connection from 127.0.0.1:{port}" in broker.read_text(), "the broker's line with that port")


def context(stack, unit):
    tls = ssl.create_default_context(cafile=str(stack.pki / "ca.pem"))
    tls.load_cert_chain(stack.pki / "units" / f"{unit}.pem", stack.pki / "units" / f"{unit}.key")
    return tls


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


@pytest.mark.slow
def test_two_thousand_idle_connections_cost_two_kib_each_at_most(make_stack):
    if sanitized():
        pytest.skip("a sanitizer's memory is not the relay's")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE * 2 + 200:
        pytest.skip(f"only {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE * 2 + 200), hard))
    stack = make_stack(relay={"new_per_second": 2000})
    certify(stack, "bus-1")
    tls, pid = context(stack, "bus-1"), stack.services["gateway"].pid()
    with contextlib.ExitStack() as open_ones:
        before = None
        for i in range(IDLE + 10):
            plain = open_ones.enter_context(socket.create_connection(("127.0.0.1", stack.ports["mqtt"]), timeout=20))
            open_ones.enter_context(tls.wrap_socket(plain, server_hostname="localhost"))
            if i == 9:
                before = resident_kib(pid)  # what the first ones cost belongs to all
        each = (resident_kib(pid) - before) / IDLE
        print(f"{each:.2f} KiB a connection")
        assert each <= KIB_EACH
