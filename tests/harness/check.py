"""`./dev test`: every check, stage by stage, and one closing line with what passed, failed and was skipped."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

from harness import citus
from harness.postgres import Unavailable
from harness.results import Tally, read_junit

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PYTHON = "/usr/bin/python3"
RESULTS = ROOT / "build" / "results"
# Tests side by side. End to end they wait more than they compute.
JOBS = os.cpu_count() + 1
E2E_JOBS = 2 * os.cpu_count()
# A test that failed beside others is run alone, this many times; one more failure and it has failed. More than
# a few such tests are no accident and are not looked at again, nor is what a sanitizer reports.
TIMES_ALONE = 3
LOOKED_AT_AGAIN = 4
NO_ACCIDENT = re.compile(r"Sanitizer|runtime error:")


def say(text):
    print(f"\033[1m==> {text}\033[0m" if sys.stdout.isatty() else f"==> {text}", flush=True)


def call(*argv, env=None, quiet=False):
    """Exit status of a command; with `quiet` its output is shown only when it fails."""
    argv = [str(a) for a in argv]
    environment = {**os.environ, **(env or {})}
    if not quiet:
        return subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode
    done = subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(done.stdout, flush=True)
    return done.returncode


def single(name, status):
    """A check that is one command: one result. Status 77 is the agreed 'cannot run here'."""
    if status == 77:
        print(f"SKIPPED {name}")
        return Tally(skipped=1)
    print(f"{'ok     ' if status == 0 else 'FAILED '} {name}", flush=True)
    return Tally(passed=1) if status == 0 else Tally(failed=1)


def build(preset, *targets):
    return call("./dev", "build", preset, *targets)


def look_again(tally, alone):
    """What failed in company is run by itself: `alone` gives a command for one failure."""
    if len(tally.failures) > LOOKED_AT_AGAIN:
        return
    for failure in [f for f in tally.failures if not NO_ACCIDENT.search(f.text)]:
        say(f"failed, now alone, {TIMES_ALONE} times: {failure.where}")
        argv, env = alone(failure)
        if all(call(*argv, env=env) == 0 for _ in range(TIMES_ALONE)):
            tally.forgive(failure)


def ctest_stage(preset, file, name, *chosen, configuration=()):
    file = RESULTS / file
    file.unlink(missing_ok=True)
    ctest = ["ctest", "--test-dir", ROOT / "build" / preset, "--output-on-failure", "--no-tests=error", *configuration]
    status = call(*ctest, "-j", JOBS, "--output-junit", file, *chosen)
    tally = read_junit(file, status, name)
    look_again(tally, lambda failure: ([*ctest, "-R", f"^{re.escape(failure.where)}$"], None))
    return tally


def unit_stage(preset, *chosen):
    if build(preset) != 0:
        return Tally(failed=1)
    return ctest_stage(preset, f"unit-{preset}.xml", f"unit tests ({preset})", *chosen)


def pytest_stage(preset, folder, what, extra=(), env=None, file=None):
    if build(preset) != 0:
        return Tally(failed=1)
    file = RESULTS / f"{file or folder}-{preset}.xml"
    file.unlink(missing_ok=True)
    pytest = [PYTHON, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
    env = {"EVROLL_BUILD": str(ROOT / "build" / preset), "PYTHONPATH": str(ROOT / "tests"), **(env or {})}
    status = call(*pytest, f"--junitxml={file}", *extra, f"tests/{folder}", env=env)
    tally = read_junit(file, status, f"{what} ({preset})")
    look_again(tally, lambda failure: ([*pytest, failure.where], env))
    return tally


def e2e_stage(preset, extra=(), env=None, **options):
    return pytest_stage(preset, "e2e", "end-to-end tests", ["-n", E2E_JOBS, *extra], env, **options)


def lint():
    return single("format, clang-tidy, shell scripts, layers", call("./dev", "lint"))


def unit():
    """Those over PostgreSQL and Citus have stages of their own."""
    return unit_stage("release", "-LE", "postgres|citus")


def e2e():
    return e2e_stage("release")


def browser():
    return pytest_stage("release", "browser", "tests in a browser")


# What takes bytes from outside, end to end under the sanitizers; the register's side runs there as unit tests.
SANITIZED = ("broker", "coap", "relay", "formats", "full_and_damaged", "bad_registry", "serve", "evidence")

# The parts with threads.
THREADED = ("test_journal", "test_journal_sync", "test_journal_processes", "test_relay", "test_relay_closed",
            "test_http_serve", "test_http_limits", "test_http_refused", "test_rollup_thread", "test_looks", "test_walk", "test_kept",
            "test_store_migrate", "test_http_stream")


# What ends before the register's database, or brings a server of its own: end to end once, in the stage e2e.
NO_DATABASE = ("bad_registry", "broker", "cluster", "coap_node", "documents", "evroll_ca", "packages", "postgres", "relay",
               "replica")


def without(unwanted):
    """Options that leave out files of end-to-end tests; `unwanted` is asked for the name of each."""
    names = sorted(path.stem.removeprefix("test_") for path in (ROOT / "tests" / "e2e").glob("test_*.py"))
    return [f"--ignore=tests/e2e/test_{name}.py" for name in names if unwanted(name)]


def asan():
    tally = unit_stage("asan")
    tally.add(e2e_stage("asan", ["-m", "not slow", *without(lambda name: name not in SANITIZED)]))
    return tally


def tsan():
    if build("tsan", *THREADED) != 0:
        return Tally(failed=1)
    return ctest_stage("tsan", "unit-tsan.xml", "unit tests (tsan)", "-R", f"^({'|'.join(THREADED)})$")


def postgres():
    """The suite of sentences and the register's tests over a server, and the end-to-end tests that reach a database."""
    if build("release") != 0:
        return Tally(failed=1)
    tally = ctest_stage("release", "unit-postgres.xml", "tests over PostgreSQL", "-L", "postgres",
                        configuration=("-C", "postgres"))
    tally.add(e2e_stage("release", ["-m", "not sqlite_file", *without(lambda name: name in NO_DATABASE)],
                        {"EVROLL_E2E_DB": "postgresql"}, file="e2e-postgres"))
    return tally


