"""Two people read the same thing and change it: the second is told, and nothing of the first is lost."""
import concurrent.futures
import json
import re

import psycopg2
import pytest
from harness.process import wait_until
from test_matrix import E1, ORGS, VEHICLES, VIN, Caller
from test_serve import Registry

EXEMPTION = {"vehicle_id": VIN, "reason": "EMERGENCY", "document": "No. 7", "from": "2025-01-01", "to": "2025-06-30"}
EXCEPTION = {"rule": "R2-01", "subject_kind": "ORG", "subject": E1, "document": "No. 8", "from": "2025-01-01", "to": "2025-06-30",
             "approved": "2024-12-30", "approved_by": "bureau", "evidence": "letter"}
STATISTIC = {"indicator": "FREIGHT", "subject": "419001", "published": "2026-02-01", "from": "2025-01-01", "to": "2025-12-31", "value": 100, "source": "yearbook"}
SITE = {"site_id": "plant-1", "org_id": E1, "name": "Works", "kind": "PLANT",
        "polygon": "POLYGON((112.60 35.06,112.61 35.06,112.61 35.07,112.60 35.07,112.60 35.06))"}


def filled(made, db=None):
    """It serves a small register."""
    made.db = db or made.db
    made.config.write_text(re.sub("^db: .*", lambda _: f"db: {made.db}", made.config.read_text()))
    (made.folder / "orgs.csv").write_text(ORGS)
    (made.folder / "vehicles.csv").write_text(VEHICLES)
    made.run("migrate")
    made.run("import", made.folder / "orgs.csv", made.folder / "vehicles.csv")
    made.run("token", "create", "--name", "admin", "--role", "admin", "--out", made.folder / "token")
    made.start()
    return made


@pytest.fixture(scope="module")
def registry(tmp_path_factory, authority):
    made = filled(Registry(tmp_path_factory.mktemp("updates"), authority))
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture(scope="module")
def ask(registry):
    officer = Caller(registry, (registry.folder / "token").read_text().strip())

    def ask(method, path, body=None, match=None):
        status, headers, answer = officer.ask(method, path, None if body is None else json.dumps(body),
                                              {"If-Match": match} if match else None)
        return status, headers.get("ETag"), json.loads(answer)

    yield ask
    officer.close()


def first_writer_wins(ask, method, path, tag, first, second):
    """Both have read `tag`; the first change goes in, the second has to be based on it."""
    assert ask(method, path, first)[0] == 428
    status, newer, _ = ask(method, path, first, tag)
    assert (status, newer == tag) == (200, False)
    status, _, problem = ask(method, path, second, tag)
    assert status == 412 and newer in problem["detail"], problem
    status, newest, _ = ask(method, path, second, newer)
    assert (status, newest == newer) == (200, False)
    assert ask(method, path, first, "*")[0] == 200


def test_a_vehicle(ask):
    path = f"/v1/vehicles/{VIN}"
    first_writer_wins(ask, "PATCH", path, ask("GET", path)[1], {"built_up": False}, {"area": "419002"})


def test_an_owner(ask):
    changed = [{"org_id": E1, "name": name, "kind": "SOE"} for name in ("Steel", "Iron")]
    first_writer_wins(ask, "POST", "/v1/orgs", ask("GET", f"/v1/orgs/{E1}")[1], *changed)
    assert ask("GET", f"/v1/orgs/{E1}")[2]["name"] == "Steel"
    assert ask("GET", "/v1/orgs/none")[0] == 404


def test_a_site(ask):
    status, tag, _ = ask("POST", "/v1/sites", SITE)
    assert (status, tag) == (201, ask("GET", "/v1/sites/plant-1")[1])
    first_writer_wins(ask, "POST", "/v1/sites", tag, {**SITE, "name": "Works 2"}, {**SITE, "name": "Works 3"})


@pytest.mark.parametrize(("path", "name", "thing", "first", "second"), [
    ("/v1/exemptions", "exemptions", EXEMPTION, {"to": "2025-07-31"}, {"to": "2025-08-31"}),
    ("/v1/exceptions", "exceptions", EXCEPTION, {"to": "2025-07-31"}, {"to": "2025-08-31"}),
    ("/v1/statistics", "statistics", STATISTIC, {"value": 101}, {"value": 102}),
])
def test_what_is_known_by_its_key(ask, path, name, thing, first, second):
    status, tag, answer = ask("POST", path, thing)
    assert status == 201, answer
    assert ask("POST", path, thing)[:2] == (200, tag), "the same twice is no change"
    listed = next(row for row in ask("GET", path + ("?as_of=2025-03-01" if name != "statistics" else ""))[2][name])
    assert tag == f'"{listed["version"]}"'
    first_writer_wins(ask, "POST", path, tag, {**thing, **first}, {**thing, **second})


