#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-sim: seeds are replayed exactly, and what a failing one leaves can be read."""

import json

from kit import fails, main, program, run

SIM = program("rrdp-sim")
# A change of the engine's behaviour, of the wire's or of what a seed chooses changes it: see what
# changed, then write down the new one. It is the same with every compiler.
TRACE = 0xACE9A3F8A9711B15


def summary(folder, *options):
    path = folder / "summary.json"
    status, _, said = run([SIM, *options, "--json", str(path)])
    return status, json.loads(path.read_text(encoding="utf-8")), said


def a_trace_for_every_compiler(folder):
    status, first, said = summary(folder, "--seeds", "1..100")
    assert status == 0 and not first["failed"], said
    assert first["seeds"] == 100
    assert all(first[k] > 0 for k in ("lost", "duplicated", "reordered", "corrupted", "garbled",
                                      "recalled", "forged", "refused", "cut_off", "fault_hours"))
    assert sum(first["blows"].values()) > 100 and first["failures"] == 0
    assert first["trace"] == TRACE, hex(first["trace"])
    _, again, _ = summary(folder, "--seeds", "1..100")
    assert {**first, "seconds": 0} == {**again, "seconds": 0}
    _, shared, _ = summary(folder, "--seeds", "1..100", "--jobs", "3")
    assert {**first, "seconds": 0, "jobs": 0} == {**shared, "seconds": 0, "jobs": 0}


def what_a_failing_seed_leaves(folder):
    kept = folder / "kept"
    status, found, _ = summary(folder, "--seeds", "7..9", "--pretend", "--keep", str(kept))
    assert status == 1
    assert found["failed"] == [{"seed": 7, "complaint": "none: this failure is pretended"}]
    assert found["seeds"] == 1  # it stops at the first
    ladder = (kept / "seed-7.txt").read_text(encoding="utf-8").splitlines()
    assert "<SYN" in ladder[0] and " -> " in ladder[0], ladder[0]
    assert any("2 -> 1" in line for line in ladder)
    assert any("* the storm is over" in line for line in ladder)
    assert any("ends at node 1: closed" in line for line in ladder)
    assert ladder[-1] == "none: this failure is pretended"
    log = (kept / "seed-7.sqlog").read_bytes()
    assert log.startswith(b'\x1e{"file_schema"') and log.count(b"rrdp:segment_received") > 100
    page = (kept / "seed-7.html").read_text(encoding="utf-8")
    assert "<h2>The first frames</h2>" in page and 'data-number="frames.1"' in page
    capture = (kept / "seed-7.pcapng").read_bytes()
    assert capture[:4] == bytes([0x0A, 0x0D, 0x0D, 0x0A]) and len(capture) > 60 * len(ladder) / 2


def time_ends_it(folder):
    status, found, said = summary(folder, "--seeds", "1..1000000000", "--seconds", "1")
    assert status == 0, said
    assert 0 < found["seeds"] < 1_000_000_000


def wrong_options(_):
    fails([SIM, "--seeds", "x"], 2, "a seed, or two as 1..1000")
    fails([SIM, "--seeds", "9..1"], 2, "the smaller seed first")
    fails([SIM, "--seconds", "0"], 2, "a number from 1")
    fails([SIM, "--json", "/nowhere/at/all", "--seeds", "1"], 1, "No such file")


main([a_trace_for_every_compiler, what_a_failing_seed_leaves, time_ends_it, wrong_options])
