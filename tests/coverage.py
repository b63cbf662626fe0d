#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which lines and branches of include/ the tests of a build tree have run.

The tree is one that was compiled for it and whose tests were run: the preset asan-ubsan. What they
left in its folder `profiles` is merged, and asked of all its programs. A line, or a side of a
branch, counts as run when it was in any instantiation, and not when only a compiler evaluated it.

Left out are branches whose condition the compiler knows in every instantiation, functions that the
compiler writes (`= default`, and those of a class without a line of their own), the sides of
RRDP_ASSERT that would stop the program, and the default that a switch does not have. A line that
says `// never run: WHY`, or has that above it, is expected not to be run, and complained about when
it is.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES, BRANCHES = 100.0, 98.0  # per cent that must have been run; raise them as more is
NEVER_RUN = "// never run: "
LEFT_OUT = re.compile(r"= default;|^ *(template <.*> )?(class|struct) [^;]*\{$|\bRRDP_ASSERT\(")
# The only side of a branch there is the default that is not written: -Wswitch wants every case.
SWITCH = re.compile(r"\bswitch \(")
CODE, EXPANSION = 0, 1  # kinds of regions


def tool(name):
    """The program of LLVM that fits clang, whose files it reads."""
    said = subprocess.run(["clang++", "--version"], capture_output=True, text=True, check=True)
    release = re.search(r"version (\d+)", said.stdout)[1]
    for candidate in (f"{name}-{release}", name):
        if shutil.which(candidate):
            return candidate
    sys.exit(f"{name} is missing (Debian's llvm)")


def merged(build):
    """The file with what all processes counted."""
    counts = build / "profiles" / "merged.profdata"
    found = sorted(str(path) for path in (build / "profiles").glob("*.profraw"))
    if not found:
        sys.exit(f"{build}/profiles is empty: no test was run, or none that counts")
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", counts, *found], check=True)
    return counts


def programs(build):
    """The programs of the tree that count what they run."""
    candidates = [path for folder in ("tests", "bin", "fuzz") for path in (build / folder).glob("*")
                  if path.is_file() and os.access(path, os.X_OK)]
    return [path for path in sorted(candidates) if b"__llvm_covmap" in path.read_bytes()]


