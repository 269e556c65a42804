#!/usr/bin/python3
"""Reads every #include and fails on one that breaks the layers of docs/architecture.md.

Four rules:
  1. a folder includes only from the folders listed for it below (its own is always allowed);
  2. each third-party header stays in the folders that are meant to know it;
  3. includes form no circle;
  4. only the files of WRITERS open transactions that write: answers about figures are kept until a registrar's transaction
     moves the register's own time (registry/compliance/kept.h), so what a person changes must go through a registrar.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folder → what it may include, besides itself. Longest match decides.
MAY_INCLUDE = {
    "shared": [],
    "shared/codec": ["shared"],
    "shared/batch": ["shared", "shared/codec"],
    "shared/ident": ["shared"],
    "shared/tls": ["shared"],
    "gateway": ["shared", "shared/batch", "shared/codec", "shared/tls", "gateway/journal", "gateway/decode",
                "gateway/uplink", "gateway/directory", "gateway/relay", "gateway/coap"],
    "gateway/journal": ["shared"],
    "gateway/broker_plugin": ["shared", "shared/tls", "gateway/journal"],
    "gateway/coap": ["shared", "shared/codec", "shared/tls", "gateway/journal"],
    "gateway/decode": ["shared", "shared/codec", "shared/batch", "gateway/journal"],
    "gateway/relay": ["shared", "gateway/journal"],
    "gateway/directory": ["shared", "gateway/uplink"],
    "gateway/uplink": ["shared", "shared/batch", "gateway/journal", "gateway/decode"],
    "registry": ["shared", "shared/batch", "shared/tls", "shared/ident", "registry/http", "registry/auth", "registry/accounts",
                 "registry/ingest", "registry/store", "registry/rollup", "registry/vehicles",
                 "registry/sites",
                 "registry/plans", "registry/compliance", "registry/outlook", "registry/lists", "registry/sheet",
                 "registry/audit", "registry/snapshot",
                 "registry/freight", "registry/background", "registry/retention", "registry/findings", "registry/live", "registry/replica", "registry/certificates", "registry/dashboard"],
    "registry/http": ["shared", "shared/tls"],
    "registry/sheet": ["shared"],
    "registry/dashboard": ["shared", "registry/http"],
    "registry/outlook": ["shared", "registry", "registry/store", "registry/http", "registry/plans",
                         "registry/compliance", "registry/vehicles", "registry/sheet"],
    "registry/lists": ["shared", "registry", "registry/store", "registry/http", "registry/plans",
                       "registry/compliance", "registry/freight", "registry/vehicles", "registry/sheet"],
    "registry/store": ["shared", "shared/tls"],
    "registry/audit": ["shared", "shared/tls", "registry", "registry/store", "registry/http"],
    "registry/auth": ["shared", "shared/tls", "registry/store", "registry/http", "registry/audit"],
    "registry/accounts": ["shared", "shared/tls", "registry", "registry/store", "registry/http", "registry/auth",
                          "registry/vehicles", "registry/audit"],
    "registry/ingest": ["shared", "shared/batch", "registry", "registry/store", "registry/http"],
    "registry/rollup": ["shared", "shared/batch", "registry", "registry/store", "registry/http", "registry/sites",
                        "registry/ingest", "registry/audit", "registry/background"],
    "registry/vehicles": ["shared", "shared/ident", "shared/tls", "registry", "registry/store", "registry/sheet",
                          "registry/http", "registry/audit"],
    "registry/freight": ["shared", "registry", "registry/plans", "registry/store", "registry/http", "registry/vehicles",
                         "shared/ident"],
    "registry/background": ["shared", "registry/store"],
    "registry/certificates": ["shared", "shared/tls", "registry", "registry/store", "registry/http", "registry/vehicles",
                              "registry/audit", "registry/background"],
    "registry/retention": ["shared", "registry/store", "registry/background"],
    "registry/live": ["shared", "registry/store", "registry/http", "registry/background", "registry/replica"],
    "registry/replica": ["shared", "registry/store", "registry/background"],
    "registry/findings": ["shared", "shared/ident", "registry", "registry/store", "registry/http", "registry/vehicles",
                          "registry/rollup", "registry/background", "registry/sites", "registry/freight"],
    "registry/sites": ["shared", "shared/ident", "registry", "registry/audit", "registry/store", "registry/http",
                       "registry/vehicles"],
    "registry/plans": ["shared", "registry/vehicles"],  # the register's vocabulary
    "registry/compliance": ["shared", "registry", "registry/store", "registry/http", "registry/plans", "registry/sheet",
                            "registry/vehicles", "registry/freight", "registry/sites"],
    "registry/snapshot": ["shared", "shared/tls", "registry", "registry/store", "registry/http",
                          "registry/plans", "registry/vehicles", "registry/compliance", "registry/audit"],
    "tests": None,  # tests may look at everything
}

# In "registry" itself, these headers are below the parts; everything else there is above them.
REGISTRY_GROUND = {"registry/context.h"}

# Files that open writing transactions, and why kept answers do not need to hear of each.
WRITERS = {
    "registry/vehicles/registrar.c": "moves the register's time",
    "registry/snapshot/snapshot.c": "kept answers look at the number of the last snapshot",
    "registry/auth/account.c": "no figure", "registry/auth/auth.c": "no figure", "registry/audit/looks.c": "no figure",
    "registry/ingest/room_api.c": "no figure",
    "registry/ingest/ingest.c": "telemetry", "registry/ingest/sorting.c": "telemetry",
    "registry/rollup/rollup.c": "telemetry", "registry/sites/upkeep.c": "telemetry",
    "registry/sites/attribution.c": "telemetry", "registry/retention/retention.c": "telemetry",
    "registry/findings/findings.c": "the detectors'", "registry/command_findings.c": "the detectors'",
}

# First component or name of a third-party header → folders that may include it.
THIRD_PARTY = {
    "mosquitto.h": ["tests", "gateway/broker_plugin"],
    "mosquitto_broker.h": ["gateway/broker_plugin"],
    "mosquitto_plugin.h": ["gateway/broker_plugin"],
    "coap3": ["gateway/coap", "tests"],
    "openssl": ["shared/tls", "registry/http", "tests"],
    "event2": ["registry/http", "gateway/relay"],
    "curl": ["gateway/uplink", "tests"],
    "zstd.h": ["shared/batch"],
    "zlib.h": ["registry/snapshot", "registry/dashboard", "tests"],
    "protobuf-c": ["shared/batch"],
    "jansson.h": ["shared/codec", "registry", "gateway", "gateway/decode", "gateway/directory", "gateway/uplink", "tests"],
    "cbor.h": ["shared/codec"],
    "cyaml": ["shared"],
    "sqlite3.h": ["registry/store", "tests"],
    "libpq-fe.h": ["registry/store", "tests"],
    "xlsxwriter.h": ["registry/sheet"],
    "systemd": ["gateway", "gateway/broker_plugin", "registry"],
    "geos_c.h": ["registry/sites"],
    "cmocka.h": ["tests"],
}
# jansson carries the API's answers, so every part of the registry with handlers may use it.
JANSSON_PREFIXES = ("registry/",)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    return str(pathlib.PurePosixPath(path).parent)


def rule_for(folder):
    while folder != ".":
        if folder in MAY_INCLUDE:
            return MAY_INCLUDE[folder]
        folder = folder_of(folder)
    return None


def top(folder):
    return folder.split("/", 1)[0]


def check_project(path, included):
    here, there = folder_of(path), folder_of(included)
    if here == there or top(here) == "tests":
        return None
    if top(there) == "tests":
        return "the product must not include its tests"
    allowed = rule_for(here)
    if allowed is None or there not in allowed:
        return f"{here} must not include from {there}"
    if there == "registry" and included not in REGISTRY_GROUND:
        return f"{here} must not include {included}: it stands above the parts"
    return None


def check_third_party(path, included):
    key = included.split("/", 1)[0]
    folders = THIRD_PARTY.get(key)
    here = folder_of(path)
    if folders is None:
        return None
    if key == "jansson.h" and here.startswith(JANSSON_PREFIXES) and here != "registry/store":
        return None
    if here in folders or (top(here) == "tests" and "tests" in folders):
        return None
    return f"<{included}> belongs to {', '.join(folders)} only"


def check_writer(path, line):
    if not path.endswith(".c") or "SQL_WRITE" not in line or top(path) != "registry" or folder_of(path) == "registry/store" or path in WRITERS:
        return None
    return "people change things through a registrar (registry/vehicles/registrar.h); else say in WRITERS why not"


def find_circle(graph):
    state, stack = {}, []

    def visit(node):
        state[node] = 1
        stack.append(node)
        for target in graph.get(node, ()):
            if state.get(target) == 1:
                return stack[stack.index(target):] + [target]
            if target not in state:
                circle = visit(target)
                if circle:
                    return circle
        stack.pop()
        state[node] = 2
        return None

    for node in sorted(graph):
        if node not in state:
            circle = visit(node)
            if circle:
                return circle
    return None


def main():
    faults, graph, count = [], {}, 0
    for part in ("shared", "gateway", "registry", "tests"):
        for file in sorted((ROOT / part).rglob("*.[ch]")):
            path = file.relative_to(ROOT).as_posix()
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match, why = INCLUDE.match(line), check_writer(path, line)
                if why:
                    faults.append(f"{path}:{number}: {why}")
                if not match:
                    continue
                count += 1
                bracket, included = match.groups()
                if bracket == "<":
                    why = check_third_party(path, included)
                else:
                    why = check_project(path, included)
                    graph.setdefault(path, set()).add(included)
                if why:
                    faults.append(f"{path}:{number}: {why}")
    circle = find_circle(graph)
    if circle:
        faults.append("includes form a circle: " + " → ".join(circle))
    if count == 0:
        faults.append("no #include found: the check looks in the wrong place")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"layers: {count} includes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
