# SPDX-License-Identifier: Apache-2.0
"""Runs several test cases of a Catch2 program in one process.

What fails is run again, each case in a process of its own, to say which it was; where none of them
fails alone, that is said. Whether each asserts something is asked where each has a process of its
own: here a section without an assertion of its own would be taken for a case without any.
"""

import argparse
import pathlib
import re
import subprocess
import sys


def names(program, version):
    """The names of the test cases; versions 2 and 3 are asked differently."""
    question = (["--list-test-names-only"] if version.startswith("2.")
                else ["--list-tests", "--verbosity", "quiet"])
    # Version 2 answers with the number of cases as its status.
    done = subprocess.run([program, *question], capture_output=True, text=True, check=False)
    return [line for line in done.stdout.split("\n") if line]


def pattern(name):
    """What Catch2 wants to be told to run that case."""
    return re.sub(r'([,\[\]"\\])', r"\\\1", name)


def run(program, cases):
    """Whether just these cases were run and all is well; what was written goes on to ours."""
    done = subprocess.run([program, ",".join(map(pattern, cases))], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    sys.stdout.write(done.stdout)
    count = re.search(r"^All tests passed \(\d+ assertions? in (\d+) test cases?\)", done.stdout,
                      re.MULTILINE)
    return done.returncode == 0 and count is not None and int(count[1]) == len(cases)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("names", type=pathlib.Path, help="a file with a name in each line")
    parser.add_argument("first", type=int, help="the first line is 1")
    parser.add_argument("last", type=int)
    options = parser.parse_args()
    cases = options.names.read_text(encoding="utf-8").split("\n")
    cases = cases[options.first - 1:options.last]
    if run(options.program, cases):
        return 0
    failed = [case for case in cases if not run(options.program, [case])]
    for case in failed:
        print(f"FAILED: {case}")
    return 1 if failed else "failed: the cases together, none of them alone"


if __name__ == "__main__":
    sys.exit(main())
