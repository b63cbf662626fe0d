#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the links of the documents lead somewhere: to a file, and to a heading of it."""

import argparse
import pathlib
import re
import sys

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(text):
    """The names that a link may have after the #, as GitHub makes them of headings."""
    found = set(re.findall(r'<a id="([^"]+)"', text))
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(kept.replace(" ", "-"))
    return found


def check(root, document):
    """What is wrong with the links of one document."""
    complaints = []
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        where = f"{document.relative_to(root)}: {target}"
        if not file.exists():
            complaints.append(f"{where} does not exist")
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            complaints.append(f"{where}: no such heading")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the root of the source tree")
    root = parser.parse_args().root.resolve()
    documents = sorted(path for pattern in ("*.md", "docs/**/*.md", "adapters/*.md")
                       for path in root.glob(pattern))
    complaints = [c for document in documents for c in check(root, document)]
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaint(s)")
    print(f"{len(documents)} documents: every link leads somewhere")


if __name__ == "__main__":
    main()
