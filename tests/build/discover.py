# SPDX-License-Identifier: Apache-2.0
"""Writes the ctest entries of a Catch2 program: one for each test case, or for several cases that
together.py runs in one process, where starting a process is most of what a case costs.

Catch2 brings a script for this, too, but that one cuts names at semicolons.
"""

import argparse
import pathlib

import together

ALONE = """add_test([==[{prefix}/{name}]==] [==[{program}]==] [==[{pattern}]==])
set_tests_properties([==[{prefix}/{name}]==] PROPERTIES LABELS {label} TIMEOUT 300 COST {cost}
  FAIL_REGULAR_EXPRESSION "No test cases matched;assertions: - none -")
"""
SEVERAL = """add_test([==[{prefix}/cases {first} to {last}]==] [==[{python}]==] -B
  [==[{script}]==] [==[{program}]==] [==[{names}]==] {first} {last})
set_tests_properties([==[{prefix}/cases {first} to {last}]==] PROPERTIES LABELS {label}
  TIMEOUT 600)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for argument in ("program", "version", "prefix", "label", "output"):
        parser.add_argument(argument)
    parser.add_argument("--several", type=int, default=1, help="cases that share a process")
    parser.add_argument("--cost", type=int, default=0, help="what costs much is begun early")
    options = parser.parse_args()
    found = together.names(options.program, options.version)
    if not found:
        parser.error(f"{options.program} names no test case")
    common = vars(options)
    with open(options.output, "w", encoding="utf-8") as file:
        if options.several == 1:
            file.writelines(ALONE.format(name=name, pattern=together.pattern(name), **common)
                            for name in found)
            return
        names = pathlib.Path(options.output).with_suffix(".txt")
        names.write_text("\n".join(found), encoding="utf-8")
        for first in range(1, len(found) + 1, options.several):
            file.write(SEVERAL.format(first=first, python=together.sys.executable, names=names,
                                      last=min(first + options.several - 1, len(found)),
                                      script=together.__file__, **common))


if __name__ == "__main__":
    main()
