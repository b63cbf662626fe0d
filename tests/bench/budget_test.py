#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a message and a connection cost with budget.json.

A cost above its budget fails, and so does a budget that is more than 5 % too generous, so that what
was gained is written down, in a commit of its own: --update writes the file.

Instructions are counted by valgrind, those of 4 000 messages taken from those of 8 000. The count
repeats exactly for one compiler, C library and set of flags; another release of any of the three
moves it a little, so 1 % more is allowed. Each compiler has its own entry, named by its major
version. For one without an entry the instructions are printed and judged by nobody; --update adds
it. Everything else is equal for all of them and may not grow at all.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUDGET = HERE / "budget.json"
COUNT = 4_000
GROWTH = 0.01    # of instructions; nothing else may grow
GENEROUS = 0.05  # how far a budget may lie above what it is spent on
COUNTED = {"ping-pong": "instructions per 32-octet message of a ping-pong, both ends",
           "stream": "instructions per 32-octet message of a stream, both ends"}
SKIPPED = 77


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout + done.stderr


def instructions(program, pattern, count):
    """How many instructions the whole program takes for `count` messages."""
    text = output("valgrind", "--tool=cachegrind", "--cache-sim=no",
                  "--cachegrind-out-file=/dev/null", program, pattern, str(count))
    found = re.search(r"I\s+refs:\s+([\d,]+)", text)
    if not found:
        sys.exit(f"valgrind tells no number of instructions:\n{text}")
    return int(found[1].replace(",", ""))


def instructions_per_message(program):
    return {name: round((instructions(program, pattern, 2 * COUNT) -
                         instructions(program, pattern, COUNT)) / COUNT, 1)
            for pattern, name in COUNTED.items()}


def complaints(costs, budget, growth):
    """What is wrong with costs that have these budgets; every cost is printed."""
    wrong = []
    for name, cost in costs.items():
        limit = budget.get(name)
        print(f"{name}: {cost}, budget {'none' if limit is None else limit}")
        if limit is None:
            wrong.append(f"{name}: there is no budget for it; --update writes one")
        elif cost > limit * (1 + growth):
            wrong.append(f"{name}: {cost} exceeds the budget of {limit}")
        elif limit > cost * (1 + GENEROUS):
            wrong.append(f"{name}: the budget of {limit} is more than {GENEROUS:.0%} above "
                         f"{cost}; lower it with --update, in a commit of its own")
    for name in budget.keys() - costs.keys():
        wrong.append(f"{name}: nothing measures it any more; --update forgets it")
    return wrong


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="what tests/bench/budget.cpp was "
                        "compiled to, with the flags of its target")
    parser.add_argument("--update", action="store_true", help="write budget.json instead")
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program} is no program")

    figures = json.loads(output(options.program, "figures"))
    machine, version = figures.pop("machine"), figures.pop("compiler")
    compiler = re.match(r"\S+ \d+", version)[0]
    budget = json.loads(BUDGET.read_text()) if BUDGET.exists() else {}
    entries = budget.setdefault("compilers", {})

    unmeasured = None
    if not shutil.which("valgrind"):
        unmeasured = "valgrind is not installed, so that instructions were not counted"
    elif machine != "x86-64-v3":
        unmeasured = "not compiled for x86-64-v3, so that instructions were not counted"
    costs = {} if unmeasured else instructions_per_message(options.program)

    if options.update:
        if unmeasured:
            sys.exit(f"nothing is written: {unmeasured}")
        entries[compiler] = costs
        BUDGET.write_text(json.dumps({"every compiler": figures, "compilers": entries},
                                     indent=2, sort_keys=True) + "\n")
        print(BUDGET.read_text(), end="")
        return

    print(f"compiled by {version}")
    wrong = complaints(figures, budget.get("every compiler", {}), 0)
    if costs and compiler in entries:
        wrong += complaints(costs, entries[compiler], GROWTH)
    elif costs:
        for name, cost in costs.items():
            print(f"{name}: {cost}; {compiler} has no budget")
    if wrong:
        sys.exit("\n".join(["", *wrong]))
    if unmeasured:
        print(f"skipped: {unmeasured}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
