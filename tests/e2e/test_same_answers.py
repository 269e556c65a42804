"""One input, several databases: SQLite, PostgreSQL and, where a cluster is named, Citus give the same answers, byte by byte."""
import json
import re
import urllib.request

import pytest
from conftest import Fleet
from harness.postgres import Unavailable
from harness.process import wait_until
from harness.stack import Stack, run
from registries import Sender, make_batches, second_registry

UNITS = 6
# What no two registries share: when something was entered there, and by which token.
OWN = re.compile(rb'"(recorded_at|recorded|author|computed_at|known_at|generated|received)":"[^"]*"')
VEHICLES = "/v1/vehicles?limit=100"
QUESTIONS = ["/v1/balance", "/v1/units?limit=100", "/v1/orgs?limit=100", VEHICLES, "/v1/findings?limit=100",
             "/v1/compliance?as_of=2025-06-30",
             "/v1/units/sim-0001/samples?from=2025-06-30T00:00:00Z&to=2025-07-02T00:00:00Z",
             "/v1/units/sim-0002/ledger?from=2025-06-30&to=2025-07-01", "/v1/units/sim-0001/events",
             "/v1/lists/companies?rule=R2-05a&as_of=2025-06-30", "/v1/avoided-emissions?as_of=2025-06-30"]


class Registry:
    """One more registry beside the stack's, with a database of its own."""

    def __init__(self, stack, name, db):
        self.stack, self.db, self.name = stack, db, name
        run(stack.bin / "evroll-registry", "migrate", "--db", db)
        token = stack.state / f"{name}.token"
        run(stack.bin / "evroll-registry", "token", "create", "--db", db, "--name", "admin", "--role", "admin", "--out", token)
        self.token = token.read_text().strip()
        self.service, self.port = second_registry(stack, name, db)

    def get(self, path):
        request = urllib.request.Request(f"https://localhost:{self.port}{path}", headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.stack.context()) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def feed(self, folder, bodies):
        for kind in ("orgs", "vehicles"):
            run(self.stack.bin / "evroll-registry", "import", "--db", self.db, folder / f"{kind}.csv")
        self.service.start()
        sender = Sender(self.stack)
        wait_until(lambda: self.service.alive_or_fail() and sender.post(self.port, b"")[0], f"{self.name} to answer", 60)
        for body in bodies:
            assert sender.post(self.port, body)[0] == 200
        wait_until(lambda: json.loads(self.get("/v1/balance")[1])["hours_waiting"] == 0, "the rollup", 60)
        run(self.stack.bin / "evroll-registry", "findings", "--run", "--db", self.db)
        return self

    def answers(self):
        vehicles = [v["vehicle_id"] for v in json.loads(self.get(VEHICLES)[1])["vehicles"]]
        assert len(vehicles) == UNITS
        questions = QUESTIONS + [f"/v1/vehicles/{v}/activity?from=2025-06-30&to=2025-07-01&by={by}" for v in vehicles
                                 for by in ("day", "hour")]
        return {q: (status, OWN.sub(b"", body)) for q in questions for status, body in [self.get(q)]}


def check_the_same(tmp_path, name, db):
    stack = Stack(tmp_path / "stack")  # its certificates and configuration: nothing of it runs
    stack.prepare()
    Fleet(stack, tmp_path).run("simulate", "--units", UNITS, "--register", tmp_path)
    samples, bodies = make_batches(tmp_path, units=UNITS, seconds=3600, rows=500)
    made = [Registry(stack, "sqlite", f"sqlite:{tmp_path}/one.db"), Registry(stack, name, db)]
    try:
        expected, found = [registry.feed(tmp_path, bodies).answers() for registry in made]
    finally:
        for registry in made:
            registry.service.stop()
    assert json.loads(expected["/v1/balance"][1])["rows_rolled"] == samples
    for question, answer in expected.items():
        assert answer[0] == 200, f"{question}: {answer}"
        assert found[question] == answer, question
    # And every row: a copy reads both sides again and compares them.
    out = run(stack.bin / "evroll-registry", "copy", "--from", db, "--to", f"sqlite:{tmp_path}/copy.db")
    assert re.search(r"^vehicle_version +\d+ rows, the same$", out, re.M)


def test_postgresql_answers_what_sqlite_answers(tmp_path, request):
    try:
        server = request.getfixturevalue("postgres")
    except Unavailable as reason:
        pytest.skip(f"SKIPPED: {reason}")
    check_the_same(tmp_path, "postgresql", server.create("same_answers"))


def test_citus_answers_what_sqlite_answers(make_distributed, tmp_path):
    check_the_same(tmp_path, "citus", make_distributed())
