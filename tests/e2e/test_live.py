"""GET /v1/stream as a page meets it: what machines and people do arrives as events, each for those it concerns."""
import contextlib
import json
import urllib.request

from conftest import certify, publish

E1, E2 = "91419001MA9TEA0117", "91419001MA9TEA02XY"
ORGS = f"""org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline
{E1},Steel works,SOE,STEEL,EXISTING,7500000,OWN,0
{E2},Cement works,SOE,CEMENT,EXISTING,3000000,NONE,0
"""
SAMPLE = b'[{"bn":"u-1/","bt":1751299198,"n":"speed","v":45.2}]'
DEADLINE = 40


class Watcher:
    """A stream and what has come in it so far, as (event, data)."""

    def __init__(self, stack, token, last_id=None):
        headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last_id} if last_id else {})}
        request = urllib.request.Request(stack.registry_url + "/v1/stream", headers=headers)
        self.answer = urllib.request.urlopen(request, timeout=DEADLINE, context=stack.context())
        self.seen, self.last_id = [], None

    def read_one(self):
        name = None
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                self.seen.append((name, json.loads(line[6:])))
                return self.seen[-1]

    def wait_for(self, name):
        """The data of the next event of that name; a silent stream is a timeout of the socket."""
        while True:
            got, data = self.read_one()
            if got == name:
                return data


@contextlib.contextmanager
def watching(stack, token, last_id=None):
    watcher = Watcher(stack, token, last_id)
    try:
        yield watcher
    finally:
        watcher.answer.close()


def token(stack, folder, name, *role):
    stack.registry("token", "create", "--name", name, "--role", *role, "--out", folder / name)
    return (folder / name).read_text().strip()


def change(stack, method, path, body, who):
    status, _, answer = stack.request(method, path, body=json.dumps(body).encode(), token=who)
    assert status in (200, 201), answer


def test_deliveries_and_changes_of_the_register_arrive_as_events(stack, tmp_path):
    viewer = token(stack, tmp_path, "viewer", "viewer")
    certify(stack, "u-1")
    with watching(stack, viewer) as watcher:
        assert publish(stack, "u-1", "senml-json", SAMPLE).returncode == 0
        totals = watcher.wait_for("ingest")
        assert (totals["messages"], totals["samples"], totals["rejects"]) == (1, 1, 0)
        watcher.wait_for("figures")
        publish(stack, "u-1", "senml-json", b"[")
        assert watcher.wait_for("ingest")["rejects"] == 1
        (tmp_path / "orgs.csv").write_text(ORGS)
        stack.registry("import", tmp_path / "orgs.csv")
        watcher.wait_for("figures")
        last_id = watcher.last_id
    assert publish(stack, "u-1", "senml-json", SAMPLE.replace(b"45.2", b"46")).returncode == 0
    with watching(stack, viewer, last_id) as watcher:
        assert watcher.wait_for("ingest")["messages"] == 3


def test_a_site_and_a_trip_move_figures_and_a_look_does_not(stack, tmp_path):
    (tmp_path / "orgs.csv").write_text(ORGS)
    stack.registry("import", tmp_path / "orgs.csv")
    officer = token(stack, tmp_path, "officer", "officer")
    site = {"site_id": "works", "org_id": E1, "name": "works", "kind": "PLANT",
            "polygon": "POLYGON((112.5 35, 112.6 35, 112.6 35.1, 112.5 35.1, 112.5 35))"}
    trip = {"site_id": "works", "gate": "g1", "direction": "IN", "at": "2025-06-30T08:00:00+08:00", "plate": "豫U12345"}
    with watching(stack, officer) as watcher:
        change(stack, "POST", "/v1/sites", site, officer)
        watcher.wait_for("figures")
        change(stack, "POST", "/v1/gate-trips", trip, officer)
        watcher.wait_for("figures")
        assert stack.get("/v1/sites/works/visits?from=2025-06-30&to=2025-07-01", token=officer)[0] == 200
        change(stack, "POST", "/v1/orgs", {"org_id": "91419001MA9TEA0334", "name": "A third", "kind": "SOE"}, officer)
        watcher.wait_for("figures")
        assert [kind for kind, _ in watcher.seen] == ["figures"] * 3


def test_a_report_is_an_event_for_its_enterprise_and_its_draft_for_no_other_reader(stack, tmp_path):
    (tmp_path / "orgs.csv").write_text(ORGS)
    stack.registry("import", tmp_path / "orgs.csv")
    clerk = token(stack, tmp_path, "clerk", "reporter", "--org", E1)
    other = token(stack, tmp_path, "other", "reporter", "--org", E2)
    viewer = token(stack, tmp_path, "viewer", "viewer")
    officer = token(stack, tmp_path, "officer", "officer")
    line = {"commodity": "ORE", "direction": "IN", "mode": "RAIL", "tonnes": 5200000, "km": 420}
    with watching(stack, clerk) as own, watching(stack, other) as rival, watching(stack, viewer) as reader:
        for who, org in ((clerk, E1), (other, E2)):
            change(stack, "POST", "/v1/freight/reports", {"org_id": org, "period": "2025-Q2", "lines": [line]}, who)
        change(stack, "POST", f"/v1/freight/reports/{E1}~2025-Q2:submit", {}, clerk)
        change(stack, "POST", f"/v1/freight/reports/{E1}~2025-Q2:return", {"reason": "which weighbridge?"}, officer)
        actions = [own.wait_for("reports") for _ in range(3)]
        assert actions == [{"id": f"{E1}~2025-Q2", "action": done} for done in ("create", "submit", "return")]
        assert own.seen == [("reports", data) for data in actions]
        rival.wait_for("reports")
        assert rival.seen == [("reports", {"id": f"{E2}~2025-Q2", "action": "create"})]
        assert [reader.wait_for("reports")["action"] for _ in range(2)] == ["submit", "return"]


def test_the_registry_stops_while_somebody_watches(stack):
    with watching(stack, stack.admin_token()) as watcher:
        stack.services["registry"].stop()
        assert watcher.answer.read() in (b"", b"retry: 3000\n\n")


def test_a_stream_wants_a_role_and_no_parameters(stack):
    assert stack.get("/v1/stream", token="evr_nobody")[0] == 401
    assert stack.get("/v1/stream?from=now")[0] == 400
