#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Writes one header that is all of <rrdp/rrdp.hpp> and of the headers that are named: for projects
that take a single file.

    single_header.py OUTPUT [HEADER...]     such as rrdp/adapters/loopback.hpp
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ROOT / "include", ROOT / "adapters"
INCLUDE = re.compile(r"^#include <(rrdp/[^>]+)>.*\n", re.MULTILINE)
HEAD = """// SPDX-License-Identifier: Apache-2.0
// RRDP {version} in one file, made by cmake/single_header.py of: {names}.
// Do not change it: change the headers that it is made of.
#pragma once
"""


def path_of(header):
    for folder in FOLDERS:
        if (path := folder / header).exists():
            return path
    sys.exit(f"single_header.py: there is no <{header}>")


def expand(header, seen):
    """The text of a header in which those of ours stand in the place of their names, once each."""
    if header in seen:
        return ""
    seen.add(header)
    text = path_of(header).read_text(encoding="utf-8")
    text = re.sub(r"^// SPDX.*\n|^#pragma once\n", "", text, flags=re.MULTILINE)
    return INCLUDE.sub(lambda found: expand(found[1], seen), text)


def version():
    text = path_of("rrdp/version.hpp").read_text(encoding="utf-8")
    return ".".join(re.findall(r"^#define RRDP_VERSION_\w+ (\d+)", text, re.MULTILINE))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    output, *more = sys.argv[1:]
    names, seen = ["rrdp/rrdp.hpp", *more], set()
    text = "".join(expand(name, seen) for name in names)
    head = HEAD.format(version=version(), names=", ".join(names))
    path = pathlib.Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + re.sub(r"\n{3,}", "\n\n", text), encoding="utf-8")


if __name__ == "__main__":
    main()