def exported(build):
    """What llvm-cov says about each instantiation of each function."""
    first, *others = programs(build)
    command = [tool("llvm-cov"), "export", "-skip-expansions", f"-instr-profile={merged(build)}",
               first]
    for program in others:
        command += ["-object", program]
    said = subprocess.run([*command, ROOT / "include"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(said.stdout)["data"][0]["functions"]


class Shape:
    """A function as it was compiled: its regions, and how often each was run in any instantiation
    of that shape. Policies give functions several: `if constexpr` leaves things out."""

    def __init__(self, regions, branches):
        self.regions, self.branches = regions, branches  # ((line, column) of begin and end, kind)
        self.counts = [0] * len(regions)
        self.sides = [[0, 0] for _ in branches]

    def add(self, function):
        regions = [region for region in function["regions"] if region[5] == 0]
        for at, region in enumerate(regions):
            self.counts[at] += region[4]
        branches = [branch for branch in function["branches"] if branch[6] == 0]
        for at, branch in enumerate(branches):
            self.sides[at][0] += branch[4]
            self.sides[at][1] += branch[5]

    def count_at(self, place):
        """How often what stands there was run; None where there is no code."""
        around = [(begin, count) for (begin, end, _), count in zip(self.regions, self.counts)
                  if begin <= place < end]
        return max(around, key=lambda region: region[0])[1] if around else None

    def lines(self, text):
        """{line: how often}: what goes on in it, or what begins in it. Between statements there
        may be regions that count nothing: what counts is where the first word stands."""
        found = {}
        last = max(end[0] for _, end, _ in self.regions)
        for line in range(self.regions[0][0][0], last + 1):
            words = text[line - 1].lstrip()
            if words == "" or words.startswith("//"):
                continue
            counts = [count for (begin, _, kind), count in zip(self.regions, self.counts)
                      if begin[0] == line and kind in (CODE, EXPANSION)]
            counts += [self.count_at((line, 1 + len(text[line - 1]) - len(words)))]
            counts = [count for count in counts if count is not None]
            if counts:
                found[line] = max(counts)
        return found

    def sides_taken(self):
        """{(line, column, side): how often}, without branches whose condition is known."""
        for place, (taken, not_taken) in zip(self.branches, self.sides):
            if taken or not_taken or not self.count_at(place):
                yield (*place, True), taken
                yield (*place, False), not_taken


def shapes(functions):
    """{name of header: its shapes}"""
    found = collections.defaultdict(dict)
    for function in functions:
        path = pathlib.Path(function["filenames"][0])
        if not path.is_relative_to(ROOT / "include"):
            continue
        regions = tuple(((r[0], r[1]), (r[2], r[3]), r[7]) for r in function["regions"]
                        if r[5] == 0)
        branches = tuple((b[0], b[1]) for b in function["branches"] if b[6] == 0)
        of_header = found[path.relative_to(ROOT).as_posix()]
        of_header.setdefault((regions, branches), Shape(regions, branches)).add(function)
    return {name: list(found[name].values()) for name in sorted(found)}


class Header:
    """What was run of one header."""

    def __init__(self, name, shapes_of_it):
        self.name = name
        self.text = (ROOT / name).read_text(encoding="utf-8").split("\n")
        lines, sides = collections.Counter(), collections.Counter()
        for shape in shapes_of_it:
            lines.update(shape.lines(self.text))
            sides.update(dict(shape.sides_taken()))
        excused = {line for line in lines if self.is_excused(line)}
        self.lines = {line for line in lines if not self.is_left_out(line)}
        self.missed = sorted(line for line in self.lines if lines[line] == 0)
        self.excused = sorted(excused)
        self.run_anyway = sorted(line for line in excused if lines[line] > 0)
        self.sides = {place for place in sides if not self.is_left_out(place[0])
                      and not SWITCH.search(self.text[place[0] - 1])}
        self.sides_missed = sorted(place for place in self.sides if sides[place] == 0)

    def is_excused(self, line):
        above = self.text[line - 2].strip() if line > 1 else ""
        return NEVER_RUN in self.text[line - 1] or above.startswith(NEVER_RUN)

    def is_left_out(self, line):
        return self.is_excused(line) or LEFT_OUT.search(self.text[line - 1])


def share(good, all_of_them):
    return 100.0 * good / all_of_them if all_of_them else 100.0


def report(headers, wanted):
    """Prints what was not run, and a table when it is wanted."""
    for header in headers:
        for line in header.missed:
            print(f"{header.name}:{line}: not run: {header.text[line - 1].strip()}")
        for line in header.run_anyway:
            print(f"{header.name}:{line}: run, although it says that it never is")
        for line, column, side in header.sides_missed:
            if line not in header.missed:
                print(f"{header.name}:{line}:{column}: never {str(side).lower()}: "
                      f"{header.text[line - 1].strip()}")
    if wanted:
        print(f"{'lines':>12} {'branches':>12}")
        for header in headers:
            lines, sides = len(header.lines), len(header.sides)
            print(f"{lines - len(header.missed):>6}/{lines:<5} "
                  f"{sides - len(header.sides_missed):>6}/{sides:<5} {header.name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the build tree: build/asan-ubsan")
    parser.add_argument("--table", action="store_true", help="print a line for each header")
    options = parser.parse_args()
    headers = [Header(*found) for found in shapes(exported(options.build.resolve())).items()]
    report(headers, options.table)
    lines, missed = sum(len(h.lines) for h in headers), sum(len(h.missed) for h in headers)
    sides = sum(len(h.sides) for h in headers)
    sides_missed = sum(len(h.sides_missed) for h in headers)
    excused = sum(len(h.excused) for h in headers)
    print(f"include/: {share(lines - missed, lines):.2f} % of {lines} lines and "
          f"{share(sides - sides_missed, sides):.2f} % of {sides} sides of branches were run; "
          f"{excused} lines say that they never are")
    good = (share(lines - missed, lines) >= LINES and not any(h.run_anyway for h in headers)
            and share(sides - sides_missed, sides) >= BRANCHES)
    return 0 if good else f"{LINES} % of lines and {BRANCHES} % of branches are wanted"


if __name__ == "__main__":
    sys.exit(main())
