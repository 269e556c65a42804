"""Every route × everybody who might call it: who is let in, and who is told what instead. A route without a row
here fails; so does an answer without the fields that every answer has to have."""
import http.client
import json
import ssl
import subprocess

import pytest
from test_serve import BUILD, DEADLINE, Registry

E1, E2 = "91419001MA9TEA0117", "91419001MA9TEA02XY"
REPORT = f"/v1/freight/reports/{E1}~2025-Q2"
ORGS = f"""org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline
{E1},Steel works,SOE,STEEL,EXISTING,7500000,OWN,0
{E2},Cement works,SOE,CEMENT,EXISTING,3000000,NONE,0
"""
VIN = "LTEA0000000000001"
VEHICLES = f"""vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,removed,unit
{VIN},,BUS,BEV,D,{E1},419001,1,2024-01-01,2024-01-05,,bus-1
"""

# The reports that the rows are about: own and foreign are clerks of E1 and E2, and the path is always E1's. The
# manager is a clerk of E1 too, who is signed in and manages the accounts of E1.
CALLERS = ("nobody", "gateway", "own", "foreign", "manager", "department", "viewer", "officer", "admin")
RANK = {name: rank for rank, name in enumerate(("viewer", "officer", "admin"))}


class Row:
    """`least` is the lowest bureau role that is let in, and `ok` what it is answered to this request; whoever is
    answered something else than his role says stands in `others`."""

    def __init__(self, method, route, least, ok, path=None, body=None, **others):
        self.method, self.route, self.least, self.ok, self.others = method, route, least, ok, others
        self.path, self.body = path or route, body

    def expected(self, caller):
        if caller in self.others:
            return self.others[caller]
        if caller == "manager":
            return self.expected("own")
        if self.least == "anyone":
            return self.ok
        if self.least == "gateway":
            return self.ok if caller == "gateway" else 403
        if caller in ("nobody", "gateway"):
            return 401  # a gateway's certificate is no person's token
        return self.ok if RANK.get(caller, -1) >= RANK[self.least] else 403


