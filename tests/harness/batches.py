"""What gateways would send of a simulated fleet, made beforehand: a file a batch."""
import json
import subprocess

from .stack import build_dir


def make(folder, units, seconds, rows, *journal):
    """How much there is (samples, batches, bytes), and the files in their order. `journal`: the gateway, its seed and the
    seconds between two samples, where they are not the usual ones."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([str(a) for a in [build_dir() / "bin" / "bench_batches", units, seconds, rows, folder, *journal]],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout), sorted(folder.glob("*.batch"))
