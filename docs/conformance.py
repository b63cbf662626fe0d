#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/conformance.md: requirement -> header -> test, and case -> test.

The requirements are those stated in docs/protocol/, the cases those of docs/protocol/cases.md. A
header meets a requirement when a comment of it has the number; a test shows one when its tags have
it. What is deliberately not so stands with its argument in docs/protocol/exceptions.md.

Without an option the document is written. --check changes nothing and fails when a MUST has no
header or no test, when fewer SHOULDs than 95 % have both, when a case has no test, when a tag names
what does not exist, or when the document is not up to date. --report prints what is missing and
fails for unknown names only.
"""

import argparse
import collections
import pathlib
import re
import sys

SHOULD_SHARE = 0.95
NOT_YET_MOST = 0  # how many entries "not yet" exceptions.md may have: this number only falls

STATED = re.compile(r"^- \*\*(R-\d+\.\d+)\*\*\s+(.*?)(?=\n\s*\n|\n- |\n#|\n\||\Z)", re.M | re.S)
SECTION = re.compile(r"^## (\d+) (.*)$", re.M)
ROW = re.compile(r"^\| ((?:[TB]-\w+|R-\d+\.\d+|D\d|rfc\d+:[\d.]+)) \| (.*) \| (.*) \|$", re.M)
CITED = re.compile(r"\bR-\d+\.\d+\b")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
CASE = re.compile(r'(?:TEMPLATE_(?:LIST_)?)?TEST_CASE(?:_METHOD)?\(\s*(?:\w+,\s*)?'
                  r'((?:"(?:\\.|[^"\\])*"\s*)+),\s*((?:"[^"]*"\s*)+)')
TAG = re.compile(r"\[((?:R-\d|T-[A-Z]\d|B-\d|D\d|rfc\d+:)[^\]\s]*)\]")
LEVELS = ("MUST", "SHOULD", "MAY")
KINDS = ("argued", "not yet")


def read(path):
    return path.read_text(encoding="utf-8")


def natural(name):
    """The order in which people count: R-7.9 before R-7.10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


class Requirement:
    """One number: its level, its text on one line, and the heading it stands under."""

    def __init__(self, text, heading):
        self.text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
        self.level = next((w for w in LEVELS if re.search(rf"\b{w}\b", self.text)), "?")
        self.heading = heading

    def first_words(self, most=72):
        words = self.text.replace("|", "\\|")
        if len(words) <= most:
            return words
        return words[:most].rsplit(" ", 1)[0].rstrip(",;:") + " ..."


def requirements(root):
    """number -> Requirement, in order."""
    found = {}
    for path in (root / "docs/protocol").glob("*.md"):
        text = read(path)
        headings = {m[1]: f"{m[1]} {m[2]}" for m in SECTION.finditer(text)}
        for match in STATED.finditer(text):
            section = match[1][2:].split(".")[0]
            found[match[1]] = Requirement(match[2], headings.get(section, section))
    return {number: found[number] for number in sorted(found, key=natural)}


def cases(root):
    """(heading, [(name, what, needs)]) of cases.md, in its order."""
    parts = re.split(r"^## (.*)$", read(root / "docs/protocol/cases.md"), flags=re.M)
    return [(heading, [row for row in ROW.findall(body) if not row[0].startswith("R-")])
            for heading, body in zip(parts[1::2], parts[2::2])]


def exceptions(root):
    """name -> (kind, argument)."""
    path = root / "docs/protocol/exceptions.md"
    rows = ROW.findall(read(path)) if path.exists() else []
    return {name: (kind, argument) for name, kind, argument in rows}


def code(root):
    """number -> the headers with a comment that has it."""
    found = collections.defaultdict(set)
    for pattern in ("include/rrdp/**/*.hpp", "adapters/rrdp/**/*.hpp", "fuzz/*.cpp"):
        for path in root.glob(pattern):
            if "testing" in path.parts:
                continue
            for comment in COMMENT.findall(read(path)):
                for number in CITED.findall(comment):
                    found[number].add(path.relative_to(root).as_posix())
    return found


