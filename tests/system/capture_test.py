#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A capture of ours, as tshark reads it: names, nanoseconds, directions, comments."""

import collections
import json
import shutil

from kit import main, program, run, skip

LOSSY = program("lossy_capture")
if shutil.which("tshark") is None:
    skip("tshark is not installed")
FIELDS = ("frame.interface_name", "frame.time_epoch", "frame.packet_flags_direction",
          "frame.comment")


def a_lossy_capture(folder):
    path = str(folder / "lossy.pcapng")
    status, out, said = run([LOSSY, path])
    assert status == 0, said
    told = json.loads(out)
    assert told["lost"] > 100, told
    fields = sum((["-e", field] for field in FIELDS), [])
    status, out, said = run(["tshark", "-r", path, "-T", "fields", *fields])
    assert status == 0, said
    frames = [line.split("\t") for line in out.decode().splitlines()]
    count = collections.Counter((name, int(way or "0", 0), comment)
                                for name, _, way, comment in frames)
    lost = told["lost"]
    assert count == {("a", 2, ""): told["sent"], ("b", 1, ""): told["sent"] - lost,
                     ("wire", 0, "dropped: loss"): lost}, count
    times = [time for name, time, _, _ in frames if name == "a"]
    assert times[:3] == ["0.000000000", "0.000100001", "0.000200002"], times[:3]


main([a_lossy_capture])
