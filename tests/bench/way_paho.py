"""The peer of bench_way: a consumer of telemetry as paho's and psycopg2's own documentation shows them. A message
becomes a row of PostgreSQL.

    python3 way_paho.py each|batch PORT PKI DATABASE    says "ready" when it is subscribed

`each` commits a row before its message is acknowledged (autocommit). `batch` collects up to 1,000 rows or 200 ms of them
for execute_values, which is what psycopg2 recommends for many rows; messages are acknowledged before that, so that what
it holds is lost with it.
"""
import json
import sys
import time

import paho.mqtt.client as mqtt
import psycopg2
from psycopg2.extras import execute_values

COLUMNS = ("unit", "at", "lat", "lon", "speed", "odo", "soc", "batt_v", "batt_a", "charging", "mode", "rpm", "fuel", "hours",
           "nox", "urea", "mil")
INSERT = f"INSERT INTO telemetry ({', '.join(COLUMNS)}) VALUES %s ON CONFLICT DO NOTHING"
ONE = INSERT.replace("%s", f"({', '.join(['%s'] * len(COLUMNS))})")
ROWS, WAIT_S = 1000, 0.2


def row_of(message):
    """RFC 8428, as far as units use it: one time a pack."""
    pack = json.loads(message.payload)
    values = {r["n"]: r.get("v", r.get("vb", r.get("vs"))) for r in pack if "n" in r}
    values["unit"] = message.topic.split("/")[3]
    values["at"] = pack[0].get("bt", 0) + pack[0].get("t", 0)
    return tuple(values.get(column) for column in COLUMNS)


class Each:
    def __init__(self, database):
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()

    def add(self, row):
        self.cursor.execute(ONE, row)

    def flush_if_due(self):
        pass


class Batch(Each):
    def __init__(self, database):
        super().__init__(database)
        self.rows, self.since = [], 0.0

    def add(self, row):
        if not self.rows:
            self.since = time.monotonic()
        self.rows.append(row)
        if len(self.rows) >= ROWS:
            self.flush()

    def flush(self):
        execute_values(self.cursor, INSERT, self.rows, page_size=ROWS)
        self.rows = []

    def flush_if_due(self):
        if self.rows and time.monotonic() - self.since > WAIT_S:
            self.flush()


def main(kind, port, pki, database):
    store = {"each": Each, "batch": Batch}[kind](database)
    client = mqtt.Client(client_id="consumer", clean_session=False)
    client.tls_set(f"{pki}/ca.pem", f"{pki}/units/consumer.pem", f"{pki}/units/consumer.key")
    client.on_connect = lambda *_: client.subscribe("evroll/v1/units/+/senml-json", qos=1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = lambda _client, _data, message: store.add(row_of(message))
    client.connect("localhost", int(port))
    while client.loop(timeout=WAIT_S) == mqtt.MQTT_ERR_SUCCESS:
        store.flush_if_due()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
