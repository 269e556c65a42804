"""Freight reports as an enterprise's clerk and an officer meet them: a draft becomes a figure, and an
amendment moves it."""
import csv
import io
import json

import pytest

E1, E2 = "91419001MA9TEA0117", "91419001MA9TEA02XY"
ORGS = f"""org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline
{E1},Steel works,SOE,STEEL,EXISTING,7500000,OWN,0
{E2},Cement works,SOE,CEMENT,EXISTING,3000000,NONE,0
"""
FREIGHT = f"""org_id,period,commodity,direction,mode,tonnes,km,container,counterpart
{E2},2025-Q2,LIMESTONE,IN,PIPE_CONVEYOR,1800000,6,0,
{E2},2025-Q2,COAL,IN,TRUCK_NEV,500000,85,0,
{E2},2025-Q2,COAL,IN,TRUCK_CN6,700000,85,0,
"""
REPORT = f"/v1/freight/reports/{E1}~2025-Q2"


@pytest.fixture
def people(stack, tmp_path):
    """The stack, with a clerk of the steel works, a clerk of the cement works and an officer."""
    (tmp_path / "orgs.csv").write_text(ORGS)
    (tmp_path / "freight.csv").write_text(FREIGHT)
    stack.registry("import", tmp_path / "orgs.csv")
    for name, role in (("clerk", ("reporter", "--org", E1)), ("other", ("reporter", "--org", E2)),
                       ("officer", ("officer",))):
        stack.registry("token", "create", "--name", name, "--role", *role, "--out", tmp_path / name)
        setattr(stack, name, (tmp_path / name).read_text().strip())
    return stack


def ask(stack, token, method, path, body=None, status=200, **headers):
    data = None if body is None else json.dumps(body).encode()
    got, _, answer = stack.request(method, path, body=data, token=token, headers=headers)
    assert got == status, answer
    return json.loads(answer)


def line(mode, tonnes):
    return {"commodity": "ORE", "direction": "IN", "mode": mode, "tonnes": tonnes, "km": 420}


def rail(stack):
    answer = stack.get_json("/v1/freight/shares?period=2025-Q2")
    return answer["shares"]["rail_of_bulk"][:2]


def test_a_clerk_reports_is_returned_amends_and_the_share_moves(people):
    body = {"period": "2025-Q2", "lines": [line("RAIL", 5200000), line("TRUCK", 1100000)]}
    assert ask(people, people.clerk, "POST", "/v1/freight/reports", body, 201)["state"] == "DRAFT"
    problem = ask(people, people.clerk, "POST", REPORT + ":submit", status=422)
    assert [(c["rule"], c["line"]) for c in problem["checks"] if c["level"] == "error"] == [("V7", 2)]

    report = ask(people, people.clerk, "GET", REPORT)
    report["lines"][1]["mode"] = "TRUCK_CN6"
    ask(people, people.clerk, "PUT", REPORT, report)
    ask(people, people.clerk, "POST", REPORT + ":submit")
    ask(people, people.officer, "POST", REPORT + ":return", {"reason": "which weighbridge?"})
    report = ask(people, people.clerk, "GET", REPORT)
    assert report["history"][-1]["reason"] == "which weighbridge?"
    ask(people, people.clerk, "POST", REPORT + ":submit")
    assert rail(people) == [0, 0]
    ask(people, people.officer, "POST", REPORT + ":accept")
    assert rail(people) == [52000000, 63000000]

    ask(people, people.officer, "POST", REPORT + ":amend", {"reason": "a train was forgotten"})
    ask(people, people.clerk, "PUT", REPORT, {"lines": [line("RAIL", 5300000), line("TRUCK_CN6", 1100000)]},
        **{"If-Match": "*"})
    ask(people, people.clerk, "POST", REPORT + ":submit")
    assert rail(people) == [52000000, 63000000]
    ask(people, people.officer, "POST", REPORT + ":accept")
    assert rail(people) == [53000000, 64000000]
    compared = ask(people, people.clerk, "GET", REPORT + "/compare?from=1&to=2")
    assert [pair["change"] for pair in compared["lines"]] == ["changed", "same"]


def test_another_enterprise_sees_nothing_of_it(people):
    ask(people, people.clerk, "POST", "/v1/freight/reports", {"period": "2025-Q2", "lines": []}, 201)
    ask(people, people.other, "GET", REPORT, status=404)
    ask(people, people.other, "POST", "/v1/freight/reports", {"org_id": E1, "period": "2025-Q1"}, 403)
    assert ask(people, people.other, "GET", "/v1/freight/reports")["reports"] == []


def test_the_bureau_imports_accepted_figures_and_the_command_answers_the_same(people, tmp_path):
    people.registry("import", tmp_path / "freight.csv")
    second = people.registry("import", tmp_path / "freight.csv")
    assert "0 created, 0 changed, 3 unchanged" in second
    answer = json.loads(people.registry("freight", "shares", "--period", "2025", "--format", "json"))
    served = people.get_json("/v1/freight/shares?period=2025")
    for shares in (answer["shares"], served["shares"]):
        assert shares["green"] == [23000000, 30000000, pytest.approx(0.766667, abs=1e-6)]
    assert served["shares"]["clean_no_trucks"][2] == 0.6 and served["shares"]["green_lenient"][2] == 1.0
    assert served["coverage"] == {"reported": 1, "expected": 2, "complete": 0}
    text = people.registry("freight", "shares", "--period", "2025", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [E2, "TOTAL"]


def test_a_clerk_is_reminded_of_the_own_report_only_and_sees_what_others_say_of_it(people):
    owed = ask(people, people.clerk, "GET", "/v1/freight/missing?period=2025-Q3")
    assert [(o["org_id"], o["state"]) for o in owed["missing"]] == [(E1, None)] and owed["expected"] == 1
    assert [o["org_id"] for o in ask(people, people.clerk, "GET", "/v1/freight/reminders?days=366")["reminders"]] == [E1]
    assert [o["org_id"] for o in ask(people, people.officer, "GET", "/v1/freight/missing?period=2025-Q3")["missing"]] == [E1, E2]

    body = {"period": "2025-Q2", "lines": [line("RAIL", 5200000), line("TRUCK_CN6", 1100000)]}
    beside = ask(people, people.clerk, "POST", "/v1/freight/reports", body, 201)["beside"]
    assert beside == {"total_t": 6300000.0, "year_before_t": None, "trucks_t": 1100000.0, "gate_t": None, "rail_t": 5200000.0,
                      "railway_t": None, "tolerance_percent": 10}
    assert [r["name"] for r in ask(people, people.officer, "GET", "/v1/freight/reports")["reports"]] == ["Steel works"]
