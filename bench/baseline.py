#!/usr/bin/python3
"""The work of Table 1 in plain PyTorch: what `table1_work prepare` wrote, done as a good plain programmer does it.
Occlusion in full batches of 64; growth loops (a) one forward at a time, (b) one step of all loops of an image in a batch.
Usage: baseline.py FOLDER [--threads N] [--growth single|batched|both] [--wait]. Prints one line of JSON."""
import argparse
import json
import pathlib
import time
import zlib

import torch
import torch.nn.functional as F

from plain_network import PlainNetwork, read_safetensors

BATCH = 64


class Image:
    """One prepared image, normalised."""

    def __init__(self, entry, index, tensors, network):
        get = lambda name: tensors[f"image{index}.{name}"]
        self.name, self.target, self.labels = entry["name"], entry["target"], entry["tasks"]
        self.input, self.bases = network.normalise(get("pixels")), network.normalise(get("bases"))
        self.masks, self.base_of = get("masks").bool(), get("base_of")
        self.expected, self.margins = get("steps").tolist(), get("margins").tolist()


def occlude(network, image, squares, grey, batch):
    """Sum over all squares of the target's probability."""
    height, width = image.input.shape[1:]
    total = 0.0
    for chunk in squares.split(BATCH):
        part = batch[:len(chunk)]
        part.copy_(image.input)
        for i, (top, left, size) in enumerate(chunk.tolist()):
            rows, columns = slice(max(top, 0), min(top + size, height)), slice(max(left, 0), min(left + size, width))
            part[i, :, rows, columns] = grey[:, rows, columns]
        total += network(part).double().softmax(1)[:, image.target].sum().item()
    return total


def dilate(masks):
    """3x3, of masks [N,H,W]."""
    return F.max_pool2d(masks.float().unsqueeze(1), 3, 1, 1).squeeze(1).bool()


def grow_single(network, image, limit):
    """Steps by loop (-1: never), and the number of forwards."""
    for base in image.bases:
        network(base[None])
    steps, forwards = [], len(image.bases)
    for mask, base in zip(image.masks, image.base_of):
        step, right = 0, False
        while True:
            hybrid = torch.where(mask, image.input, image.bases[base])
            forwards += 1
            right = network(hybrid[None]).argmax().item() == image.target
            if right or step == limit:
                break
            grown = dilate(mask[None])[0]
            if torch.equal(grown, mask):
                break
            mask, step = grown, step + 1
        steps.append(step if right else -1)
    return steps, forwards


def grow_batched(network, image, limit, batch):
    """The same, one step of all unfinished loops at a time."""
    network(image.bases)
    masks, active = image.masks.clone(), torch.arange(len(image.masks))
    steps, forwards, step = [-1] * len(masks), len(image.bases), 0
    while len(active):
        right = []
        for chunk in active.split(BATCH):
            part = torch.where(masks[chunk].unsqueeze(1), image.input, image.bases[image.base_of[chunk]], out=batch[:len(chunk)])
            right.append(network(part).argmax(1) == image.target)
        forwards += len(active)
        right = torch.cat(right)
        for task in active[right].tolist():
            steps[task] = step
        active = active[~right]
        if step == limit or not len(active):
            break
        grown = dilate(masks[active])
        changed = (grown != masks[active]).flatten(1).any(1)
        masks[active] = grown
        active, step = active[changed], step + 1
    return steps, forwards


def plain_throughput(network, batch, seconds=1.5):
    """Images a second of full batches, nothing else done."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds or done < 2 * BATCH:
        network(batch)
        done += BATCH
    return done / (time.perf_counter() - start)


def compare(image, steps, near_tie):
    """Lines about counts that differ from the prepared ones; the counts that are not near ties."""
    rows = list(zip(image.labels, steps, image.expected, image.margins))
    differing = [f"{image.name}: {label}: {now}, not {then} (margin {margin:.1e})" for label, now, then, margin in rows if now != then]
    return differing, [now for _, now, _, margin in rows if margin >= near_tie]


def timed(seconds, key, work):
    start = time.perf_counter()
    result = work()
    seconds[key] = seconds.get(key, 0.0) + time.perf_counter() - start
    return result


def load(folder):
    folder = pathlib.Path(folder)
    network = PlainNetwork(folder / "network")
    work, tensors = json.loads((folder / "work.json").read_text()), read_safetensors(folder / "work.safetensors")
    return network, work, tensors["squares"], [Image(entry, i, tensors, network) for i, entry in enumerate(work["images"])]


def measure(folder, ways, wait):
    network, work, squares, images = load(folder)
    batch = torch.empty(BATCH, *images[0].input.shape)
    grey = network.normalise(torch.full_like(images[0].input, work["grey"]))
    batch.copy_(images[0].input)
    network(batch)
    if wait:
        print("ready", flush=True)
        input()
    seconds, line = {}, {"side": "pytorch", "threads": torch.get_num_threads(), "images": len(images), "probabilities": 0.0, "differing": []}
    line["plain_images_a_second"] = plain_throughput(network, batch)
    counts, before = {way: [] for way in ways}, time.process_time()
    for image in images:
        line["probabilities"] += timed(seconds, "occlusion", lambda: occlude(network, image, squares, grey, batch))
        for way in ways:
            grow = (lambda: grow_single(network, image, work["limit"])) if way == "single" else (
                lambda: grow_batched(network, image, work["limit"], batch))
            steps, forwards = timed(seconds, way, grow)
            line[f"{way}_forwards"] = line.get(f"{way}_forwards", 0) + forwards
            differing, kept = compare(image, steps, work["near_tie"])
            line["differing"] += differing
            counts[way] += kept
    line["cpu_seconds"] = time.process_time() - before
    line["occlusion_forwards"] = len(squares) * len(images)
    line["occlusion_images_a_second"] = line["occlusion_forwards"] / seconds["occlusion"]
    line["counts"] = {way: f"{zlib.crc32(','.join(map(str, kept)).encode()):08x}" for way, kept in counts.items()}
    return line | {f"{key}_seconds": value for key, value in seconds.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="what table1_work prepare wrote")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--growth", choices=("single", "batched", "both"), default="both")
    parser.add_argument("--wait", action="store_true", help="print 'ready' and wait for a line before the clock starts")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    ways = ("single", "batched") if options.growth == "both" else (options.growth,)
    print(json.dumps(measure(options.folder, ways, options.wait)), flush=True)
