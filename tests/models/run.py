#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Explores a model of the protocol exhaustively, with spin.

The head of a model, NAME.pml, has a line for each run:

    check RUN: -DA=1            all states are looked at, and nothing is wrong in any
    campaign RUN: -DA=2         the same with larger bounds, if asked for with --campaign
    broken RUN (WHAT): -DB=1    a rule is missing, and that must show as WHAT: the words behind the
                                assertion that fails, `deadlock`, or `cycle`

With -DCYCLES the run looks for exchanges that never end; otherwise for assertions and deadlocks.
With -DDEEP a mistake is searched in depth, where the shortest way to it is too far in breadth.
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
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RUN = re.compile(r"^ \* (check|campaign|broken) (\w+)(?: \((.+)\))?: *(.*)$", re.MULTILINE)
MISSING = 77  # the status that ctest takes for a test that was skipped
MEGABYTES = 2_000


class Run:
    """One line of a head."""

    def __init__(self, path, kind, name, what, flags):
        self.path, self.kind, self.name, self.what = path, kind, name, what
        self.flags = flags.split()
        self.cycles = "-DCYCLES" in self.flags

    @property
    def title(self):
        return f"{self.path.stem}.{self.name}"


def runs(campaign):
    unwanted = "check" if campaign else "campaign"
    return [Run(path, *match.groups()) for path in sorted(HERE.glob("*.pml"))
            for match in RUN.finditer(path.read_text(encoding="utf-8"))
            if match[1] != unwanted]


