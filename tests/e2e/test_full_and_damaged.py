"""Journal and database at their limits: the space used up and freed again; bytes that rot on disk."""
import json
import pathlib
import shlex
import subprocess

import pytest
from conftest import Fleet, drained, fill, publish, stored
from harness.process import wait_until

SEGMENT = 1 << 20


def state(stack):
    return json.loads(stack.gateway("journal", "--json"))


def segments(stack):
    return sorted((stack.state / "gateway" / "journal" / "mqtt").glob("*.seg"))


def test_a_full_journal_refuses_new_data_keeps_the_old_and_goes_on_when_space_is_freed(make_stack, tmp_path):
    stack = make_stack(journal_budget=3 * SEGMENT, segment_bytes=SEGMENT)
    fleet = Fleet(stack, tmp_path)
    fleet.certify("sim-0001", "bus-1")
    stack.services["registry"].kill()
    # About 200 bytes a message: more than three segments hold.
    load = fleet.start("simulate", "--units", 1, "--duration", "40000s", "--interval", "1s", "--stall", "300s")
    wait_until(lambda: len(segments(stack)) == 3 and refused(stack), "the journal to fill up", 60)
    before = state(stack)["appended"]
    assert before < 40000
    # Full: no PUBACK, in both versions. (A shorter message might still fit behind the last one.)
    large = b'[{"n":"speed","v":1}' + b" " * 1000 + b"]"
    for version in ("mqttv311", "mqttv5"):
        assert publish(stack, "bus-1", "senml-json", large, version).returncode != 0
    assert state(stack)["appended"] == before
    assert load.poll() is None, f"the unit keeps what was refused and tries again: {load.stdout.read()}"
    stack.start("registry")
    assert load.wait(240) == 0, load.stdout.read()
    drained(stack)
    at = [s["at"] for s in stored(stack, "sim-0001")]
    assert len(at) == len(set(at)) == 40000
    assert stored(stack, "bus-1") == [], "what was refused was not stored"


def refused(stack):
    """The broker's own count of what it refused for want of space."""
    text = "".join(p.read_text() for p in (stack.state / "gateway" / "metrics").glob("broker*.prom"))
    return any("full" in line and not line.startswith("#") and float(line.split()[-1]) > 0 for line in text.splitlines())


def damaged_stack(make_stack, tmp_path):
    """A stack whose journal holds 500 entries that were not delivered yet, with broker and gateway stopped."""
    stack = make_stack()
    fleet = Fleet(stack, tmp_path)
    fleet.certify("sim-0001")
    stack.services["registry"].kill()
    fleet.run("simulate", "--units", 1, "--duration", "500s", "--interval", "1s")
    wait_until(lambda: state(stack)["appended"] == 500, "the journal")
    stack.services["gateway"].stop()
    stack.services["broker"].stop()
    return stack


def used_bytes(segment):
    data = segment.read_bytes()
    return len(data.rstrip(b"\0"))


def test_a_flipped_bit_costs_one_message_which_is_reported_and_the_rest_is_delivered(make_stack, tmp_path):
    stack = damaged_stack(make_stack, tmp_path)
    segment = segments(stack)[0]
    with segment.open("r+b") as file:
        at = used_bytes(segment) // 2
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))
    for name in ("registry", "broker", "gateway"):
        stack.start(name)
    drained(stack)
    assert len(stored(stack, "sim-0001")) == 499
    journals = stack.get_json("/v1/ingest/journals")["journals"]
    assert sum(j["damaged"] for j in journals) == 1


def test_a_torn_tail_is_cut_and_the_journal_goes_on_behind_it(make_stack, tmp_path):
    stack = damaged_stack(make_stack, tmp_path)
    segment = segments(stack)[0]
    with segment.open("r+b") as file:
        end = used_bytes(segment)
        file.seek(end - 20)
        file.write(b"\0" * 20)
    for name in ("registry", "broker", "gateway"):
        stack.start(name)
    wait_until(lambda: "cut" in (stack.state / "logs" / "broker.log").read_text(), "the broker to say what it cut")
    fleet = Fleet(stack, tmp_path)
    fleet.certify("sim-0002")
    drained(stack)
    assert len(stored(stack, "sim-0001")) == 499
    assert publish(stack, "sim-0002", "senml-json", b'[{"n":"speed","v":1,"t":1751299198}]').returncode == 0
    drained(stack)
    wait_until(lambda: len(stored(stack, "sim-0002")) == 1, "the message behind the cut")


def on_a_small_disk(stack):
    """Begins the registry anew with its database on a file system of 8 MiB that only it sees; the folder as seen from here."""
    service, small = stack.services["registry"], stack.state / "registry" / "small"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("SKIPPED: no mount namespace can be made here (root can)")
    service.stop()
    small.mkdir()
    service.argv = ["unshare", "--mount", "sh", "-c",
                    f"mount -t tmpfs -o size=8m none {small} && cp {small.parent}/registry.db {small}/ && "
                    f"exec {shlex.join(service.argv)} --db sqlite:{small}/registry.db"]
    stack.start("registry")
    return pathlib.Path(f"/proc/{service.pid()}/root{small}")


@pytest.mark.sqlite_file
def test_a_registry_whose_disk_is_full_says_so_and_the_gateway_keeps_its_data(make_stack, tmp_path):
    stack = make_stack()
    fleet = Fleet(stack, tmp_path)
    fleet.certify("sim-0001")
    disk = on_a_small_disk(stack)
    fill(disk / "filler")
    fleet.run("simulate", "--units", 1, "--duration", "40000s", "--interval", "1s")
    log = stack.state / "logs" / "registry.log"
    wait_until(lambda: "the disk or its quota is full" in log.read_text(), "the registry to say why", 60)
    journal = state(stack)["journals"][0]
    assert journal["cursor"] < journal["appended"]
    (disk / "filler").unlink()
    drained(stack)
    assert rows(stack) == 40000


def rows(stack):
    return sum(j["rows"] for j in stack.get_json("/v1/ingest/journals")["journals"])


@pytest.mark.sqlite_file
def test_an_online_backup_put_back_is_a_registry_that_gets_the_rest_again(make_stack, tmp_path):
    """As docs/operations.md says: .backup while the registry runs."""
    stack = make_stack()
    database, copy = stack.state / "registry" / "registry.db", tmp_path / "copy.db"
    fleet = Fleet(stack, tmp_path)
    fleet.certify("sim-0001", "bus-1")
    load = fleet.start("simulate", "--units", 1, "--duration", "20000s", "--interval", "1s")
    wait_until(lambda: rows(stack) > 0, "a delivery")
    subprocess.run(["sqlite3", database, f".backup {copy}"], check=True)
    assert load.wait(60) == 0, load.stdout.read()
    assert publish(stack, "bus-1", "senml-json", b'[{"n":"speed","v":1,"t":1751299198}]').returncode == 0
    wait_until(lambda: rows(stack) == 20001, "everything to be delivered", 60)
    stack.services["registry"].stop()
    for file in database.parent.glob("registry.db*"):
        file.unlink()
    copy.rename(database)
    stack.start("registry")
    assert 0 < rows(stack) < 20001
    # The next delivery shows the gateway where the registry stands.
    assert publish(stack, "bus-1", "senml-json", b'[{"n":"speed","v":2,"t":1751299199}]').returncode == 0
    wait_until(lambda: rows(stack) == 20002, "the rest to be delivered again", 60)
    assert len(stored(stack, "sim-0001")) == 20000 and len(stored(stack, "bus-1")) == 2
    assert stack.get_json("/v1/balance")["lost"] == 0
