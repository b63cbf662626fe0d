# SPDX-License-Identifier: Apache-2.0
"""Who may include whom.

1. A header includes only what stands before it in layers.txt.
2. `link` includes neither `core` nor `endpoint`; the engine does not include `link`. They meet in
   the user's code.
3. The layers take nothing from outside but the standard library, and of it nothing that reads a
   clock, opens a file, starts a thread or costs more than it gives.
4. Adapters include neither `core` nor `endpoint`.
"""

import re

import source

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]*[>"])')

# Standard headers that the layers go without, and the one header that may have each.
RESERVED = {
    "chrono": "base/time", "new": "base/arena",
    **dict.fromkeys(
        "algorithm any condition_variable ctime deque exception filesystem forward_list fstream "
        "functional future iomanip ios iosfwd iostream istream list locale map memory "
        "memory_resource mutex ostream queue random regex set sstream stack stdexcept streambuf "
        "string system_error thread typeinfo unordered_map unordered_set valarray vector".split(),
        None),
}
LINK_SEES = {"root", "base", "wire", "link"}
ADAPTERS_SEE = LINK_SEES | {"adapters", "asio", "blocking", "framings", "interop",
                           "trace"}
KITS = {"framings", "interop", "testing"}  # beside the layers: they see all of them, none sees them


def read_order(path):
    """layers.txt as a list of (layer, header)."""
    order, layer = [], None
    for line in source.read(path).split("\n"):
        for word in line.split("#")[0].split():
            if word.endswith(":"):
                layer = word[:-1]
            else:
                order.append((layer, word))
    return order


def place(path):
    """(layer, header) of include/rrdp/<layer>/<header>.hpp; the layer of the top is `root`."""
    parts = path.with_suffix("").parts
    return (parts[0], "/".join(parts[1:])) if len(parts) > 1 else ("root", parts[0])


def includes(path):
    for number, line in enumerate(source.read(path).split("\n"), 1):
        if match := INCLUDE.match(line):
            yield number, match[1]


def ours(header):
    """The place of a header of ours, or None for one of somebody else."""
    match = re.fullmatch(r"<rrdp/(.*)\.hpp>", header)
    return place(source.pathlib.PurePath(match[1] + ".hpp")) if match else None


def check_foreign(me, header):
    """What is wrong with a layer's header including a header from outside."""
    name = header[1:-1]
    if header[0] == '"':
        return "is written with quotes: headers are found by <rrdp/...>"
    if not re.fullmatch(r"[a-z_0-9]+", name):
        return "is no header of the standard library"
    if name in RESERVED and RESERVED[name] != "/".join(me):
        return f"is for {RESERVED[name]}.hpp alone" if RESERVED[name] else "is banned in the layers"
    return None


def check_ours(me, other, rank):
    """What is wrong with one layer's header including another."""
    if other not in rank:
        return "is not in layers.txt"
    if rank[other] >= rank[me]:
        return "does not stand before it in layers.txt"
    if me[0] == "link" and other[0] not in LINK_SEES:
        return f"is of the engine ({other[0]}), which links do not know"
    if me[0] == "wire" and other == ("base", "time"):
        return "brings time to the wire layer, which has none"
    return None


def check_layers(root, order):
    rank = {entry: position for position, entry in enumerate(order)}
    top = root / "include" / "rrdp"
    present = {place(path.relative_to(top)): path for path in source.files(top, "**/*.hpp")}
    complaints = [f"tests/build/layers.txt: {layer}/{name}.hpp is listed but does not exist"
                  for layer, name in order
                  if (layer, name) not in present]
    for me, path in present.items():
        shown = path.relative_to(root)
        if me[0] in KITS or me == ("root", "rrdp"):
            continue
        if me not in rank:
            complaints.append(f"{shown}: is not in tests/build/layers.txt; put it where it belongs")
            continue
        for number, header in includes(path):
            other = ours(header)
            fault = check_ours(me, other, rank) if other else check_foreign(me, header)
            if fault:
                complaints.append(f"{shown}:{number}: {header} {fault}")
    return complaints + check_kits(root, present) + check_umbrella(root, present)


def check_kits(root, present):
    """The kits know the layers and each other, but no adapter."""
    return [f"{path.relative_to(root)}:{number}: {header} is an adapter"
            for me, path in present.items() if me[0] in KITS
            for number, header in includes(path) if (ours(header) or ("",))[0] == "adapters"]


def check_umbrella(root, present):
    """rrdp.hpp brings every header of the layers, and nothing else."""
    umbrella = ("root", "rrdp")
    if umbrella not in present:
        return ["include/rrdp/rrdp.hpp: does not exist"]
    seen, open_ends = set(), [umbrella]
    while open_ends:
        me = open_ends.pop()
        if me in seen or me not in present:
            continue
        seen.add(me)
        open_ends += [other for _, header in includes(present[me]) if (other := ours(header))]
    layers = {me for me in present if me[0] not in KITS}
    return ([f"include/rrdp/rrdp.hpp: does not bring {'/'.join(me)}.hpp"
             for me in sorted(layers - seen)]
            + [f"include/rrdp/rrdp.hpp: brings {'/'.join(me)}.hpp, which is no layer"
               for me in sorted(seen - layers)])


def check_adapters(root):
    complaints = []
    for path in source.files(root, "adapters/rrdp/**/*.hpp"):
        for number, header in includes(path):
            other = ours(header)
            if other and other[0] not in ADAPTERS_SEE:
                complaints.append(f"{path.relative_to(root)}:{number}: {header} is of "
                                  f"{other[0]}, which adapters do not know")
    return complaints


def main():
    root = source.arguments(__doc__).root.resolve()
    order = read_order(root / "tests" / "build" / "layers.txt")
    complaints = check_layers(root, order) + check_adapters(root)
    source.finish(complaints, f"{len(order)} headers in order")


if __name__ == "__main__":
    main()
