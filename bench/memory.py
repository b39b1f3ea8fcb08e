#!/usr/bin/python3
"""Memory of a long run: CaffeNet on 500 images of the data pack by one rank of `assay run`, VmRSS sampled from /proc.
How far the run is, the journal's size says: every image adds the same.
Usage: memory.py DATA_PACK [--images 500] [--ranks 1] [--assay build/assay]"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time

CONFIG = {
    "name": "memory",
    "datasets": [{"name": "images", "kind": "list"}],
    "networks": [{"name": "caffenet", "path": "builtin:caffenet?seed=1"}],
    "protocols": [{"name": "short", "like": "paper", "scores": {"confidence-gain": {"growth_limit": 5}}}],
    "methods": [
        {"name": "occ 100", "method": "occ", "patch": 100, "stride": 60},
        {"name": "grad 0", "method": "grad"},
        {"name": "C-MWP", "method": "c-mwp", "layer": "pool2", "contrast": "relu7"},
    ],
    "metrics": [{"metric": "confidence-gain", "rho": [0.25], "limit": 5}],
}


def list_images(pack, count):
    """Lines of a dataset of kind `list`: the label only has to exist."""
    files = [path for folder in ("imagenet_val", "imagenet_sample", "coco_val2017")
             for path in sorted((pack / "images" / folder).glob("*.*")) if path.suffix.lower() in (".jpg", ".jpeg")]
    if len(files) < count:
        raise SystemExit(f"{pack}/images: {len(files)} images, {count} wanted")
    return "".join(f"{path.relative_to(pack / 'images')} 0\n" for path in files[:count])


def ranks_below(pid):
    """Process ids of `assay` at or below a process."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += ranks_below(int(child))
    try:
        return found + [pid] * (pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "assay")
    except FileNotFoundError:
        return found


def resident(pid):
    """VmRSS in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def sample(process, output, every):
    """(journal bytes, VmRSS of the largest rank) until the process ends."""
    samples = []
    while process.poll() is None:
        try:
            memory = max((resident(pid) for pid in ranks_below(process.pid)), default=0)
        except FileNotFoundError:
            memory = 0
        samples.append((sum(path.stat().st_size for path in output.glob("journal/*.journal")), memory))
        time.sleep(every)
    return samples


def run(options, folder):
    (folder / "images.txt").write_text(list_images(options.pack, options.images))
    config = CONFIG | {"output": str(folder / "out")}
    config["datasets"][0] |= {"path": str(folder / "images.txt"), "root": str(options.pack / "images")}
    (folder / "memory.yaml").write_text(json.dumps(config))  # YAML reads JSON
    command = [str(options.assay), "run", str(folder / "memory.yaml")]
    if options.ranks > 1:
        command = ["mpirun", "--allow-run-as-root", "-n", str(options.ranks)] + command
    with open(folder / "messages", "w") as messages:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=messages)
        samples = sample(process, folder / "out", options.every)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}\n{(folder / 'messages').read_text()}")
    return samples


def summarise(samples, images):
    whole = max(size for size, _ in samples)
    done = [(images * size / whole, memory) for size, memory in samples if size > 0 and memory > 0]
    early = max(memory for at, memory in done if at <= 50)
    peak = max(memory for _, memory in done)
    print("| images done | VmRSS, MB |\n|---|---|")
    for mark in [mark for mark in (10, 25, 50, 100, 200, 300, 400) if mark < images] + [images]:
        print(f"| {mark} | {max(memory for at, memory in done if at <= mark) / 1e6:.0f} |")
    print(f"\npeak {peak / 1e9:.2f} GB a rank, {100 * (peak / early - 1):+.1f} % after the first 50 images ({len(done)} samples)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--every", type=float, default=0.2, help="seconds between samples")
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "build" / "assay")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        summarise(run(options, pathlib.Path(temporary)), options.images)
