# SPDX-License-Identifier: Apache-2.0
"""Writes a ctest entry for each test case of a Catch2 program.

Catch2 brings a script for this, too, but that one cuts names at semicolons.
"""

import argparse
import re
import subprocess

ENTRY = """add_test([==[{prefix}/{name}]==] [==[{program}]==] [==[{pattern}]==])
set_tests_properties([==[{prefix}/{name}]==] PROPERTIES LABELS {label} TIMEOUT 300
  FAIL_REGULAR_EXPRESSION "No test cases matched;assertions: - none -")
"""


def names(program, version):
    """The names of the test cases; versions 2 and 3 are asked differently."""
    question = (["--list-test-names-only"] if version.startswith("2.")
                else ["--list-tests", "--verbosity", "quiet"])
    # Version 2 answers with the number of cases as its status.
    done = subprocess.run([program, *question], capture_output=True, text=True, check=False)
    return [line for line in done.stdout.split("\n") if line]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for argument in ("program", "version", "prefix", "label", "output"):
        parser.add_argument(argument)
    options = parser.parse_args()
    found = names(options.program, options.version)
    if not found:
        parser.error(f"{options.program} names no test case")
    with open(options.output, "w", encoding="utf-8") as file:
        for name in found:
            file.write(ENTRY.format(prefix=options.prefix, name=name, program=options.program,
                                    pattern=re.sub(r'([,\[\]"\\])', r"\\\1", name),
                                    label=options.label))


if __name__ == "__main__":
    main()