def test_a_tag_is_of_the_reading_that_gave_the_vehicle(postgres, tmp_path, authority):
    """A change committed in the middle of an answer, held up between its readings, is not in its tag."""
    made = filled(Registry(tmp_path, authority), postgres.create("updates_tag"))
    caller = Caller(made, (tmp_path / "token").read_text().strip())
    try:
        with psycopg2.connect(postgres.url("updates_tag")) as writer, concurrent.futures.ThreadPoolExecutor(1) as pool:
            cursor = writer.cursor()
            cursor.execute("LOCK TABLE org_version IN ACCESS EXCLUSIVE MODE")
            asked = pool.submit(caller.ask, "GET", f"/v1/vehicles/{VIN}")
            wait_until(lambda: postgres.sql("updates_tag", "SELECT COUNT(*) FROM pg_locks WHERE NOT granted") != "0", "the answer to be held up", 30)
            cursor.execute("CREATE TEMP TABLE newer AS SELECT * FROM vehicle_version WHERE vehicle_id = %s", (VIN,))
            cursor.execute("UPDATE newer SET version = version + 1, plate = 'newer'")
            cursor.execute("INSERT INTO vehicle_version SELECT * FROM newer")
            writer.commit()
            status, headers, body = asked.result()
        assert (status, json.loads(body)["version"], headers["ETag"]) == (200, 1, '"1"')
        status, headers, body = caller.ask("GET", f"/v1/vehicles/{VIN}")
        assert (status, json.loads(body)["version"], headers["ETag"]) == (200, 2, '"2"')
    finally:
        caller.close()
        made.process.kill()
        made.process.wait()


def test_a_threshold(ask):
    def tag():
        kinds = {k["kind"]: k for k in ask("GET", "/v1/finding-kinds")[2]["kinds"]}
        return next(f'"{p["version"]}"' for p in kinds["stage-date"]["parameters"] if p["name"] == "first_6")
    changed = [{"name": "first_6", "value": day, "source": "order"} for day in ("2019-01-01", "2019-02-01")]
    first_writer_wins(ask, "POST", "/v1/finding-kinds/stage-date", tag(), *changed)
    assert tag() == '"4"', "the default, and three changes"


def test_the_vehicle_in_which_a_unit_sits(ask):
    path = "/v1/units/bus-1"
    assert ask("POST", "/v1/units", {"unit": "bus-1"})[0] == 200, "registering one overwrites nothing"
    changed = [{"unit": "bus-1", "vehicle_id": vehicle, "effective": "2025-05-01"} for vehicle in (None, VIN)]
    first_writer_wins(ask, "POST", "/v1/units", ask("GET", path)[1], *changed)
    tag = ask("GET", path)[1]
    status, _, answer = ask("PATCH", f"/v1/vehicles/{VIN}", {"unit": "bus-1", "effective": "2025-06-01"}, "*")
    assert status == 200, answer
    assert ask("POST", "/v1/units", changed[0], tag)[0] == 412, "it was put into the vehicle from the vehicle's side"


def test_what_units_of_a_category_are_to_report(ask):
    def tag():
        return next(f'"{s["version"]}"' for s in ask("GET", "/v1/unit-settings")[2]["settings"] if s["category"] == "TAXI")
    path = "/v1/unit-settings/TAXI"
    assert ask("PUT", path, {"interval_s": 10})[:2] == (200, tag()), "where nothing was set nothing is overwritten"
    assert ask("PUT", path, {"interval_s": 10})[0] == 200, "the same twice is no change"
    first_writer_wins(ask, "PUT", path, tag(), {"interval_s": 20}, {"interval_s": 30, "signals": ["odo"]})


def test_what_is_not_there_cannot_have_been_read(ask):
    assert ask("POST", "/v1/orgs", {"org_id": "91419001MA9TEA0334", "name": "New", "kind": "SOE"}, "*")[0] == 412