def tests(root):
    """tag -> {file -> [names]}: of test cases; in other programs the bracket stands anywhere, and
    in fuzz targets the number."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    paths = [p for pattern in ("tests/**/*.cpp", "tests/**/*.py", "fuzz/*.cpp")
             for p in root.glob(pattern) if "build" not in p.relative_to(root).parts]
    for path in sorted(paths):
        text, name = read(path), path.relative_to(root).as_posix()
        for match in CASE.finditer(text):
            title = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', match[1])).replace("\\", "")
            for tag in TAG.findall(match[2]):
                found[tag][name].append(title)
        if not CASE.search(text):
            cited = CITED.findall(text) if name.startswith("fuzz/") else TAG.findall(text)
            for tag in set(cited):
                found[tag][name].append(path.stem)
    return found


class Tree:
    """All that the sources say."""

    def __init__(self, root):
        self.requirements, self.cases = requirements(root), cases(root)
        self.excepted, self.code, self.tests = exceptions(root), code(root), tests(root)
        self.case_names = [name for _, rows in self.cases for name, _, _ in rows]

    def lacks(self, name):
        """What a requirement or case is without: "code", "test"."""
        missing = [] if name in self.case_names or self.code.get(name) else ["code"]
        return missing + ([] if self.tests.get(name) else ["test"])

    def unknown(self):
        known = set(self.requirements) | set(self.case_names)
        complaints = [f"{sorted(files)[0]}: no requirement or case is called {tag}"
                      for tag, files in sorted(self.tests.items()) if tag not in known]
        complaints += [f"{sorted(files)[0]}: {number} does not exist"
                       for number, files in sorted(self.code.items()) if number not in known]
        complaints += [f"docs/protocol/: {number} says neither MUST nor SHOULD nor MAY"
                       for number, r in self.requirements.items() if r.level not in LEVELS]
        for name, _, needs in (row for _, rows in self.cases for row in rows):
            complaints += [f"cases.md: {name} needs {number}, which does not exist"
                           for number in CITED.findall(needs) if number not in known]
        return complaints + [f"exceptions.md: {name} does not exist"
                             for name in self.excepted if name not in known]

    def incomplete(self):
        """Every name that lacks something, with what it lacks and whether that is excused."""
        names = list(self.requirements) + self.case_names
        return [(name, self.lacks(name), name in self.excepted) for name in names
                if self.lacks(name)]

    def missing(self):
        """What keeps the check from passing."""
        complaints = []
        should = [number for number, r in self.requirements.items()
                  if r.level == "SHOULD" and number not in self.excepted]
        for name, lacks, excused in self.incomplete():
            level = self.requirements[name].level if name in self.requirements else "case"
            if not excused and level != "SHOULD":
                complaints.append(f"{name} ({level}) has no {' and no '.join(lacks)}")
        done = sum(not self.lacks(n) for n in should)
        if should and done / len(should) < SHOULD_SHARE:
            without = ", ".join(n for n in should if self.lacks(n))
            complaints.append(f"of {len(should)} SHOULDs only {done} have both: not {without}")
        return complaints + self.bad_exceptions()

    def bad_exceptions(self):
        complaints = []
        for name, (kind, argument) in self.excepted.items():
            if kind not in KINDS:
                complaints.append(f"exceptions.md: {name}: {kind} is none of {KINDS}")
            if kind == "not yet" and not self.lacks(name):
                complaints.append(f"exceptions.md: {name} has all it needs: take it out")
            if len(argument.split()) < 4:
                complaints.append(f"exceptions.md: {name} has no argument")
        later = [name for name, (kind, _) in self.excepted.items() if kind == "not yet"]
        if len(later) > NOT_YET_MOST:
            complaints.append(f"{len(later)} are not yet done, {NOT_YET_MOST} at most may be")
        return complaints


def link(path):
    name = path.split("/")[-1]
    return f"[{name.removesuffix('.hpp').removesuffix('.cpp')}](../{path})"


def listed(files):
    return " ".join(link(path) for path in sorted(files)) or "-"


def counted(found):
    """The files of a tag, with how many tests of each."""
    return " ".join(link(path) + (f" {len(names)}" if len(names) > 1 else "")
                    for path, names in sorted(found.items())) or "-"


def named(found):
    """The tests of a tag, by name."""
    shown = [f"{link(path)}: {'; '.join(names)}" for path, names in sorted(found.items())]
    return "<br>".join(shown).replace("|", "\\|") or "-"


def summary(tree):
    lines = ["| | All | With header and test | Argued | Not yet |", "|---|---|---|---|---|"]
    levels = {level: [n for n, r in tree.requirements.items() if r.level == level]
              for level in LEVELS}
    for level, names in [*levels.items(), ("cases", tree.case_names)]:
        kinds = [tree.excepted.get(name, ("",))[0] for name in names]
        whole = sum(not tree.lacks(name) for name in names)
        lines.append(f"| {level} | {len(names)} | {whole} | {kinds.count('argued')} "
                     f"| {kinds.count('not yet')} |")
    return lines


def document(tree):
    lines = ["# Conformance", "",
             "<!-- Written by docs/conformance.py: run it after a change of comments or tags. -->",
             "", "Where each requirement of the [specification](protocol.md#contents) is met and "
             "shown. *Code* are the", "headers with a comment that has its number, *tests* the "
             "files with tests that have it as a tag, and", "how many if there are several. "
             "`docs/conformance.py --check` is a test. What stands in italics is", "argued or "
             "pending in [exceptions.md](protocol/exceptions.md).", "", *summary(tree), ""]
    heading = None
    for number, r in tree.requirements.items():
        if r.heading != heading:
            heading = r.heading
            lines += ["", f"## {heading}", "", "| | Level | Says | Code | Tests |",
                      "|---|---|---|---|---|"]
        excuse = tree.excepted.get(number)
        note = f" *{excuse[0]}: {excuse[1]}*" if excuse else ""
        lines.append(f"| {number} | {r.level} | {r.first_words()}{note} "
                     f"| {listed(tree.code.get(number, ()))} "
                     f"| {counted(tree.tests.get(number, {}))} |")
    for heading, rows in tree.cases:
        lines += ["", f"## Cases: {heading}", "", "| | Has to show | Tests |", "|---|---|---|"]
        for name, what, needs in rows:
            excuse = tree.excepted.get(name)
            note = f" *{excuse[0]}: {excuse[1]}*" if excuse else ""
            lines.append(f"| {name} | {what} ({needs}){note} "
                         f"| {named(tree.tests.get(name, {}))} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the root of the source tree")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="fail where something is missing")
    mode.add_argument("--report", action="store_true", help="print what is missing")
    arguments = parser.parse_args()

    tree = Tree(arguments.root)
    complaints, missing = tree.unknown(), tree.missing()
    path, text = arguments.root / "docs/conformance.md", document(tree)
    for name, (kind, argument) in tree.excepted.items():
        if kind == "not yet" and not (arguments.check and missing):
            print(f"not yet: {name}: {argument}")
    if arguments.check:
        complaints += missing
        if not path.exists() or read(path) != text:
            complaints.append("docs/conformance.md is not up to date: run docs/conformance.py")
    elif arguments.report:
        print("\n".join(missing))
    else:
        path.write_text(text, encoding="utf-8")
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaint(s)")
    print("\n".join(line for line in summary(tree) if line[2] != "-"))


if __name__ == "__main__":
    main()
