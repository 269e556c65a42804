"""A unit's certificate through the API: asked for with a request, signed by the authority elsewhere, handed out, revoked."""
import json
import subprocess
import time

import pytest
from test_matrix import Caller
from test_serve import DEADLINE, ROOT, Registry


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, text=True).stdout


def request(folder, unit, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), subject=None):
    out = folder / f"{unit}.csr"
    openssl("req", "-new", "-newkey", *key, "-nodes", "-keyout", folder / f"{unit}.key", "-subj", subject or f"/CN={unit}", "-out", out)
    return out.read_text()


@pytest.fixture(scope="module")
def registry(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("certificates")
    made = Registry(folder, authority)
    (folder / "signed").mkdir()
    made.run("migrate")
    made.start("--signed-dir", folder / "signed")
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture(scope="module")
def ask(registry):
    registry.run("token", "create", "--name", "admin", "--role", "admin", "--out", registry.folder / "token")
    admin = Caller(registry, (registry.folder / "token").read_text().strip())

    def ask(method, path, body=None, status=200, **headers):
        got, _, answer = admin.ask(method, path, None if body is None else json.dumps(body), headers)
        assert got == status, answer
        return json.loads(answer) if not headers else answer.decode()

    yield ask
    admin.close()


def sign(registry):
    return subprocess.run([ROOT / "certs/evroll-ca", "--dir", registry.pki, "sign", registry.folder / "signed"],
                          check=True, capture_output=True, text=True).stdout


def wait_for(condition, what):
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_a_certificate_comes_by_the_directory_that_is_shared_with_the_authority(registry, ask, tmp_path):
    ask("POST", "/v1/units", {"unit": "bus-1"})
    made = ask("POST", "/v1/units/bus-1/certificates", {"csr": request(tmp_path, "bus-1")}, 201)
    assert (made["number"], made["state"], made["key"], made["certificate"]) == (1, "requested", "EC P-256", None)
    ask("GET", "/v1/units/bus-1/certificates/1", None, 404, Accept="application/x-pem-file")
    assert [r["unit"] for r in ask("GET", "/v1/certificate-requests")["requests"]] == ["bus-1"]
    wait_for((registry.folder / "signed" / "bus-1.1.csr").exists, "the request never came out")
    assert "1 certificate in" in sign(registry)
    wait_for(lambda: ask("GET", "/v1/units/bus-1/certificates/1")["state"] == "issued", "the certificate was not taken")
    pem = ask("GET", "/v1/units/bus-1/certificates/1", Accept="application/x-pem-file")
    (tmp_path / "bus-1.pem").write_text(pem)
    openssl("verify", "-purpose", "sslclient", "-CAfile", registry.pki / "ca.pem", tmp_path / "bus-1.pem")
    assert openssl("x509", "-in", tmp_path / "bus-1.pem", "-noout", "-pubkey") == openssl("pkey", "-in", tmp_path / "bus-1.key", "-pubout")
    wait_for(lambda: not list((registry.folder / "signed").iterdir()), "what was taken was left lying")
    assert ask("GET", "/v1/certificate-requests")["requests"] == []

    serial = ask("GET", "/v1/units/bus-1/certificates/1")["serial"]
    ask("POST", "/v1/units/bus-1:revoke", {"reason": "sold"})
    assert ask("GET", "/v1/units/bus-1/certificates/1")["state"] == "revoked"
    ask("POST", "/v1/units/bus-1/certificates", {"csr": request(tmp_path, "bus-1")}, 409)
    ask("POST", "/v1/units/bus-1:restore", {"reason": "bought back"})
    told = json.loads(registry.ask("/v1/gateway/units", gateway="gw-1")[1])["units"]
    assert told == [{"unit": "bus-1", "category": None, "interval_s": None, "signals": None, "access": "allowed", "revoked": [serial]}]


def test_a_certificate_that_is_brought_has_to_be_the_requests(registry, ask, tmp_path):
    signed = registry.folder / "brought"
    signed.mkdir()
    for unit in ("bus-2", "bus-3"):
        ask("POST", "/v1/units", {"unit": unit})
        csr = request(tmp_path, unit)
        ask("POST", f"/v1/units/{unit}/certificates", {"csr": csr}, 201)
        (signed / f"{unit}.1.csr").write_text(csr)
    subprocess.run([ROOT / "certs/evroll-ca", "--dir", registry.pki, "sign", signed], check=True, capture_output=True)
    subprocess.run([ROOT / "certs/evroll-ca", "--dir", tmp_path / "other", "init"], check=True, capture_output=True)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "bus-2.1.csr").write_text((signed / "bus-2.1.csr").read_text())
    subprocess.run([ROOT / "certs/evroll-ca", "--dir", tmp_path / "other", "sign", foreign], check=True, capture_output=True)
    path = "/v1/units/bus-2/certificates/1"
    for wrong, why in (((signed / "bus-3.1.pem").read_text(), "another key"), ((foreign / "bus-2.1.pem").read_text(), "not signed"),
                       ("nonsense", "no certificate"), ("x" * 20000, "at most")):
        assert why in ask("PUT", path, {"certificate": wrong}, 400)["detail"]
    pem = (signed / "bus-2.1.pem").read_text()
    assert ask("PUT", path, {"certificate": pem})["state"] == "issued"
    assert ask("PUT", path, {"certificate": pem})["state"] == "issued", "the same again changes nothing"
    assert "already" in ask("PUT", path, {"certificate": pem + "\n"}, 409)["detail"]


@pytest.mark.parametrize(("key", "subject", "why"), [
    (("rsa:1024",), "/CN=bus-4", "another kind"),
    (("ed25519",), "/CN=bus-4", "another kind"),
    (("rsa:2048",), "/CN=bus-5", "another common name"),
    (("rsa:2048",), "/CN=bus-4/CN=bus-5", "another common name"),
    (("rsa:2048",), "/O=nobody", "another common name"),
])
def test_a_request_that_does_not_fit_is_refused(ask, tmp_path, key, subject, why):
    ask("POST", "/v1/units", {"unit": "bus-4"})
    assert why in ask("POST", "/v1/units/bus-4/certificates", {"csr": request(tmp_path, "bus-4", key, subject)}, 400)["detail"]


def test_a_request_is_whole_signed_by_its_key_and_not_too_large(ask, tmp_path):
    ask("POST", "/v1/units", {"unit": "bus-4"})
    csr = request(tmp_path, "bus-4")
    der = openssl("req", "-in", tmp_path / "bus-4.csr", "-outform", "PEM").splitlines()
    der[-2] = der[-2][:8] + ("A" if der[-2][8] != "A" else "B") + der[-2][9:]
    for wrong in ("", "nonsense", csr[:-40], "\n".join(der) + "\n", "x" * 9000):
        ask("POST", "/v1/units/bus-4/certificates", {"csr": wrong}, 400)
    ask("POST", "/v1/units/none/certificates", {"csr": request(tmp_path, "none")}, 404)
