"""certs/evroll-ca from the command line, judged by openssl."""
import os
import pathlib
import shutil
import stat
import subprocess

import pytest
from conftest import made_once

CA = pathlib.Path(__file__).resolve().parent.parent.parent / "certs" / "evroll-ca"


def run(directory, *args, status=0):
    done = subprocess.run([CA, "--dir", directory, *args], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    if status:
        assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("evroll-ca: ")
    return done.stdout + done.stderr


def openssl(*args, status=0):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def listed(directory):
    return [line.split("\t") for line in run(directory, "list").splitlines()[1:]]


@pytest.fixture(scope="session")
def new_pki(tmp_path_factory):
    return made_once(tmp_path_factory, "new-pki", lambda folder: run(folder, "init"))


@pytest.fixture
def pki(tmp_path, new_pki):
    return shutil.copytree(new_pki, tmp_path / "pki")


def verify(pki, cert, purpose, *more, status=0):
    return openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", pki / "ca.pem", *more, cert, status=status)


def test_certificates_verify_for_their_purpose_and_no_other(pki):
    run(pki, "server", "localhost")
    run(pki, "gateway", "gw-1")
    run(pki, "unit", "bus-1")
    verify(pki, pki / "servers/localhost.pem", "sslserver", "-verify_hostname", "localhost")
    verify(pki, pki / "servers/localhost.pem", "sslserver", "-verify_ip", "::1")
    verify(pki, pki / "servers/localhost.pem", "sslclient", status=2)
    for name in ("units/bus-1", "gateways/gw-1"):
        verify(pki, pki / f"{name}.pem", "sslclient")
        verify(pki, pki / f"{name}.pem", "sslserver", status=2)
    assert "URI:urn:evroll:unit:bus-1" in openssl("x509", "-in", pki / "units/bus-1.pem", "-noout", "-ext",
                                                  "subjectAltName")
    assert "URI:urn:evroll:gateway:gw-1" in openssl("x509", "-in", pki / "gateways/gw-1.pem", "-noout", "-ext",
                                                    "subjectAltName")


def test_a_chain_verifies_with_the_root_alone(pki):
    run(pki, "unit", "bus-1")
    root = pki / "root/ca.pem"
    openssl("verify", "-CAfile", root, "-untrusted", pki / "units/bus-1.pem", pki / "units/bus-1.pem")


def test_a_server_takes_names_and_addresses(pki):
    run(pki, "server", "broker", "localhost", "127.0.0.1", "::1", "mqtt.depot.example")
    names = openssl("x509", "-in", pki / "servers/broker.pem", "-noout", "-ext", "subjectAltName")
    for name in ("DNS:broker", "DNS:localhost", "IP Address:127.0.0.1", "DNS:mqtt.depot.example"):
        assert name in names
    for bad in ("999.1.1.1", "a_b", "-x.example", "a b"):
        run(pki, "server", "other", "--", bad, status=2)


def test_keys_are_private(pki):
    run(pki, "unit", "bus-1")
    keys = list(pki.rglob("*.key"))
    assert len(keys) == 3
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert {stat.S_IMODE(key.parent.stat().st_mode) for key in keys} == {0o700}
    assert stat.S_IMODE((pki / "ca.pem").stat().st_mode) == 0o644


def test_a_revoked_unit_is_on_the_list_and_nobody_else(pki):
    run(pki, "unit", "bus-1", "bus-2", "bus-3")
    run(pki, "revoke", "bus-2")
    crl = ("-crl_check_all", "-CRLfile", pki / "crl.pem")
    verify(pki, pki / "units/bus-1.pem", "sslclient", *crl)
    assert "certificate revoked" in verify(pki, pki / "units/bus-2.pem", "sslclient", *crl, status=2)
    run(pki, "crl")
    verify(pki, pki / "units/bus-2.pem", "sslclient", *crl, status=2)
    assert [(row[0], row[4]) for row in listed(pki)] == [("bus-1", "valid"), ("bus-2", "revoked"), ("bus-3", "valid")]
    run(pki, "revoke", "bus-9", status=1)


def test_a_renewed_unit_gets_another_certificate_and_revoke_takes_all(pki):
    run(pki, "unit", "bus-1")
    first = (pki / "units/bus-1.pem").read_text()
    run(pki, "unit", "bus-1", "bus-2", status=1)
    assert not (pki / "units/bus-2.pem").exists()
    assert (pki / "units/bus-1.pem").read_text() == first
    run(pki, "unit", "--renew", "bus-1")
    assert (pki / "units/bus-1.pem").read_text() != first
    run(pki, "revoke", "bus-1")
    assert [row[4] for row in listed(pki)] == ["revoked", "revoked"]


def test_a_name_of_two_kinds_is_revoked_by_kind(pki):
    run(pki, "unit", "x")
    run(pki, "gateway", "x")
    run(pki, "revoke", "x", status=2)
    run(pki, "revoke", "--kind", "gateway", "x")
    assert [(row[1], row[4]) for row in listed(pki)] == [("unit", "valid"), ("gateway", "revoked")]


def test_the_list_says_what_the_certificate_says(pki):
    run(pki, "--days", "10", "unit", "bus-1")
    name, kind, serial, end, status = listed(pki)[0]
    text = openssl("x509", "-in", pki / "units/bus-1.pem", "-noout", "-serial", "-enddate", "-dateopt", "iso_8601")
    assert f"serial={serial}" in text
    assert f"notAfter={end.replace('T', ' ')}" in text
    assert len(serial) >= 32


def test_lifetimes(pki):
    run(pki, "server", "localhost")
    run(pki, "gateway", "gw-1")
    run(pki, "unit", "bus-1")
    run(pki, "--days", "99999", "unit", "bus-2")
    for file, days in (("root/ca.pem", 7305), ("issuing/ca.pem", 3653), ("servers/localhost.pem", 825),
                       ("gateways/gw-1.pem", 730), ("units/bus-1.pem", 1826), ("units/bus-2.pem", 3653)):
        seconds = days * 86400
        openssl("x509", "-in", pki / file, "-noout", "-checkend", seconds - 2 * 86400)
        openssl("x509", "-in", pki / file, "-noout", "-checkend", seconds + 86400, status=1)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 33, "é", "a=b", "a\nb", "a\tb"])
