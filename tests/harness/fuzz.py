"""`./dev fuzz`: runs the libFuzzer targets, each from its seeds; what it finds stays in build/fuzz-found."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "tests" / "fuzz"


def programs():
    build = ROOT / "build" / "fuzz"
    return {p.stem: next(build.rglob(p.stem), None) for p in sorted(SOURCES.glob("fuzz_*.c"))}


def run(name, program, limit):
    if program is None:
        print(f"FAILED  {name}: not built")
        return False
    corpus = ROOT / "build" / "fuzz-corpus" / name
    found = ROOT / "build" / "fuzz-found" / name
    seeds = SOURCES / "corpus" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    folders = [corpus] + ([seeds] if seeds.is_dir() else [])
    done = subprocess.run([program, f"-artifact_prefix={found}/", "-timeout=10", "-rss_limit_mb=2048",
                           "-max_len=65536", "-print_final_stats=1", *limit, *folders],
                          cwd=ROOT, text=True, capture_output=True)
    executed = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "0")
    print(f"{'ok     ' if done.returncode == 0 else 'FAILED '} {name}: {executed} inputs", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-60:]))
    return done.returncode == 0 and int(executed) > 0


def main(argv=None):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--runs", type=int)
    options = parser.parse_args(argv)
    known = programs()
    unknown = [t for t in options.targets if t not in known]
    if unknown:
        parser.error(f"no fuzz target {unknown[0]}; targets: {', '.join(known)}")
    limit = [f"-max_total_time={options.seconds}"] if options.seconds else [f"-runs={options.runs or 20000}"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda name: run(name, known[name], limit), options.targets or known))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