def over_citus():
    """The same over a Citus cluster, which is not part of Debian: where one is named, or can be started."""
    if build("release") != 0:
        return Tally(failed=1)
    try:
        with citus.cluster(RESULTS / "citus") as url:
            os.environ[citus.VARIABLE] = url
            tally = ctest_stage("release", "unit-citus.xml", "tests over Citus", "-L", "citus", configuration=("-C", "citus"))
            tally.add(e2e_stage("release", ["-k", "way_of_a_sample or citus or cluster or two_registries or same_answers"],
                                {"EVROLL_E2E_DB": "citus"}, file="e2e-citus"))
            return tally
    except Unavailable as reason:
        return single(f"tests over Citus: {citus.WHY_NOT}, and none can be started: {reason}", 77)


def fuzz():
    """This build is the whole tree with clang, whose warnings are not gcc's."""
    tally = single("clang build without warnings", build("fuzz"))
    if tally.failed:
        return tally
    tally.add(single("each parser under its fuzzer for a fixed count",
                  call(PYTHON, "-m", "harness.fuzz", "--runs", "20000", env={"PYTHONPATH": str(ROOT / "tests")})))
    return tally


def readme():
    return single("the README's demonstration",
                  call("./dev", "demo", "--exit", "--state", RESULTS / "demo"))


STAGES = {
    "unit": (unit, "unit and conformance tests, gcc"),
    "e2e": (e2e, "end-to-end tests with a real broker and real TLS"),
    "browser": (browser, "the dashboard in Chromium; screenshots in build/results/browser"),
    "postgres": (postgres, "the register's tests and the end-to-end tests over PostgreSQL"),
    "citus": (over_citus, "the register's tests over Citus, where it is installed or EVROLL_TEST_CITUS_URL names a cluster"),
    "lint": (lint, "clang-format, clang-tidy, shellcheck, include layers"),
    "asan": (asan, "unit and end-to-end tests under AddressSanitizer and UndefinedBehaviorSanitizer"),
    "tsan": (tsan, "unit tests under ThreadSanitizer"),
    "fuzz": (fuzz, "the clang build, and a short fixed count of every fuzzer in it"),
    "readme": (readme, "the README's commands"),
}


def main(argv=None):
    parser = argparse.ArgumentParser(prog="./dev test", description="builds and runs every check")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"any of: {', '.join(STAGES)}; default all")
    parser.add_argument("--list", action="store_true", help="say what the stages are")
    options = parser.parse_args(argv)
    if options.list:
        for name, (_, what) in STAGES.items():
            print(f"{name:<8} {what}")
        return 0
    unknown = [s for s in options.stages if s not in STAGES]
    if unknown:
        parser.error(f"no stage named {unknown[0]}; stages: {', '.join(STAGES)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    total, rows = Tally(), []
    for name in options.stages or STAGES:
        say(f"{name}: {STAGES[name][1]}")
        began = time.monotonic()
        tally = STAGES[name][0]()
        rows.append((name, tally, time.monotonic() - began))
        total.add(tally)
    for word, failures in (("FAILED ", total.failures), ("UNSTEADY", total.unsteady)):
        for failure in failures:
            print(f"\n{word} {failure.where}\n{failure.text}")
    print()
    for name, tally, seconds in rows:
        print(f"{name:<8} {tally.line():<40} {seconds:6.0f} s")
    print(total.line(), flush=True)
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
