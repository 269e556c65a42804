"""Tests over a Citus cluster. EVROLL_TEST_CITUS_URL is the address of a database on the coordinator of one that stands
already, with the extension and its workers. Where nothing is named, a private cluster is started, if Citus is installed: it is
not part of Debian.

    python3 -m harness.citus -- COMMAND…    runs a C test there; 77 where no cluster is named

Each test makes schemas of its own; what a program leaves is dropped behind it.
"""
import contextlib
import os
import pathlib
import subprocess
import sys

from .postgres import Postgres, Unavailable, programs
from .process import Failed

VARIABLE = "EVROLL_TEST_CITUS_URL"
WHY_NOT = f"{VARIABLE} is not set: the address of a Citus coordinator's database"

# What docs/operations.md asks of a node. Shards move by logical replication.
SETTINGS = {"shared_preload_libraries": "citus", "max_prepared_transactions": 200, "wal_level": "logical",
            "max_locks_per_transaction": 512, "citus.enable_statistics_collection": "off", "citus.shard_count": 8}


class Cluster:
    """A coordinator and workers on this machine, private; all reach each other on their sockets. Made and started once."""

    def __init__(self, folder, workers=2):
        extension = pathlib.Path("/usr/share/postgresql") / programs().parent.name / "extension" / "citus.control"
        if not extension.exists():
            raise Unavailable(f"Citus is not installed for PostgreSQL {programs().parent.name} (there is no {extension})")
        self.folder = pathlib.Path(folder)
        self.coordinator, *self.workers = [self.node(name) for name in ("coordinator", *(f"worker-{i + 1}" for i in range(workers)))]

    def node(self, name):
        """A server that is none of the cluster yet."""
        return Postgres(self.folder / name, fast=True, followed=True, settings=SETTINGS)

    def url(self):
        return self.coordinator.url()

    def add(self, worker):
        """Shards come to it when they are moved, or made."""
        self.coordinator.sql("evroll", f"SELECT citus_add_node('{worker.home}', {worker.port})")

    def ready(self, node):
        node.settings["citus.local_hostname"] = node.home  # what it calls itself when it moves shards
        node.start()
        node.create("evroll")
        node.sql("evroll", "CREATE EXTENSION citus")

    def __enter__(self):
        try:
            for node in (self.coordinator, *self.workers):
                self.ready(node)
            here = self.coordinator
            here.sql("evroll", f"SELECT citus_set_coordinator_host('{here.home}', {here.port})")
            for worker in self.workers:
                self.add(worker)
        except Failed:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in (*self.workers, self.coordinator):
            node.remove()


@contextlib.contextmanager
def cluster(folder):
    """The address of the one that is named, or of a private one that ends with the caller."""
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE]
        return
    with Cluster(folder) as private:
        yield private.url()


def sql(url, text):
    done = subprocess.run([programs() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failed(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()


def create_schema(url, name):
    """The address of a new, empty schema. Two shards a table are enough to go wrong, and soon made."""
    sql(url, f"CREATE SCHEMA {name}")
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}%20-ccitus.shard_count%3D2"


def drop_schemas(url, pattern):
    """Those whose name is like it, one after the other: each is a transaction over all nodes."""
    found = sql(url, f"SELECT nspname FROM pg_namespace WHERE nspname LIKE '{pattern}'")
    for name in found.split():
        sql(url, f"SET client_min_messages = error; DROP SCHEMA {name} CASCADE")


def run(url, argv):
    with subprocess.Popen(argv, env={**os.environ, "EVROLL_TEST_POSTGRES_URL": url, "EVROLL_TEST_DISTRIBUTED": "1"}) as test:
        status = test.wait()
    drop_schemas(url, f"test\\_{test.pid}\\_%")
    return status


def main(argv):
    url = os.environ.get(VARIABLE)
    if not url:
        print(f"SKIPPED: {WHY_NOT}")
        return 77
    return run(url, argv[argv.index("--") + 1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
