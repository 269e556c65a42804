"""The Debian packages: what they hold, and that it works from where it is unpacked. Nothing is installed; CMake leaves its
lists install_manifest_*.txt in the build folder."""
import configparser
import fcntl
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest
from conftest import publish, stored
from harness.process import wait_until
from harness.stack import GATEWAY, ROOT, Stack, build_dir, run

FILES = {
    "evroll-registry": """
        usr/bin/evroll-registry
        usr/lib/systemd/system/evroll-registry.service
        usr/share/doc/evroll-registry/copyright
        usr/share/doc/evroll-registry/registry.yaml
        usr/share/man/man1/evroll-registry.1""",
    "evroll-gateway": """
        etc/evroll/mosquitto.conf
        usr/bin/evroll-gateway
        usr/lib/evroll/evroll-broker.so
        usr/lib/systemd/system/evroll-broker.service
        usr/lib/systemd/system/evroll-gateway.service
        usr/share/doc/evroll-gateway/copyright
        usr/share/doc/evroll-gateway/gateway.yaml
        usr/share/man/man1/evroll-gateway.1""",
    "evroll-tools": """
        usr/bin/evroll-ca
        usr/bin/evroll-unit
        usr/share/doc/evroll-tools/copyright
        usr/share/evroll/openssl.cnf
        usr/share/man/man1/evroll-ca.1
        usr/share/man/man1/evroll-unit.1""",
}
SCRIPTS = {"postinst", "prerm", "postrm"}
CONTROL = {"evroll-registry": SCRIPTS, "evroll-gateway": {*SCRIPTS, "conffiles"}, "evroll-tools": set()}
DEPENDS = {
    "evroll-registry": {"adduser", "libc6", "libpq5", "libsqlite3-0", "libssl3", "libsystemd0"},
    "evroll-gateway": {"adduser", "mosquitto", "libc6", "libcoap3", "libcurl4", "libssl3", "libsystemd0"},
    "evroll-tools": {"openssl", "libc6", "libcoap3", "libmosquitto1", "libssl3"},
}
SERVICES = ("evroll-registry", "evroll-broker", "evroll-gateway")
# What each unit says, besides what is its own.
DIRECTIVES = """
    Type=notify Restart=on-failure User=evroll StateDirectoryMode=0750 ConfigurationDirectory=evroll CapabilityBoundingSet=
    NoNewPrivileges=yes ProtectSystem=strict ProtectHome=yes PrivateTmp=yes PrivateDevices=yes ProtectKernelLogs=yes
    ProtectKernelModules=yes ProtectKernelTunables=yes ProtectControlGroups=yes RestrictNamespaces=yes RestrictRealtime=yes
    RestrictSUIDSGID=yes LockPersonality=yes MemoryDenyWriteExecute=yes SystemCallArchitectures=native
    SystemCallFilter=@system-service"""
PLUGIN_BYTES = 64 * 1024


