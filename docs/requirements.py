#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the requirement numbers: R-<section>.<n> of docs/protocol/.

Every number is stated exactly once, in its own section, without a gap, and every number that is
cited anywhere in the tree exists. With --report it prints, for each requirement, the headers and
the tests that cite it.
"""

import argparse
import pathlib
import re
import sys

# How many requirements each section has. Numbers are never reused, so this only ever grows.
LAST = {1: 5, 2: 19, 3: 37, 4: 6, 5: 16, 6: 3, 7: 36, 8: 23, 9: 10, 10: 9, 11: 3, 12: 5, 13: 5,
        14: 4, 15: 12, 16: 4, 17: 6, 18: 3, 19: 14, 20: 3}

STATED = re.compile(r"^- \*\*R-(\d+)\.(\d+)\*\*", re.MULTILINE)
CITED = re.compile(r"\bR-(\d+)\.(\d+)\b")
SECTION = re.compile(r"^## (\d+) ")
SUFFIXES = {".hpp", ".cpp", ".md", ".py", ".pml", ".txt", ".lua"}
PLACES = ("include", "adapters", "examples", "tests", "fuzz", "docs")


def numbers(pattern, text):
    return [(int(section), int(n)) for section, n in pattern.findall(text)]


def written(number):
    return f"R-{number[0]}.{number[1]}"


def check_statements(root):
    """What is wrong with the statements in docs/protocol/."""
    expected = {(section, n) for section, last in LAST.items() for n in range(1, last + 1)}
    complaints, seen = [], set()
    for path in sorted((root / "docs/protocol").glob("*.md")):
        section = None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            heading = SECTION.match(line)
            section = int(heading[1]) if heading else section
            for stated in numbers(STATED, line):
                where = f"{path.relative_to(root)}:{number}: {written(stated)}"
                if stated in seen:
                    complaints.append(f"{where} is stated twice")
                if stated not in expected:
                    complaints.append(f"{where} is not a number of the specification")
                if stated[0] != section:
                    complaints.append(f"{where} stands in section {section}")
                seen.add(stated)
    complaints += [f"{written(number)} is not stated" for number in sorted(expected - seen)]
    return complaints, expected


def citations(root):
    """number -> the files that cite it."""
    found = {}
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file() or "corpus" in path.parts:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for number in set(numbers(CITED, text)):
                found.setdefault(number, []).append(str(path.relative_to(root)))
    return found


def report(expected, found):
    """One line for each requirement: how many headers and tests cite it, and which."""
    for number in sorted(expected):
        files = found.get(number, [])
        code = [f for f in files if f.startswith(("include/", "adapters/"))]
        tests = [f for f in files if f.startswith(("tests/", "fuzz/"))]
        print(f"{written(number):8} code: {' '.join(code) or '-'}  tests: {' '.join(tests) or '-'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the root of the source tree")
    parser.add_argument("--report", action="store_true", help="who cites which requirement")
    arguments = parser.parse_args()

    complaints, expected = check_statements(arguments.root)
    found = citations(arguments.root)
    for number in sorted(set(found) - expected):
        complaints.append(f"{written(number)} does not exist, but is cited: {found[number][0]}")
    if arguments.report:
        report(expected, found)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaint(s)")
    if not arguments.report:
        print(f"{len(expected)} requirements, each stated once")


if __name__ == "__main__":
    main()
