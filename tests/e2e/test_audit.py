"""The audit log as an admin meets it: changes and looks are there, and what was done to the log is found."""
import datetime
import hashlib
import json
import os
import sqlite3
import subprocess

import pytest
from harness.process import wait_until

ORG = "91419001MA9TEA0117"


def entry_hash(entry):
    """As docs/audit.md says."""
    text = {name: entry[name] for name in ("action", "details", "number", "previous", "role", "subject", "who")}
    text["at_ms"] = entry["at_ms"]
    return hashlib.sha256(
        json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def instant_ms(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(at.timestamp() * 1000)


def test_changes_and_looks_are_entered_and_anybody_can_check_the_chain(stack, tmp_path):
    orgs = tmp_path / "orgs.csv"
    orgs.write_text(f"org_id,name,kind\n{ORG},公交 City,SOE\n")
    stack.registry("import", orgs)
    stack.get_json("/v1/units/U-1/samples?from=2025-01-01T00:00:00Z")
    wait_until(lambda: stack.get_json("/v1/audit?action=samples.look")["entries"], "the look to be entered", 20)
    answer = stack.get_json("/v1/audit?limit=1000")
    entries = answer["entries"]
    look, imported = entries[0], entries[1]
    assert (look["action"], look["subject"], look["role"]) == ("samples.look", "U-1", "admin")
    assert look["details"] == {"from": "2025-01-01T00:00:00Z"}
    assert imported["action"] == "register.import" and imported["role"] == "command"
    assert imported["details"]["sha256"] == hashlib.sha256(orgs.read_bytes()).hexdigest()
    previous = "0" * 64
    for entry in reversed(entries):
        entry["at_ms"] = instant_ms(entry["at"])
        assert entry["previous"] == previous and entry["hash"] == entry_hash(entry)
        previous = entry["hash"]
    assert answer["head"] == {"number": len(entries), "hash": previous}


@pytest.mark.sqlite_file
def test_a_log_that_was_changed_is_found_by_verify_log(stack):
    assert "the log is whole" in stack.registry("verify-log")
    database = sqlite3.connect(stack.db.removeprefix("sqlite:"), timeout=20)
    with database:
        database.execute("UPDATE audit_entry SET who = 'somebody else' WHERE number = 1")
    database.close()
    done = subprocess.run([stack.bin / "evroll-registry", "verify-log"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "EVROLL_DB": stack.db})
    assert done.returncode == 1 and "entry 1 does not fit" in done.stdout