# Changing requests carry a body that is refused once the caller was let in, so that no row changes what another
# one meets.
MATRIX = [
    Row("GET", "/healthz", "anyone", 200),
    Row("GET", "/readyz", "anyone", 200),
    Row("GET", "/metrics", "anyone", 200),
    Row("GET", "/openapi.yaml", "anyone", 200),
    Row("POST", "/v1/ingest/batches", "gateway", 415),
    Row("GET", "/v1/gateway/units", "gateway", 200),
    Row("PUT", "/v1/gateway/journals", "gateway", 400),
    Row("GET", "/v1/ingest/journals", "viewer", 200),
    Row("GET", "/v1/balance", "viewer", 200),
    Row("GET", "/v1/stream", "viewer", 200, own=200, foreign=200, department=200),
    Row("GET", "/v1/units", "viewer", 200),
    Row("POST", "/v1/units", "officer", 400),
    Row("POST", "/v1/units:import", "officer", 400),
    Row("GET", "/v1/terminals", "viewer", 200),
    Row("GET", "/v1/unit-settings", "viewer", 200),
    Row("PUT", "/v1/unit-settings/{category}", "officer", 400, "/v1/unit-settings/BUS"),
    Row("GET", "/v1/units/{unit}", "viewer", 404, "/v1/units/bus-1"),
    Row("POST", "/v1/units/{unit}:revoke", "officer", 400, "/v1/units/bus-1:revoke"),
    Row("POST", "/v1/units/{unit}:restore", "officer", 400, "/v1/units/bus-1:restore"),
    Row("GET", "/v1/units/{unit}/certificates", "officer", 200, "/v1/units/bus-1/certificates"),
    Row("POST", "/v1/units/{unit}/certificates", "officer", 400, "/v1/units/bus-1/certificates"),
    Row("GET", "/v1/units/{unit}/certificates/{number}", "officer", 404, "/v1/units/bus-1/certificates/1"),
    Row("PUT", "/v1/units/{unit}/certificates/{number}", "admin", 400, "/v1/units/bus-1/certificates/1"),
    Row("GET", "/v1/certificate-requests", "officer", 200),
    Row("GET", "/v1/units/{unit}/samples", "viewer", 200, "/v1/units/bus-1/samples?from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"),
    Row("GET", "/v1/units/{unit}/rejects", "viewer", 200, "/v1/units/bus-1/rejects"),
    Row("GET", "/v1/units/{unit}/events", "viewer", 200, "/v1/units/bus-1/events?from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"),
    Row("GET", "/v1/units/{unit}/evidence", "viewer", 200, "/v1/units/bus-1/evidence?from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"),
    Row("GET", "/v1/units/{unit}/evidence/{journal}/{position}", "viewer", 404, "/v1/units/bus-1/evidence/1/0"),
    Row("GET", "/v1/units/{unit}/ledger", "viewer", 200, "/v1/units/bus-1/ledger?from=2025-01-01&to=2025-01-02"),
    Row("GET", "/v1/vehicles", "viewer", 200, own=200, foreign=200),
    Row("POST", "/v1/vehicles", "officer", 400),
    Row("POST", "/v1/vehicles:import", "officer", 400),
    Row("GET", "/v1/vehicles/{id}", "viewer", 200, f"/v1/vehicles/{VIN}"),
    Row("PATCH", "/v1/vehicles/{id}", "officer", 400, f"/v1/vehicles/{VIN}"),
    Row("GET", "/v1/vehicles/{id}/history", "viewer", 200, f"/v1/vehicles/{VIN}/history"),
    Row("GET", "/v1/vehicles/{id}/activity", "viewer", 200, f"/v1/vehicles/{VIN}/activity?from=2025-01-01&to=2025-01-02"),
    Row("GET", "/v1/vehicles/{id}/visits", "viewer", 200, f"/v1/vehicles/{VIN}/visits"),
    Row("GET", "/v1/orgs", "viewer", 200),
    Row("GET", "/v1/orgs/{id}", "viewer", 200, f"/v1/orgs/{E1}", own=200, foreign=404),
    Row("POST", "/v1/orgs", "officer", 400),
    Row("POST", "/v1/orgs:import", "officer", 400),
    Row("GET", "/v1/exemptions", "viewer", 200),
    Row("POST", "/v1/exemptions", "officer", 400),
    Row("POST", "/v1/exemptions:import", "officer", 400),
    Row("GET", "/v1/exceptions", "viewer", 200),
    Row("POST", "/v1/exceptions", "officer", 400),
    Row("POST", "/v1/exceptions:import", "officer", 400),
    Row("GET", "/v1/statistics", "viewer", 200),
    Row("POST", "/v1/statistics", "officer", 400),
    Row("POST", "/v1/statistics:import", "officer", 400),
    Row("GET", "/v1/sites", "viewer", 200),
    Row("POST", "/v1/sites", "officer", 400),
    Row("POST", "/v1/sites:import", "officer", 400),
    Row("GET", "/v1/sites/{id}", "viewer", 404, "/v1/sites/none"),
    Row("GET", "/v1/sites/{id}/visits", "viewer", 404, "/v1/sites/none/visits"),
    Row("GET", "/v1/gate-trips", "viewer", 200, "/v1/gate-trips?unmatched=1"),
    Row("POST", "/v1/gate-trips", "officer", 400),
    Row("POST", "/v1/gate-trips:import", "officer", 400),
    Row("GET", "/v1/gate-usage", "viewer", 200),
    Row("GET", "/v1/compliance", "viewer", 200, own=200, foreign=200),
    Row("GET", "/v1/compliance/{rule}/vehicles", "viewer", 200, "/v1/compliance/R2-05a/vehicles"),
    Row("GET", "/v1/compliance/history", "viewer", 200),
    Row("GET", "/v1/compliance/{rule}/projection", "viewer", 200, "/v1/compliance/R2-05a/projection"),
    Row("GET", "/v1/compliance/{rule}/replacements", "viewer", 200, "/v1/compliance/R2-05a/replacements"),
    Row("POST", "/v1/compliance/{rule}/what-if", "viewer", 200, "/v1/compliance/R2-05a/what-if"),  # an empty list of changes
    Row("GET", "/v1/avoided-emissions", "viewer", 200),
    Row("GET", "/v1/lists", "viewer", 200),
    Row("GET", "/v1/lists/{id}", "viewer", 404, "/v1/lists/none"),
    Row("GET", "/v1/findings", "viewer", 200, own=200, foreign=200),
    Row("GET", "/v1/findings/{id}", "viewer", 404, "/v1/findings/99", own=404, foreign=404),
    Row("POST", "/v1/findings/{id}:decide", "officer", 400, "/v1/findings/1:decide"),
    Row("GET", "/v1/finding-kinds", "viewer", 200, own=200, foreign=200),
    Row("POST", "/v1/finding-kinds/{kind}", "admin", 400, "/v1/finding-kinds/none"),
    Row("GET", "/v1/snapshots", "viewer", 200),
    Row("POST", "/v1/snapshots", "officer", 503),  # this registry has no key to sign with
    Row("GET", "/v1/snapshots/{id}", "viewer", 404, "/v1/snapshots/1"),
    Row("GET", "/v1/audit", "admin", 200),
    Row("GET", "/v1/freight/reports", "viewer", 200, own=200, foreign=200, department=200),
    Row("POST", "/v1/freight/reports", "officer", 400, own=400, foreign=400),
    Row("POST", "/v1/freight/reports:import", "officer", 400),
    # It is a draft: who only reads does not see it, and for another enterprise it is not there.
    Row("GET", "/v1/freight/reports/{id}", "officer", 200, REPORT, own=200, foreign=404, department=404, viewer=404),
    Row("PUT", "/v1/freight/reports/{id}", "officer", 400, REPORT, own=400, foreign=404),
    Row("POST", "/v1/freight/reports/{id}:submit", "officer", 400, REPORT + ":submit", own=400, foreign=404),
    Row("POST", "/v1/freight/reports/{id}:return", "officer", 400, REPORT + ":return"),
    Row("POST", "/v1/freight/reports/{id}:accept", "officer", 400, REPORT + ":accept"),
    Row("POST", "/v1/freight/reports/{id}:amend", "officer", 400, REPORT + ":amend", own=400, foreign=404),
    Row("POST", "/v1/freight/reports/{id}:lock", "officer", 400, REPORT + ":lock"),
    Row("POST", "/v1/freight/reports/{id}:discard", "officer", 400, REPORT + ":discard", own=400, foreign=404),
    Row("GET", "/v1/freight/reports/{id}/versions/{version}", "officer", 200, REPORT + "/versions/1", own=200, foreign=404,
        department=404, viewer=404),
    Row("GET", "/v1/freight/reports/{id}/compare", "officer", 404, REPORT + "/compare?from=1&to=2", own=404, foreign=404,
        department=404, viewer=404),
    Row("POST", "/v1/freight/reports/{id}/files", "officer", 400, REPORT + "/files", own=400, foreign=404),
    Row("GET", "/v1/freight/reports/{id}/files/{file}", "officer", 404, REPORT + "/files/1", own=404, foreign=404,
        department=404, viewer=404),
    Row("GET", "/v1/freight/missing", "viewer", 200, "/v1/freight/missing?period=2025-Q2", own=200, foreign=200),
    Row("GET", "/v1/freight/reminders", "viewer", 200, own=200, foreign=200),
    Row("GET", "/v1/freight/shares", "viewer", 200, "/v1/freight/shares?period=2025-Q2", own=200, foreign=200, department=200),
    Row("GET", "/v1/accounts", "admin", 200, manager=200),
    Row("POST", "/v1/accounts", "admin", 400, manager=400),
    Row("GET", "/v1/accounts/{name}", "admin", 404, "/v1/accounts/none", manager=404),
    Row("PATCH", "/v1/accounts/{name}", "admin", 404, "/v1/accounts/none", manager=404),
    Row("POST", "/v1/accounts/{name}:reset", "admin", 404, "/v1/accounts/none:reset", manager=404),
    Row("POST", "/v1/session", "anyone", 400),
    Row("POST", "/v1/password:set", "anyone", 400),
    # All callers but the manager have tokens, and a token has no session; the manager's ends here.
    Row("GET", "/v1/session", "viewer", 404, own=404, foreign=404, department=404, manager=200),
    Row("POST", "/v1/password", "viewer", 400, own=400, foreign=400, department=400),
    Row("DELETE", "/v1/session", "viewer", 204, own=204, foreign=204, department=204),
    Row("DELETE", "/v1/sessions", "viewer", 204, own=204, foreign=204, department=204, manager=401),
]
WITHOUT_BODY = {"/v1/accounts/{name}:reset"}