def test_a_bad_name_is_refused_and_nothing_is_issued(pki, name):
    run(pki, "unit", "good", name, status=2)
    assert listed(pki) == []
    assert not (pki / "units").exists()


def test_wrong_usage_is_told_in_a_line(tmp_path, pki):
    for args in ((), ("unit",), ("nonsense",), ("unit", "a", "a"), ("--days", "0", "unit", "a"), ("--bogus",),
                 ("init", "x"), ("--dir",), ("revoke", "--kind", "root", "a"), ("list", "x")):
        run(pki, *args, status=2)
    run(tmp_path / "none", "list", status=2)
    run(pki, "init", status=1)
    assert "usage" in run(pki, "--help")
    assert "evroll-ca " in run(pki, "--version")


def test_calls_at_once_do_not_lose_each_others_certificates(pki):
    calls = [subprocess.Popen([CA, "--dir", pki, "unit", f"u{i}-1", f"u{i}-2"], stdout=subprocess.DEVNULL)
             for i in range(6)]
    assert [call.wait() for call in calls] == [0] * 6
    assert len(listed(pki)) == 12
    assert len(list((pki / "units").glob("*.pem"))) == 12


def test_a_call_that_died_before_its_decision_leaves_nothing(pki):
    (pki / ".new/units").mkdir(parents=True)
    (pki / ".new/units/bus-1.key").write_text("half")
    assert listed(pki) == []
    assert not (pki / ".new").exists()
    run(pki, "unit", "bus-1")


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_call_that_died_after_its_decision_is_finished_by_the_next(pki, moved):
    before = (pki / "index").read_text()
    run(pki, "unit", "bus-1")
    after = (pki / "index").read_text()
    # As it stood after the rename of .new and `moved` of the steps behind it.
    (pki / ".commit/units").mkdir(parents=True)
    for step, name in enumerate(("units/bus-1.key", "units/bus-1.pem", "index")):
        if step >= moved:
            os.rename(pki / name, pki / ".commit" / name)
    if moved < 3:
        (pki / "index").write_text(before)
    assert [row[0] for row in listed(pki)] == ["bus-1"]
    assert (pki / "index").read_text() == after
    assert not (pki / ".commit").exists()
    verify(pki, pki / "units/bus-1.pem", "sslclient")
    assert (pki / "units/bus-1.key").exists()


def test_the_root_key_may_be_taken_away(pki, tmp_path):
    os.rename(pki / "root/ca.key", tmp_path / "safe.key")
    run(pki, "unit", "bus-1")
    run(pki, "revoke", "bus-1")
    verify(pki, pki / "units/bus-1.pem", "sslclient", "-crl_check_all", "-CRLfile", pki / "crl.pem", status=2)


def test_a_fleet_in_one_call(pki):
    count = os.cpu_count() + 41  # every core issues some, and not all of them as many
    run(pki, "unit", *(f"unit-{i:04}" for i in range(count)))
    serials = [row[2] for row in listed(pki)]
    assert len(set(serials)) == count
    for i in (0, count // 2, count - 1):
        verify(pki, pki / f"units/unit-{i:04}.pem", "sslclient")
