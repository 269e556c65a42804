"""A private PostgreSQL: a cluster in a directory of its own, on a unix socket that only its owner reaches and, with a
password, on a free port of loopback. The stack, the end-to-end tests and, through CTest, the C tests use it.

    python3 -m harness.postgres start FOLDER REGISTRY
                                                 makes and starts one, with a database whose schema the program made;
                                                 FOLDER/url says where, or why there is none
    python3 -m harness.postgres stop FOLDER
    python3 -m harness.postgres with FOLDER -- COMMAND…
                                                 runs it with EVROLL_TEST_POSTGRES_URL and the name of that database,
                                                 EVROLL_TEST_POSTGRES_TEMPLATE; 77 where there is none

PostgreSQL refuses to run as root: then the account `postgres` runs it, in a directory under /var/tmp that belongs to it.
"""
import contextlib
import glob
import hashlib
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import subprocess
import sys

from .process import Failed, free_ports, wait_until

OLDEST = 15
TEMPLATE = "with_schema"
ACCOUNT = "postgres"


class Unavailable(Failed):
    """Why there can be no PostgreSQL here; tests say SKIPPED and this."""


def programs():
    """The directory of the newest server programs."""
    def version(folder):
        text = pathlib.Path(folder).parent.name
        return int(text) if text.isdigit() else 0
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version)
    found = [f for f in found if version(f) >= OLDEST and os.access(f"{f}/initdb", os.X_OK)]
    if not found:
        raise Unavailable(f"PostgreSQL {OLDEST} or later is not installed (package postgresql-15)")
    return pathlib.Path(found[-1])