# What every answer carries, whatever it is. A page has a policy of its own.
FIELDS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
          "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
          "X-Content-Type-Options": "nosniff"}


class Caller:
    """One of the callers, on a connection of its own."""

    def __init__(self, registry, token=None, gateway=None):
        self.registry, self.fields = registry, {"Authorization": f"Bearer {token}"} if token else {}
        self.context = ssl.create_default_context(cafile=str(registry.pki / "ca.pem"))
        if gateway:
            self.context.load_cert_chain(registry.pki / "gateways" / f"{gateway}.pem",
                                         registry.pki / "gateways" / f"{gateway}.key")
        self.connection = None

    def ask(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.registry.port, timeout=DEADLINE, context=self.context)
        self.connection.request(method, path, body=body, headers={**self.fields, **(headers or {})})
        answer = self.connection.getresponse()
        if answer.headers.get("Content-Type") == "text/event-stream":
            self.close()
            return answer.status, answer.headers, b""
        return answer.status, answer.headers, answer.read()

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


@pytest.fixture(scope="module")
def registry(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("matrix")
    made = Registry(folder, authority)
    made.run("migrate")
    (folder / "orgs.csv").write_text(ORGS)
    (folder / "vehicles.csv").write_text(VEHICLES)
    made.run("import", folder / "orgs.csv", folder / "vehicles.csv")
    made.start()
    yield made
    made.process.kill()
    made.process.wait()


PASSWORD = "four wagons of limestone"


def sign_in(admin, browser, account):
    """Makes the account and signs it in: the field that set the cookie, and what the browser sends from then on."""
    status, _, answer = admin.ask("POST", "/v1/accounts", json.dumps(account))
    assert status == 201, answer
    secret = {"link": json.loads(answer)["link"].rpartition("/")[2], "password": PASSWORD}
    status, _, answer = browser.ask("POST", "/v1/password:set", json.dumps(secret))
    assert status == 204, answer
    status, headers, answer = browser.ask("POST", "/v1/session", json.dumps({"name": account["name"], "password": PASSWORD}))
    assert status == 201, answer
    return headers["Set-Cookie"], {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": json.loads(answer)["csrf"]}


@pytest.fixture(scope="module")
def callers(registry):
    roles = {"own": ("reporter", "--org", E1), "foreign": ("reporter", "--org", E2), "department": ("department", "--org", "工信局"),
             "viewer": ("viewer",), "officer": ("officer",), "admin": ("admin",)}
    made = {"nobody": Caller(registry), "gateway": Caller(registry, gateway="gw-1"), "manager": Caller(registry)}
    for name, role in roles.items():
        out = registry.folder / f"{name}.token"
        registry.run("token", "create", "--name", name, "--role", *role, "--out", out)
        made[name] = Caller(registry, out.read_text().strip())
    manager = {"name": "manager", "full_name": "M", "role": "reporter", "org": E1, "manages": True}
    _, made["manager"].fields = sign_in(made["admin"], made["manager"], manager)
    line = {"commodity": "ORE", "direction": "IN", "mode": "RAIL", "tonnes": 5200000, "km": 420}
    status, _, answer = made["own"].ask("POST", "/v1/freight/reports", json.dumps({"period": "2025-Q2", "lines": [line]}))
    assert status == 201, answer
    yield made
    for caller in made.values():
        caller.close()


def test_every_route_has_a_row_and_every_row_a_route():
    listed = subprocess.run([BUILD / "tests" / "unit" / "registry" / "route_list"], check=True, capture_output=True, text=True).stdout
    assert sorted((row.method, row.route) for row in MATRIX) == sorted(tuple(line.split(" ")[:2]) for line in listed.splitlines())


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_is_let_in_where_the_matrix_says_so_and_nowhere_else(callers, caller):
    wrong = []
    for row in MATRIX:
        body = "[]" if row.method in ("POST", "PUT", "PATCH") and row.route not in WITHOUT_BODY else None
        try:
            status, headers, answer = callers[caller].ask(row.method, row.path, row.body or body)
        except OSError as died:
            pytest.fail(f"{row.method} {row.path}: {died}")
        if status != row.expected(caller):
            wrong.append((row.method, row.path, f"{status}, not {row.expected(caller)}", answer[:200]))
        wrong += [(row.method, row.path, name, headers.get(name)) for name, value in FIELDS.items() if headers.get(name) != value]
        if status >= 400 and (headers["Content-Type"] != "application/problem+json" or json.loads(answer)["status"] != status):
            wrong.append((row.method, row.path, "no problem document", answer[:200]))
        if (status == 401) != ("WWW-Authenticate" in headers):
            wrong.append((row.method, row.path, "401 and WWW-Authenticate belong together", status))
    assert not wrong, "\n".join(map(str, wrong))


# ---- in a browser ----

@pytest.fixture(scope="module")
def signed_in(registry, callers):
    """An officer's session: a caller without a token, its cookie, its CSRF token and the field that set the cookie."""
    browser = Caller(registry)
    set_cookie, fields = sign_in(callers["admin"], browser, {"name": "li.na", "full_name": "Li Na", "role": "officer"})
    yield browser, fields["Cookie"], fields["X-CSRF-Token"], set_cookie
    browser.close()


def test_the_cookie_is_for_this_host_over_tls_alone_and_no_script_reads_it(signed_in):
    name_and_value, *flags = signed_in[3].split("; ")
    assert name_and_value.startswith("__Host-evroll=")
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]


def test_nothing_is_changed_with_a_cookie_alone(callers, signed_in):
    browser, cookie, csrf, _ = signed_in
    other = {"missing": {}, "of another session": {"X-CSRF-Token": "A" * len(csrf)}, "cut short": {"X-CSRF-Token": csrf[:-1]}}
    changing = [row for row in MATRIX if row.method != "GET" and row.least in ("viewer", "officer", "admin")]
    assert len(changing) > 30
    for row in changing:
        for what, fields in other.items():
            status, _, answer = browser.ask(row.method, row.path, headers={"Cookie": cookie, **fields})
            assert (status, "X-CSRF-Token" in answer.decode()) == (403, True), (row.method, row.path, what, answer)
    assert browser.ask("GET", "/v1/session", headers={"Cookie": cookie})[0] == 200


def test_with_the_session_token_the_same_requests_are_let_in_where_an_officer_is(signed_in):
    browser, cookie, csrf, _ = signed_in
    headers = {"Cookie": cookie, "X-CSRF-Token": csrf}
    for row in (row for row in MATRIX if row.method in ("POST", "PUT", "PATCH") and row.least in ("viewer", "officer", "admin")):
        body = None if row.route in WITHOUT_BODY else "[]"
        status, _, answer = browser.ask(row.method, row.path, body, headers)
        assert status == row.expected("officer"), (row.method, row.path, answer)


def test_a_session_that_was_signed_out_everywhere_opens_nothing(signed_in):
    browser, cookie, csrf, _ = signed_in
    assert browser.ask("DELETE", "/v1/sessions", headers={"Cookie": cookie, "X-CSRF-Token": csrf})[0] == 204
    for row in (row for row in MATRIX if row.least in ("viewer", "officer", "admin")):
        assert browser.ask(row.method, row.path, headers={"Cookie": cookie, "X-CSRF-Token": csrf})[0] == 401


def test_a_reporter_sees_the_own_enterprise_s_vehicles_whoever_s_are_asked_for(callers):
    for query in ("", f"?owner={E1}", f"?owner={E2}", "?q=LTEA"):
        for caller, seen in (("own", [VIN]), ("foreign", [])):
            status, _, body = callers[caller].ask("GET", "/v1/vehicles" + query)
            assert (status, [v["vehicle_id"] for v in json.loads(body)["vehicles"]]) == (200, seen), (caller, query)


# ---- an organisation's own users ----

@pytest.fixture(scope="module")
def of_an_organisation(registry, callers):
    """Whoever manages the accounts of E1; and there are accounts of others."""
    browser = Caller(registry)
    _, browser.fields = sign_in(callers["admin"], browser, {"name": "chief", "full_name": "C", "role": "reporter", "org": E1, "manages": True})
    for name, role, org in (("other.clerk", "reporter", E2), ("same.name", "department", E1)):
        status, _, answer = callers["admin"].ask("POST", "/v1/accounts", json.dumps({"name": name, "full_name": "O", "role": role, "org": org}))
        assert status == 201, answer
    yield browser
    browser.close()


def test_who_manages_an_organisation_makes_changes_and_resets_its_accounts(callers, of_an_organisation):
    account = {"name": "new.clerk", "full_name": "N", "role": "reporter", "org": E1}
    status, _, answer = of_an_organisation.ask("POST", "/v1/accounts", json.dumps(account))
    assert status == 201, answer
    status, headers, answer = of_an_organisation.ask("GET", "/v1/accounts/new.clerk")
    assert (status, json.loads(answer)["manages"]) == (200, False)
    status, _, answer = of_an_organisation.ask("PATCH", "/v1/accounts/new.clerk", json.dumps({"disabled": True}), {"If-Match": headers["ETag"]})
    assert (status, json.loads(answer)["disabled"]) == (200, True)
    assert of_an_organisation.ask("POST", "/v1/accounts/new.clerk:reset")[0] == 201
    status, _, answer = callers["admin"].ask("GET", "/v1/audit?subject=new.clerk")
    assert {(e["who"], e["role"], e["action"]) for e in json.loads(answer)["entries"]} == {
        ("chief", "reporter", action) for action in ("account.create", "account.change", "account.reset")}


def test_other_accounts_are_not_there_for_who_manages_an_organisation(of_an_organisation):
    listed = json.loads(of_an_organisation.ask("GET", "/v1/accounts")[2])["accounts"]
    assert {(a["role"], a["org"]) for a in listed} == {("reporter", E1)} and "chief" in [a["name"] for a in listed]
    for name in ("other.clerk", "same.name"):
        assert of_an_organisation.ask("GET", f"/v1/accounts/{name}")[0] == 404
        assert of_an_organisation.ask("PATCH", f"/v1/accounts/{name}", '{"role": "reporter"}', {"If-Match": '"1"'})[0] == 404
        assert of_an_organisation.ask("POST", f"/v1/accounts/{name}:reset")[0] == 404


def test_who_manages_an_organisation_gives_no_other_role_and_no_other_organisation(of_an_organisation):
    for changed in ({"org": E2}, {"role": "department"}, {"role": "admin", "org": None}, {"role": "viewer", "org": None}):
        asked = {k: v for k, v in {"name": "grows", "full_name": "G", "role": "reporter", "org": E1, **changed}.items() if v}
        status, _, answer = of_an_organisation.ask("POST", "/v1/accounts", json.dumps(asked))
        assert status == 403, (asked, answer)
        tag = of_an_organisation.ask("GET", "/v1/accounts/chief")[1]["ETag"]
        wanted = {k: v or "" for k, v in changed.items()} | ({"manages": False} if "org" in changed and not changed["org"] else {})
        status, _, answer = of_an_organisation.ask("PATCH", "/v1/accounts/chief", json.dumps(wanted), {"If-Match": tag})
        assert status == 403, (wanted, answer)


# ---- what a gateway says of itself ----

def test_a_gateway_says_how_full_its_journals_are(callers):
    room = {"name": "mqtt", "used_bytes": 64 << 20, "budget_bytes": 1 << 40, "waiting": 7, "minutes": 90}
    for journals in ([room, {**room, "name": "coap", "minutes": None}], [{**room, "waiting": 8}]):
        assert callers["gateway"].ask("PUT", "/v1/gateway/journals", json.dumps({"journals": journals}))[0] == 204
    rooms = json.loads(callers["viewer"].ask("GET", "/v1/ingest/journals")[2])["rooms"]
    assert [(r.pop("gateway"), bool(r.pop("at"))) for r in rooms] == [("gw-1", True)] * 2
    assert rooms == [{**room, "name": "coap", "minutes": None}, {**room, "waiting": 8}], "the last word of each journal"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "a/b"}, {"used_bytes": -1}, {"waiting": "7"}, {"minutes": -1}, {"budget_bytes": None}])
def test_what_a_journal_cannot_be_is_refused(callers, wrong):
    room = {"name": "mqtt", "used_bytes": 1, "budget_bytes": 2, "waiting": 3, "minutes": 4, **wrong}
    assert callers["gateway"].ask("PUT", "/v1/gateway/journals", json.dumps({"journals": [room]}))[0] == 400
    assert callers["gateway"].ask("PUT", "/v1/gateway/journals", json.dumps({"journals": [{**room, **dict.fromkeys(wrong, None)}] * 9}))[0] == 400
