"""A snapshot as an officer makes it and a stranger checks it: with this program, and with openssl, tar and gzip alone."""
import gzip
import json
import os
import re
import shlex
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest

ORG = "91419001MA9TEA0117"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "snapshots.md"


def registry(stack, *argv, cwd=None):
    return subprocess.run([str(stack.bin / "evroll-registry"), *map(str, argv)], capture_output=True, text=True,
                          timeout=60, cwd=cwd, env={**os.environ, "EVROLL_DB": stack.db})


def commands_of_the_document():
    """The commands of docs/snapshots.md, in their order, without remarks."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines]


@pytest.fixture
def fleet_of_buses(stack, tmp_path):
    (tmp_path / "orgs.csv").write_text(f"org_id,name,kind\n{ORG},Transit,SOE\n")
    rows = "".join(f"BUS-{i:02d},BUS,{'BEV' if i < 9 else 'HEV'},X,{ORG},419001,1,2020-01-01\n" for i in range(11))
    (tmp_path / "vehicles.csv").write_text("vehicle_id,category,energy,stage,owner_id,area,built_up,added\n" + rows)
    stack.registry("import", tmp_path / "orgs.csv", tmp_path / "vehicles.csv")
    return stack


def test_the_commands_of_the_document_make_and_check_a_snapshot(fleet_of_buses, tmp_path):
    outputs = {}
    for command in commands_of_the_document():
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60,
                              cwd=tmp_path, env={**os.environ, "EVROLL_DB": fleet_of_buses.db,
                                                 "PATH": f"{fleet_of_buses.bin}:{os.environ['PATH']}"})
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        outputs[shlex.split(command)[0], len(outputs)] = done.stdout
    texts = list(outputs.values())
    assert any("good: snapshot 1" in text for text in texts)
    assert any("Signature Verified Successfully" in text for text in texts)
    statement = json.loads((tmp_path / "statement.json").read_text(encoding="utf-8"))
    member = statement["members"]["vehicles.csv.gz"]
    assert any(text.startswith(member["sha256"]) for text in texts)
    figure = next(f for f in statement["figures"] if f["rule"] == "R2-05a")
    assert (figure["numerator"], figure["denominator"]) == (9, 11)
    assert texts[-1].strip() == "9"
    sources = gzip.decompress((tmp_path / "sources.csv.gz").read_bytes()).decode().splitlines()
    assert sources[0] == "rule,kind,counts,id,at,numerator,denominator,detail"
    assert len(sources) == statement["members"]["sources.csv.gz"]["rows"] + 1
    assert len(gzip.decompress((tmp_path / "vehicles.csv.gz").read_bytes()).splitlines()) == member["rows"] + 1


def test_a_changed_archive_and_another_key_are_told(fleet_of_buses, tmp_path):
    stack = fleet_of_buses
    for name in ("one", "two"):
        registry(stack, "snapshot", "keygen", "--key", tmp_path / name)
    stack.registry("snapshot", "create", "--as-of", "2025-06-30", "--key", tmp_path / "one")
    stack.registry("snapshot", "export", "1", "--out", tmp_path / "s.tar")
    done = registry(stack, "snapshot", "verify", tmp_path / "s.tar", "--public-key", tmp_path / "two.pub")
    assert done.returncode == 1 and "signature" in done.stdout
    with tarfile.open(tmp_path / "s.tar") as archive:
        at = archive.getmember("statement.json").offset_data
    damaged = bytearray((tmp_path / "s.tar").read_bytes())
    place = damaged.index(b'"numerator":9', at)
    damaged[place + 12:place + 13] = b"8"
    (tmp_path / "d.tar").write_bytes(damaged)
    done = registry(stack, "snapshot", "verify", tmp_path / "d.tar", "--public-key", tmp_path / "one.pub")
    assert done.returncode == 1
    assert "signature" in done.stdout and "what is listed makes it 9" in done.stdout
    (tmp_path / "n.tar").write_bytes(b"nothing")
    assert registry(stack, "snapshot", "verify", tmp_path / "n.tar", "--public-key",
                    tmp_path / "one.pub").returncode == 2


@pytest.mark.sqlite_file
def test_a_log_cut_off_behind_a_snapshot_is_found(fleet_of_buses, tmp_path):
    stack = fleet_of_buses
    registry(stack, "snapshot", "keygen", "--key", tmp_path / "k")
    stack.registry("snapshot", "create", "--as-of", "2025-06-30", "--key", tmp_path / "k")
    stack.registry("snapshot", "export", "1", "--out", tmp_path / "s.tar")
    assert registry(stack, "verify-log", "--snapshot", tmp_path / "s.tar").returncode == 0
    database = sqlite3.connect(stack.db.removeprefix("sqlite:"), timeout=20)
    with database:
        database.execute("DELETE FROM audit_entry WHERE number > 1")
        database.execute("UPDATE audit_head SET number = 1, hash = (SELECT hash FROM audit_entry WHERE number = 1)")
    done = registry(stack, "verify-log")
    assert done.returncode == 1 and "snapshot 1 saw entry" in done.stdout
    with database:
        database.execute("DELETE FROM snapshot")
    database.close()
    assert registry(stack, "verify-log").returncode == 0
    done = registry(stack, "verify-log", "--snapshot", tmp_path / "s.tar")
    assert done.returncode == 1 and "s.tar saw entry" in done.stdout


def test_without_a_key_the_api_makes_none_and_says_so(fleet_of_buses):
    status, _, body = fleet_of_buses.request("POST", "/v1/snapshots", body=b'{"as_of": "2025-06-30"}')
    assert status == 503 and "--snapshot-key" in json.loads(body)["detail"]