def account():
    """The user that the server runs as, when it cannot be ours."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise Unavailable(f"running as root, and there is no account {ACCOUNT} to run the server") from None


class Postgres:
    """`fast` gives up what a power cut would need, for tests that only kill the server; `followed` keeps what a standby
    needs all the same. `settings` are its own beside ours."""

    def __init__(self, folder, fast=False, followed=False, settings=()):
        self.bin, self.user, self.fast, self.followed = programs(), account(), fast, followed
        self.settings = dict(settings)
        self.folder = pathlib.Path(folder).resolve()
        self.home = self._home()
        self.data = self.home / "data"

    def _home(self):
        """Where the cluster lies: in the folder, or under /var/tmp when the server's account need not be able to
        reach that, or when its name is too long for a socket's."""
        if self.user is None and len(str(self.folder)) < 70:
            return self.folder
        return pathlib.Path("/var/tmp") / f"evroll-pg-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]}"

    def _run(self, *argv):
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              cwd=self.home, **self._identity())
        if done.returncode != 0:
            raise Failed(f"{pathlib.Path(argv[0]).name}: {(done.stderr or done.stdout).strip()[-600:]}")

    def _identity(self):
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _make_home(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            os.chown(self.home, self.user.pw_uid, self.user.pw_gid)
        os.chmod(self.home, 0o700)

    def _create(self):
        self._make_home()
        if not (self.data / "PG_VERSION").exists():
            password = self.home / "password"
            password.write_text(secrets.token_hex(16))
            if self.user is not None:
                os.chown(password, self.user.pw_uid, self.user.pw_gid)
            os.chmod(password, 0o600)
            self._run(self.bin / "initdb", "-D", self.data, "-U", "evroll", "--auth-local=trust",
                      "--auth-host=scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync",
                      "--no-instructions")

    @property
    def port(self):
        """One for the life of the cluster, so that a server that was killed comes back at the same place."""
        file = self.home / "port"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            file.write_text(str(free_ports(1)[0]))
        return int(file.read_text())

    def url(self, name="evroll"):
        return f"postgresql:///{name}?host={self.home}&port={self.port}&user=evroll"

    def tcp_url(self, name="evroll", port=None):
        """Over loopback: `port` is that of a proxy."""
        password = (self.home / "password").read_text()
        return f"postgresql://evroll:{password}@127.0.0.1:{port or self.port}/{name}"

    def _argv(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.home,
                    "max_connections": 200, "shared_buffers": "128MB", "max_wal_size": "2GB", "logging_collector": "off"}
        if self.fast:
            settings.update(fsync="off", full_page_writes="off", autovacuum="off")
        if self.fast and not self.followed:
            settings.update(wal_level="minimal", max_wal_senders=0)
        settings.update(self.settings)
        return [self.bin / "postgres", "-D", self.data, *(f"-c{k}={v}" for k, v in settings.items())]

    def start(self):
        self._create()
        if self.pid() is None:
            self.port  # noqa: B018: chosen while the folder is ours
            with open(self.home / "log", "ab") as log:
                self.child = self._launch([str(a) for a in self._argv()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True, cwd=self.home)
        wait_until(self._answers, f"PostgreSQL in {self.home} to answer (its log is there)", 60)
        return self

    def _launch(self, argv, **options):
        return subprocess.Popen(argv, **options, **self._identity())

    def alive_or_fail(self):
        return self._answers()

    def _answers(self):
        child = getattr(self, "child", None)
        if child is not None and child.poll() is not None:
            raise Failed(f"PostgreSQL ended with status {child.returncode}; see {self.home}/log")
        return subprocess.run([self.bin / "pg_isready", "-q", "-U", "evroll", "-h", self.home, "-p", str(self.port)],
                              stdin=subprocess.DEVNULL).returncode == 0

    def pid(self):
        """Of the running server, or None."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.data) in command else None

    def processes(self):
        """The server and its children."""
        pid = self.pid()
        if pid is None:
            return []
        children = []
        for stat in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError, IndexError):
                text = pathlib.Path(stat).read_text()
                if int(text.rsplit(")", 1)[1].split()[1]) == pid:
                    children.append(int(text.split()[0]))
        return [pid, *children]

    def _signal(self, pids, number):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait_gone(self, pids):
        child = getattr(self, "child", None)
        def gone():
            if child is not None:
                child.poll()
            return not any(alive(p) for p in pids)
        wait_until(gone, "PostgreSQL to end", 30)

    def kill(self):
        """SIGKILL for the server and every process of it: what a machine that dies leaves, but for the disk's cache."""
        pids = self.processes()
        self._signal(pids, signal.SIGKILL)
        self._wait_gone(pids)

    def stop(self):
        pids = self.processes()
        self._signal(pids[:1], signal.SIGINT)  # ends sessions, then itself
        self._wait_gone(pids)

    def base_backup(self, folder, *options):
        """Another server, not started yet, out of a base backup of this one while it runs."""
        copy = Postgres(folder, self.fast, self.followed, self.settings)
        copy._make_home()
        self._run(self.bin / "pg_basebackup", "-h", self.home, "-p", self.port, "-U", "evroll", "-D", copy.data,
                  "-X", "stream", "-c", "fast", "--no-sync", *options)
        return copy

    def standby(self, folder):
        """One that follows this server, started."""
        return self.base_backup(folder, "-R").start()

    def create(self, name):
        """A new, empty database; its address."""
        self.sql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def exists(self, name):
        return self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"

    def sql(self, name, text):
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(name),
                               "-c", text], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Failed(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def remove(self):
        """Nothing is to be kept: it need not end in order."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.remove()


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


# ---- for CTest -----------------------------------------------------------------------------------------


def start_for_tests(folder, registry):
    """The fixture never fails for want of PostgreSQL: its tests skip, with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = Postgres(folder / "server", fast=True)
        server.remove()
        server.start()
        subprocess.run([registry, "migrate", "--db", server.create(TEMPLATE)], check=True, stdin=subprocess.DEVNULL)
        (folder / "url").write_text(server.url("postgres"))
    except Unavailable as reason:
        (folder / "url").write_text(f"SKIPPED: {reason}")
    return 0


def stop_for_tests(folder):
    with contextlib.suppress(Unavailable):
        Postgres(folder / "server").remove()
    return 0


def run_with(folder, argv):
    url = (folder / "url").read_text()
    if url.startswith("SKIPPED"):
        print(url)
        return 77
    server = {"EVROLL_TEST_POSTGRES_URL": url, "EVROLL_TEST_POSTGRES_TEMPLATE": TEMPLATE}
    return subprocess.run(argv, env={**os.environ, **server}).returncode


def main(argv):
    folder = pathlib.Path(argv[1])
    if argv[0] == "start":
        return start_for_tests(folder, argv[2])
    if argv[0] == "stop":
        return stop_for_tests(folder)
    return run_with(folder, argv[argv.index("--") + 1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
