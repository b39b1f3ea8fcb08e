"""Checks that every include respects the layers of CONTRIBUTING.md and every type has a name of its own.
Usage: check_includes.py SOURCE_DIR"""
import pathlib
import re
import sys

# folder -> folders it may use (itself always), and the outside headers that it alone may include
USES = {
    "harness/core": [],
    "harness/network": ["harness/core"],
    "harness/vision": ["harness/core", "harness/network/tensor.h"],
    "methods": ["harness/core", "harness/network", "harness/vision"],
    "metrics": ["harness/core", "harness/network", "harness/vision"],
    "harness/data": ["harness/core", "harness/network"],
    "harness/floors": ["harness/core"],
    "harness/store": ["harness/core"],
    "harness/train": ["harness/core", "harness/network", "harness/data", "harness/store"],
    "harness/run": ["harness/core", "harness/network", "harness/vision", "methods", "metrics", "harness/data", "harness/store"],
    "harness/report": ["harness/core", "harness/store", "metrics/confidence_gain_scores.h", "metrics/region_overlap_scores.h", "metrics/scores.h"],
    "harness/figures": ["harness/core", "harness/network", "harness/vision"],
    "harness/cluster": ["harness/core", "harness/network", "harness/data", "harness/store", "harness/run"],
    "harness/cli": ["harness", "methods", "metrics"],
    "bench": ["harness", "methods", "metrics"],
}
ONLY_IN = {
    r"hdf5\.h": ["harness/store"],
    r"mpi\.h": ["harness/run"],
    r"yaml-cpp/": ["harness/run"],
    r"opencv2/": ["harness/data", "harness/floors", "harness/figures"],
    r"torch/script\.h|torch/csrc/jit/": ["harness/network"],
    r"ATen/|torch/": ["harness/network", "harness/vision", "methods", "metrics", "harness/data", "harness/train", "harness/run", "harness/figures", "harness/cluster", "harness/cli", "bench"],
    r"pugixml": ["harness/data"],
    r"CLI/": ["harness/cli", "bench"],
}


def folder_of(path):
    return max((f for f in USES if str(path).startswith(f + "/")), key=len, default=None)


def violations(root):
    for path in sorted(p.relative_to(root) for d in ("harness", "methods", "metrics", "bench") for p in (root / d).rglob("*")):
        folder = folder_of(path)
        if folder is None or path.suffix not in (".h", ".c", ".cpp", ".def"):
            continue
        for number, line in enumerate((root / path).read_text().splitlines(), 1):
            own = re.match(r'\s*#include "((?:harness|methods|metrics|bench)/[^"]+)"', line)
            if own and not any(own[1].startswith(used) for used in USES[folder] + [folder + "/"]):
                yield f"{path}:{number}: {folder} may not use {own[1]}"
            outside = re.match(r"\s*#include <([^>]+)>", line)
            for pattern, allowed in ONLY_IN.items():
                if outside and re.match(pattern, outside[1]) and folder not in allowed:
                    yield f"{path}:{number}: only {', '.join(allowed)} may include {outside[1]}"


def types_of_one_name(root):
    """Two types of one name in one namespace are undefined behaviour, which the linker does not report."""
    places = {}
    for path in sorted(p for d in ("harness", "methods", "metrics", "bench") for p in (root / d).rglob("*.h")):
        space = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            opened = re.match(r"namespace ([\w:]+) \{", line)
            space = opened[1] if opened else space
            named = re.match(r"(?:struct|class|enum class) (\w+)\b(?!<|.*;$)", line)
            if named:
                places.setdefault((space, named[1]), []).append(f"{path.relative_to(root)}:{number}")
    for (space, name), where in places.items():
        if len(where) > 1:
            yield f"{where[1]}: {space}::{name} is already the name of a type, at {where[0]}"


root = pathlib.Path(sys.argv[1])
found = list(violations(root)) + list(types_of_one_name(root))
print("\n".join(found) or "every include respects the layers, every type has a name of its own")
sys.exit(bool(found))