def tool(*command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def build(run, folder, megabytes):
    shutil.copy(run.path, folder)
    made = tool("spin", "-a", "-o3", *run.flags, run.path.name, folder=folder)
    if made.returncode or "rror" in made.stdout:
        sys.exit(f"{run.title}: spin does not take it:\n{made.stdout}{made.stderr}")
    broken = run.kind == "broken"
    # The shortest way to a mistake is read most easily, so what is broken is searched in breadth.
    shortest = broken and "-DDEEP" not in run.flags
    how = ["-DNP"] if run.cycles else ["-DSAFETY", *(["-DBFS"] if shortest else [])]
    if run.kind == "campaign":
        how.append("-DCOLLAPSE")  # loses nothing: a third of the memory, somewhat slower
    made = tool("cc", "-O1" if broken else "-O2", "-w", "-DNOFAIR", f"-DMEMLIM={megabytes}",
                *how, "-o", "pan", "pan.c", folder=folder)
    if made.returncode:
        sys.exit(f"{run.title}: cc fails:\n{made.stderr}")


def explore(run, folder, seconds):
    """What spin says, and how long it took; None when it had no more time."""
    began = time.monotonic()
    bounds = {"broken": ["-m100000", "-w20"], "check": ["-m4000000", "-w24"],
              "campaign": ["-m8000000", "-w27"]}[run.kind]
    try:
        done = subprocess.run(["./pan", *bounds, *(["-l"] if run.cycles else [])], cwd=folder,
                              capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, seconds
    return done.stdout + done.stderr, time.monotonic() - began


def number(pattern, said):
    found = re.search(pattern, said)
    return int(float(found[1])) if found else None


def incomplete(said):
    """Why the search did not see everything, or None."""
    for words in ("max search depth too small", "Search not completed", "reached -DMEMLIM bound",
                  "out of memory", "VECTORSZ"):
        if words in said:
            return words
    return None if number(r"errors: (\d+)", said) is not None else "the search did not end"


def trail(run, folder):
    """How it comes to the mistake: each step with its line."""
    return tool("spin", "-t", "-p", "-g", *run.flags, run.path.name, folder=folder).stdout


def found(run, said, steps):
    """What kind of mistake was found, in the words of the head, or None."""
    if "assertion violated" in said:
        where = re.search(r"\.pml:(\d+), Error: assertion violated", steps)
        line = run.path.read_text(encoding="utf-8").split("\n")[int(where[1]) - 1] if where else ""
        named = re.search(r"/\* (.*?) \*/\s*$", line)
        return named[1] if named else f"an assertion without a name: {line.strip()}"
    if "invalid end state (" in said:
        return "deadlock"
    return "cycle" if "non-progress cycle (" in said else None


def unreached(run, said, folder):
    """The lines, and apart from them the assertions, that no state reached.

    What is written once may stand in several places and processes.
    """
    lines = run.path.read_text(encoding="utf-8").split("\n")

    def kinds(number, code):
        return [(int(number), kind) for kind in ("", "assert") if code.startswith(kind)]

    dead, there = collections.Counter(), set()
    for n, code in re.findall(r"\.pml:(\d+), state \d+, \"(.*)\"", said):
        dead.update(kinds(n, code) if code != "-end-" else [])
    for process in tool("./pan", "-d", folder=folder).stdout.split("proctype ")[1:]:
        there |= {(process.split("\n")[0], state, *kind) for state, n, code in
                  re.findall(r"state +(\d+) -.*\.pml:(\d+) => (.*)", process)
                  for kind in kinds(n, code)}
    whole = collections.Counter(place[2:] for place in there)
    found_dead = {place for place in dead if dead[place] >= whole[place]}
    return [f"{run.path.name}:{n}: {lines[n - 1].strip()}"
            for n in sorted({n for n, _ in found_dead})]


def judge_broken(run, said, folder):
    steps = trail(run, folder)
    what = found(run, said, steps)
    if what != run.what:
        return [f"the missing rule should show as `{run.what}`, not as `{what}`"]
    length = number(r"\(at depth (\d+)\)", said) or steps.count("proc")
    print(f"  as it must be, there is a counter-example of {length} steps: {what}")
    return []


def judge_check(run, said, folder):
    if (number(r"errors: (\d+)", said) or 0) > 0:
        steps = trail(run, folder)
        return [f"{found(run, said, steps)}:\n{steps[-12_000:]}"]
    why = incomplete(said)
    complaints = [f"the search was not complete: {why}"] if why else []
    dead = unreached(run, said, folder)
    for line in dead:
        print(f"  not reached: {line}")
    return complaints + [f"an assertion that was never reached: {line}" for line in dead
                         if "assert" in line]


def judge(run, megabytes, shown, seconds=None):
    """How many states were seen, None if the time was over before all were, and what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        build(run, folder, megabytes)
        said, seconds = explore(run, folder, seconds)
        if said is None:
            print(f"{run.title}: not finished after {seconds:.0f} s, and not counted")
            return None, []
        states, depth = number(r"([\d.e+]+) states, stored", said), number(
            r"depth reached (\d+)", said)
        print(f"{run.title}: {states} states, depth {depth}, {seconds:.1f} s")
        if shown:
            print(said + trail(run, folder))
        complaints = (judge_broken if run.kind == "broken" else judge_check)(run, said, folder)
    for complaint in complaints:
        print(f"{run.title}: {complaint}")
    return states or 0, complaints


def judge_all(chosen, options):
    """Runs them in turn, from number `--from` on; with `--seconds` round and round, till then."""
    megabytes = 12_000 if options.campaign else MEGABYTES
    if not options.seconds:
        return [judge(run, megabytes, options.show) for run in chosen]
    end, results = time.monotonic() + options.seconds, []
    for i in range(getattr(options, "from") - 1, sys.maxsize):
        left = end - time.monotonic()
        if left < 1 or len(results) == len(chosen):
            return results
        # A quarter of the whole: one too large for today does not cost the others their turn.
        most = min(left, options.seconds / 4)
        results.append(judge(chosen[i % len(chosen)], megabytes, options.show, most))
    return results


def write(path, results):
    # What was not finished is passed over: the next run is tried next time.
    complete = [(states, wrong) for states, wrong in results if states is not None]
    summary = {"seeds": len(results), "states": sum(states for states, _ in complete),
               "failures": sum(bool(wrong) for _, wrong in complete)}
    pathlib.Path(path).write_text(json.dumps(summary) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the names of the runs, and no more")
    parser.add_argument("--campaign", action="store_true",
                        default=bool(os.environ.get("RRDP_MODELS_CAMPAIGN")),
                        help="the larger bounds, 12 GB; also with $RRDP_MODELS_CAMPAIGN")
    parser.add_argument("--show", action="store_true", help="what spin says, and the trail")
    parser.add_argument("--seconds", type=float, help="what is not finished then is not counted")
    parser.add_argument("--from", type=int, default=1, help="with --seconds: the run to begin with")
    parser.add_argument("--json", help="write the summary to this file, too")
    parser.add_argument("names", nargs="*", help="MODEL.RUN or MODEL; none: all")
    options = parser.parse_args()
    chosen = [run for run in runs(options.campaign) if not options.names
              or run.title in options.names or run.path.stem in options.names]
    if options.list:
        print("\n".join(run.title for run in chosen))
        return
    if not chosen:
        parser.error("no such run: " + " ".join(options.names))
    if not shutil.which("spin") or not shutil.which("cc"):
        print("skipped: needs spin and a C compiler")
        sys.exit(MISSING)
    sys.stdout.reconfigure(line_buffering=True)
    results = judge_all(chosen, options)
    if options.json:
        write(options.json, results)
    print(f"{sum(states or 0 for states, _ in results)} states in {len(results)} runs, "
          f"{sum(bool(wrong) for _, wrong in results)} of them not as they should be")
    sys.exit(any(wrong for _, wrong in results))


if __name__ == "__main__":
    main()