class Packages:
    """The packages in `folder`, and `root`, where they are unpacked over each other."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "root"

    def make(self):
        run("cpack", "--config", build_dir() / "CPackConfig.cmake", "-B", self.folder)
        for name in FILES:
            run("dpkg", "-x", self.file(name), self.root)

    def file(self, name):
        [file] = self.folder.glob(f"{name}_*.deb")
        return file

    def unit(self, service):
        return self.root / "usr/lib/systemd/system" / f"{service}.service"


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Made once, by the test worker that is first to ask."""
    folder = tmp_path_factory.getbasetemp()
    packages = Packages((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "packages")
    with open(packages.folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not packages.root.exists():
            packages.make()
    return packages


@pytest.mark.parametrize("name", FILES)
def test_a_package_holds_these_files_and_nobody_but_root_can_change_them(packages, name, tmp_path):
    entries = [line.split() for line in run("dpkg-deb", "-c", packages.file(name)).splitlines()]
    assert {e[5].removeprefix("./") for e in entries if e[0][0] != "d"} == set(FILES[name].split())
    for mode, owner, _, _, _, path in entries:
        assert owner == "root/root", path
        executable = mode[0] == "d" or path.startswith("./usr/bin/")
        assert mode[1:] == ("rwxr-xr-x" if executable else "rw-r--r--"), path
    run("dpkg-deb", "-e", packages.file(name), tmp_path)
    assert {f.name for f in tmp_path.iterdir()} == {"control", "md5sums", *CONTROL[name]}


@pytest.mark.parametrize("name", FILES)
def test_a_package_depends_on_what_its_programs_are_linked_with(packages, name):
    depends = {entry.split()[0] for entry in run("dpkg-deb", "-f", packages.file(name), "Depends").split(",")}
    assert depends >= DEPENDS[name]


def test_programs_run_where_they_are_unpacked_and_are_of_one_version(packages):
    said = run(ROOT / "dev", "--version").split()
    assert said[0] == "evroll"
    programs = sorted((packages.root / "usr/bin").iterdir())
    assert len(programs) == 4
    for program in programs:
        assert run(program, "--version").split() == [program.name, said[1]]
        assert (packages.root / "usr/share/man/man1" / f"{program.name}.1").exists()
    for name in FILES:
        assert run("dpkg-deb", "-f", packages.file(name), "Version").strip() == said[1]


def test_the_authority_works_where_it_is_unpacked(packages, tmp_path):
    ca = [packages.root / "usr/bin/evroll-ca", "--dir", tmp_path / "pki"]
    run(*ca, "init")
    run(*ca, "unit", "bus-1")
    run("openssl", "verify", "-CAfile", tmp_path / "pki/ca.pem", tmp_path / "pki/units/bus-1.pem")


def test_programs_and_the_plugin_are_stripped_and_the_plugin_is_small(packages):
    plugin = packages.root / "usr/lib/evroll/evroll-broker.so"
    assert plugin.stat().st_size <= PLUGIN_BYTES
    for name in ("evroll-registry", "evroll-gateway", "evroll-unit"):
        assert ".symtab" not in run("readelf", "-S", packages.root / "usr/bin" / name)
    assert ".symtab" not in run("readelf", "-S", plugin)


@pytest.mark.parametrize("service", SERVICES)
def test_a_unit_watches_its_service_and_shuts_it_in(packages, service):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(packages.unit(service))
    section = parser["Service"]
    for directive in DIRECTIVES.split():
        key, value = directive.split("=", 1)
        assert section[key] == value
    assert int(section["WatchdogSec"]) >= 60
    assert set(section["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert all(name.split("/")[0] == "evroll" for name in section["StateDirectory"].split())
    assert section["UMask"] == ("0077" if service == "evroll-registry" else "0027")
    assert service == "evroll-registry" or int(section["LimitNOFILE"]) >= 2 * 16384 + 4096
    program = section["ExecStart"].split()[0]
    assert (packages.root / program.lstrip("/")).exists() or program == "/usr/sbin/mosquitto"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="SKIPPED: systemd-analyze is not installed")
def test_systemd_accepts_the_units(packages, tmp_path):
    for service in SERVICES:
        text = packages.unit(service).read_text()
        (tmp_path / f"{service}.service").write_text(text.replace("=/usr/bin/", f"={packages.root}/usr/bin/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *tmp_path.glob("*.service")], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_files_that_the_operator_s_document_names_are_in_the_packages(packages):
    named = re.findall(r"/(?:usr/share/doc/\S+|etc/evroll/mosquitto\.conf)", (ROOT / "docs" / "operations.md").read_text())
    assert len(named) >= 3
    assert all((packages.root / file.strip("`;,").lstrip("/")).exists() for file in named)


class Told:
    """What a service tells systemd, whose socket this stands in for. A socket that nobody reads would hold up the service."""

    def __init__(self, name):
        self.socket, self.words = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), []
        self.address = f"evroll-{os.getpid()}-{name}"
        self.socket.bind("\0" + self.address)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.words += self.socket.recv(4096).decode().split()

    def env(self):
        return {"NOTIFY_SOCKET": "@" + self.address, "WATCHDOG_USEC": "1000000"}


class Installed(Stack):
    """The services of unpacked packages, each with the configuration that came with it; only paths, ports and names are
    of this place."""

    def __init__(self, packages, state):
        self.root, self.told = packages.root, {}
        super().__init__(state)

    @property
    def bin(self):
        return self.root / "usr/bin"

    def _service(self, name, argv, env=None):
        self.told[name] = Told(name)
        return super()._service(name, argv, {**(env or {}), **self.told[name].env()})

    def _of_this_place(self, file, **changes):
        text = (self.root / file).read_text()
        for old, new in {"/etc/evroll/pki": self.pki, **changes}.items():
            assert old in text
            text = text.replace(old, str(new))
        return text

    def _gateway_yaml(self):
        return self._of_this_place("usr/share/doc/evroll-gateway/gateway.yaml", **{
            "depot-1": GATEWAY, "/var/lib/evroll/gateway": self.state / "gateway",
            '"0.0.0.0:8883", "[::]:8883"': f'"127.0.0.1:{self.ports["mqtt"]}"',
            "127.0.0.1:18883": f"127.0.0.1:{self.ports['broker']}", "0.0.0.0:5684": f"127.0.0.1:{self.ports['coap']}",
            "https://registry.example:8443": self.registry_url}) + "uplink:\n  linger_ms: 200\n"

    def _registry_yaml(self):
        return self._of_this_place("usr/share/doc/evroll-registry/registry.yaml", **{
            "sqlite:/var/lib/evroll/registry.db": self.db, "0.0.0.0": "127.0.0.1", "8443": self.ports["registry"]})

    def mosquitto_conf(self):
        return self._of_this_place("etc/evroll/mosquitto.conf", **{
            "user evroll": f"user {getpass.getuser()}", "listener 18883": f"listener {self.ports['broker']}",
            "/var/lib/evroll/gateway": self.state / "gateway", "/usr/lib/evroll": self.root / "usr/lib/evroll"})


def test_the_services_start_from_their_packages_store_a_message_and_keep_systemd_informed(packages, authority, tmp_path):
    stack = Installed(packages, tmp_path / "stack")
    shutil.copytree(authority, stack.pki)
    stack.prepare()
    assert stack.gateway("check-config") == ""
    with stack:
        payload = json.dumps([{"bn": "bus-1/", "bt": int(time.time()), "n": "speed", "u": "km/h", "v": 42}])
        done = publish(stack, "bus-1", "senml-json", payload.encode())
        assert done.returncode == 0, done.stderr
        wait_until(lambda: [s["speed"] for s in stored(stack, "bus-1")] == [42], "the message to be stored")
        for name, told in stack.told.items():
            # The broker reports in its own time.
            wait_until(lambda: told.words.count("WATCHDOG=1") >= (1 if name == "broker" else 2), f"{name} to report", 10)
            assert told.words[0] == "READY=1" or name == "broker"
            assert told.words.count("READY=1") == 1
    for name in ("registry", "gateway"):
        wait_until(lambda: stack.told[name].words[-1] == "STOPPING=1", f"{name} to say that it stops", 5)
