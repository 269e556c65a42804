"""The C tests over a Citus cluster that stands already: EVROLL_TEST_CITUS_URL is the address of a database on its
coordinator, which has the extension and its workers. Citus is not part of Debian, so none is started here.

    python3 -m harness.citus -- COMMAND…    runs it; 77 where there is no cluster

Each test makes schemas of its own there; what a program leaves is dropped behind it.
"""
import os
import subprocess
import sys

from .postgres import programs
from .process import Failed

VARIABLE = "EVROLL_TEST_CITUS_URL"
WHY_NOT = f"{VARIABLE} is not set: the address of a Citus coordinator's database"


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
