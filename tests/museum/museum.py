# SPDX-License-Identifier: Apache-2.0
"""The exhibits: bugs that others or we ourselves had, each with the tests that must notice it."""

import html
import re
import tomllib

import workshop

SEEDS = 2_000
FIELDS = {"bug", "source", "file", "find", "broken"}


class Exhibit:
    """One bug. `killers` is {ring: "file | case"}, or for `sim` what its complaint must match."""

    def __init__(self, name, group, entry):
        wrong = (FIELDS - entry.keys()) | (entry.keys() - FIELDS - {"within", "killers"})
        if wrong:
            raise SystemExit(f"{name}: missing or unknown: {', '.join(sorted(wrong))}")
        self.name, self.group = name, group
        self.bug, self.source = entry["bug"], entry["source"]
        self.path, self.find, self.broken = entry["file"], entry["find"], entry["broken"]
        self.within, self.killers = entry.get("within", self.find), entry.get("killers", {})

    def edit(self, number):
        """The edit that shows the bug; its text must be found once, or the exhibit has rotted."""
        file = workshop.ROOT / "include/rrdp" / self.path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        first, last = self.only(text, self.within)
        inner = self.only(text[first:last], self.find)
        form = "statement" if re.search(r";\s*\}?$", self.find) else "value"
        return workshop.Edit(number, self.path, first + inner[0], text[first:last][slice(*inner)],
                             self.broken, form)

    def only(self, text, words):
        """Where `words` are in `text`, whatever white space is between them."""
        expression = r"\s+".join(re.escape(word) for word in words.split())
        found = [match.span() for match in re.finditer(expression, text)]
        if len(found) != 1:
            raise SystemExit(f"{self.name}: {self.path} has {words!r} {len(found)} times, not once")
        return found[0]

    def killer(self, ring):
        """(file, case) of a ring."""
        file, _, case = self.killers[ring].partition(" | ")
        path = workshop.ROOT / "tests" / ring / f"{file}_test.cpp"
        if not path.exists():
            raise SystemExit(f"{self.name}: there is no {path}")
        return path, case


def read():
    """All exhibits, in the order of their files; those for the museum itself are in canary.toml."""
    found = []
    for path in sorted((workshop.HERE / "exhibits").glob("*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [Exhibit(name, path.stem, entry) for name, entry in entries.items()]
    return found


def sheets(entries):
    """Parts of [(..., edit)] in which no two edits overlap: each is one build."""
    parts = []
    for entry in entries:
        free = [part for part in parts if not any(entry[-1].overlaps(e[-1]) for e in part)]
        if free:
            free[0].append(entry)
        else:
            parts.append([entry])
    return parts


def pattern(case):
    """A case's name as Catch2 wants it."""
    return re.sub(r'([,\[\]"\\])', r"\\\1", case)


def judge(shop, exhibit, number, ring):
    """(whether it was noticed as it should be, what happened)"""
    if ring == "sim":
        outcome = shop.run(ring, number, "--seeds", f"1..{SEEDS}")
        right = re.search(exhibit.killers[ring], outcome.why())
        return bool(outcome.killed and right), outcome.why()
    case = pattern(exhibit.killer(ring)[1])
    clean = shop.run(ring, 0, case)
    if clean.killed or "All tests passed" not in clean.text:
        return False, f"without the bug: {clean.why()}: {clean.text[-300:].strip()}"
    outcome = shop.run(ring, number, case)
    return outcome.killed and outcome.status is not None, outcome.why()


def failing_cases(xml):
    """The names of the cases that a program of Catch2 complains about, from its report in XML."""
    cases = xml.split("<TestCase name=\"")[1:]
    failed = [case for case in cases if 'OverallResult success="false"' in case
              or "<FatalErrorCondition" in case or "</TestCase>" not in case]
    return [html.unescape(case.partition('"')[0]) for case in failed]
