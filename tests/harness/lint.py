"""`./dev lint`: formatting, clang-tidy, shell scripts, include layers.

clang-tidy takes seconds a file, so a file that passed is not looked at again until it, or a header it
includes, or the settings change (stamps in build/tidy).
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "release"
STAMPS = ROOT / "build" / "tidy"


def tracked(*patterns):
    """Files git knows or would take: what is ignored is not ours to check."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, text=True,
                         capture_output=True, check=True).stdout
    return sorted(p for p in set(out.split()) if (ROOT / p).exists())


def check_format(fix):
    files = tracked("*.c", "*.h")
    mode = ["-i"] if fix else ["--dry-run", "--Werror"]
    return subprocess.run(["clang-format", *mode, *files], cwd=ROOT).returncode == 0


def compile_commands():
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    ours = {str(ROOT / p) for p in tracked("*.c")}
    return [c for c in commands if c["file"] in ours]


def fingerprint(command):
    """What the verdict depends on: the preprocessed text, the settings, the tool."""
    argv = [w for w in command["command"].split() if not w.startswith("-D_FORTIFY") and w != "ccache"]
    argv[argv.index("-o") + 1] = "/dev/null"
    argv = ["-E" if w == "-c" else w for w in argv]
    text = subprocess.run(argv[:argv.index("-o")] + argv[argv.index("-o") + 2:], cwd=command["directory"],
                          capture_output=True).stdout
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(text)
    return digest.hexdigest()


def tidy(command):
    file = command["file"]
    stamp = STAMPS / hashlib.sha256(file.encode()).hexdigest()[:24]
    mark = fingerprint(command)
    if stamp.exists() and stamp.read_text() == mark:
        return None
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(BUILD), file], cwd=ROOT, text=True, capture_output=True)
    if done.returncode != 0:
        return done.stdout + "\n".join(line for line in done.stderr.splitlines() if "error" in line)
    stamp.write_text(mark)
    return None


def check_tidy():
    STAMPS.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["./dev", "build", "release"], cwd=ROOT).returncode != 0:
        return False
    commands = compile_commands()
    if not commands:
        print("clang-tidy: no file to look at in compile_commands.json", file=sys.stderr)
        return False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [f for f in pool.map(tidy, commands) if f]
    for finding in findings:
        print(finding)
    return not findings


def check_shell():
    scripts = [p for p in tracked() if (ROOT / p).is_file() and
               (ROOT / p).open("rb").read(64).startswith((b"#!/usr/bin/env bash", b"#!/bin/bash", b"#!/bin/sh"))]
    return subprocess.run(["shellcheck", *scripts], cwd=ROOT).returncode == 0


def check_layers():
    return subprocess.run(["/usr/bin/python3", "tests/layers.py"], cwd=ROOT).returncode == 0


def main(argv=None):
    parser = argparse.ArgumentParser(prog="./dev lint", description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="format in place")
    options = parser.parse_args(argv)
    checks = {"format": lambda: check_format(options.fix), "layers": check_layers, "shell scripts": check_shell,
              "clang-tidy": check_tidy}
    failed = [name for name, check in checks.items() if not check()]
    for name in checks:
        print(f"{'FAILED ' if name in failed else 'ok     '} {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
