"""Documents that cannot rot: what they say is held against the programs."""
import pathlib
import re
import subprocess

import pytest
from conftest import build_dir

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = {
    "evroll-unit": [build_dir() / "bin" / "evroll-unit"],
    "evroll-gateway": [build_dir() / "bin" / "evroll-gateway"],
    "evroll-registry": [build_dir() / "bin" / "evroll-registry"],
    "evroll-ca": [ROOT / "certs" / "evroll-ca"],
}


def page(name):
    return (ROOT / "docs" / "man" / f"{name}.1").read_text().replace("\\-", "-")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_help_version_and_a_man_page_that_formats(name):
    for option in ("--help", "--version"):
        done = subprocess.run([*PROGRAMS[name], option], capture_output=True, text=True)
        assert done.returncode == 0 and name in done.stdout and not done.stderr
    formatted = subprocess.run(["man", "--warnings", "-l", ROOT / "docs" / "man" / f"{name}.1"], capture_output=True,
                               text=True, env={"PATH": "/usr/bin:/bin", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
    assert formatted.returncode == 0 and formatted.stderr == ""
    assert "NAME" in formatted.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_command_that_is_not_there_is_one_line(name):
    done = subprocess.run([*PROGRAMS[name], "frobnicate"], capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith(f"{name}: ") and "frobnicate" in done.stderr and "--help" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["evroll-unit", "evroll-ca"])
def test_the_man_page_knows_every_option(name):
    text = subprocess.run([*PROGRAMS[name], "--help"], capture_output=True, text=True).stdout
    options = set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help", "--version", "--signals"}
    assert options
    missing = sorted(option for option in options if option not in page(name))
    assert not missing


def test_the_table_of_signals_is_the_program_s():
    shown = {}
    for line in subprocess.run([*PROGRAMS["evroll-unit"], "--signals"], capture_output=True, text=True).stdout.splitlines():
        shown[line[:9].strip()] = line[10:16].strip()
    text = (ROOT / "docs" / "units.md").read_text()
    for name, unit in shown.items():
        row = next((line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]), None)
        assert row, f"docs/units.md does not name {name}"
        assert not unit or unit in row, f"docs/units.md gives {name} another unit than {unit}"


def test_links_between_documents_lead_somewhere():
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_the_numbers_that_are_worth_an_alarm_are_there():
    sources = "".join((ROOT / path).read_text() for path in (
        "gateway/metrics.c", "gateway/broker_plugin/metrics.c", "registry/system_api.c", "registry/http/http_metric.c",
        "registry/replica/replica.c"))
    numbers = set(re.findall(r"`(evroll_[a-z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert len(numbers) > 10
    for number in numbers:
        own = f'"{number.removeprefix("evroll_gateway_")}"'  # gateway/metrics.c puts the beginning before it
        assert number in sources or own in sources, f"docs/operations.md names {number}"
