"""One world and one Chromium for all cases. Where something is missing the cases are skipped and say what."""
import json
import pathlib
import shutil
import subprocess

import pytest

from browser.world import PASSWORD, World
from harness.stack import ROOT, build_dir

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ROOT / "build" / "node" / "browser" / "node_modules"
RESULTS = ROOT / "build" / "results" / "browser"


def no_pages():
    """Why nothing can be asked of the pages here, or None."""
    if not (build_dir() / "dashboard.json").exists():
        return "this build has no pages: node or esbuild was missing; ./dev setup, then ./dev build"
    return None


def no_browser():
    """Why the cases cannot run here, or None."""
    if shutil.which("node") is None:
        return "node is not here: ./dev setup installs it"
    if not (MODULES / "playwright-core").exists() or not (MODULES / "axe-core").exists():
        return "playwright-core or axe-core is not here: ./dev setup installs them"
    if shutil.which("chromium") is None:
        return "chromium is not here: ./dev setup installs it"
    return no_pages()


def cases():
    if shutil.which("node") is None:
        return []
    done = subprocess.run(["node", HERE / "driver.mjs", "--list"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def skip_because(reason):
    if reason:
        pytest.skip(f"SKIPPED: {reason}")


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    skip_because(no_pages())
    with World(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="session")
def browser_here():
    skip_because(no_browser())


@pytest.fixture(scope="session")
def driver(browser_here, world):
    about = {"url": world.url, "password": PASSWORD, "chromium": shutil.which("chromium"),
             "link": world.link("newcomer", "viewer"), "authority": [str(ROOT / "certs" / "evroll-ca"), "--dir", str(world.stack.pki)]}
    process = subprocess.Popen(["node", HERE / "driver.mjs", MODULES, RESULTS, json.dumps(about)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)

    def run(name):
        process.stdin.write(name + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "the browser's driver has ended"
        error = json.loads(line).get("error")
        assert error is None, error
    yield run
    process.stdin.close()
    process.wait(20)
