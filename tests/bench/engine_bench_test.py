#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""engine-bench runs every row and part for a moment, says what it cannot run, and refuses mistakes.

No time is looked at.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(sys.argv[1])
PATTERNS, SIZES = ("ping-pong", "stream", "singles"), (1, 32, 8_900)
PEERS = {"enet", "usrsctp", "lwip", "ngtcp2"}

complaints = []


def expect(truth, what):
    if not truth:
        complaints.append(what)


def run(*arguments, path=None):
    environment = None if path is None else {"PATH": path}
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          check=False, env=environment)


def figures(folder, *arguments, path=None):
    """The JSON of a run, and its text."""
    file = pathlib.Path(folder) / "figures.json"
    done = run("--rounds", 1, "--json", file, *arguments, path=path)
    expect(done.returncode == 0, f"{arguments}: exit status {done.returncode}\n{done.stderr}")
    return json.loads(file.read_text(encoding="utf-8")), done.stdout


def check_message(row):
    where = f"{row['engine']}, {row['pattern']}, {row['size']}"
    if "not_run" in row:
        expect(row["engine"] in PEERS and row["not_run"].endswith("is not installed"),
               f"{where}: {row['not_run']}")
        return
    expect(row["octets_on_ethernet"] >= row["size"], f"{where}: octets are missing on the wire")
    expect(row["frames"] > 0 and row["ns"]["median"] > 0, f"{where}: nothing happened")
    expect(row["stalls"] == 0, f"{where}: the clock had to help {row['stalls']} times")
    if row["engine"].startswith("rrdp"):
        expect(row["allocations"] == 0 and row["allocations_to_connect"] == 0,
               f"{where}: memory is allocated")


def check_suite(folder):
    sizes = [word for size in SIZES for word in ("--size", size)]
    found, text = figures(folder, "--count", 64, *sizes)
    rows = {(r["engine"], r["pattern"], r["size"]): r for r in found["messages"]}
    expect(len(rows) == len(found["messages"]), "a row comes twice")
    engines = {engine for engine, _, _ in rows}
    expect(PEERS | {"rrdp", "rrdp-inplace"} <= engines, f"rows are missing beside {engines}")
    expect(len(rows) == len(engines) * len(PATTERNS) * len(SIZES), "not every row has every job")
    for row in rows.values():
        check_message(row)
        expect(row["engine"] in text, f"{row['engine']} is not in the text")
    crowds = {r["connections"] for r in found["crowd"] if r["engine"] == "rrdp"}
    expect(crowds == {1, 100, 10_000, 100_000}, f"crowds of {crowds}")
    expect({r["connections"] for r in found["timers"]} == {1, 100_000}, "timers are missing")
    expect(all(r["octets"] > 0 for r in found["idle"]), "a connection takes no memory")
    expect(len(found["copies"]) == 6, "rows beside memcpy are missing")


def check_instructions(folder):
    job = ("--only", "rrdp", "--pattern", "stream", "--size", 32, "--count", 10, "--instructions")
    found, text = figures(folder, *job, path=folder)
    expect(found.get("no_instructions") == "valgrind is not installed" and
           "valgrind is not installed" in text, "it does not say that valgrind is missing")
    if not shutil.which("valgrind"):
        print("valgrind is not installed: no instructions were counted")
        return
    found, _ = figures(folder, *job)
    expect(found["messages"][0].get("instructions", 0) > 0, "no instructions were counted")


def check_mistakes(folder):
    for arguments in (("--size", 0), ("--size", 8_901), ("--size", "x"), ("--count", 0),
                      ("--rounds", 0), ("--only", "tcp"), ("--pattern", "x"), ("--once", 5),
                      ("--only", "rrdp", "--pattern", "stream", "--size", 1, "--once", 0),
                      ("--only", "idle", "--pattern", "stream", "--size", 1, "--once", 1),
                      ("--size",), ("--nonsense",), ("word",)):
        done = run(*arguments)
        expect(done.returncode == 2 and done.stderr.count("\n") == 1 and not done.stdout,
               f"{arguments}: exit status {done.returncode}, {done.stdout}{done.stderr}")
    done = run("--only", "idle", "--json", pathlib.Path(folder) / "none" / "file")
    expect(done.returncode == 1 and done.stderr.count("\n") == 1, "it writes where it cannot")
    done = run("--only", "rrdp", "--pattern", "stream", "--size", 1, "--once", 1)
    expect((done.returncode, done.stdout, done.stderr) == (0, "", ""), "--once is not silent")
    expect("--once" in run("--help").stdout, "--help does not tell all")


with tempfile.TemporaryDirectory() as place:
    check_suite(place)
    check_instructions(place)
    check_mistakes(place)
if complaints:
    sys.exit("\n".join(complaints))
