#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-soak and rrdp-chaos notice one wrong message, and write down what they did.

What they find in a product that is right, and for how long, is run by ctest beside this.
"""

import json

from kit import SKIPPED, fails, main, program, run, skip

SOAK, CHAOS = program("rrdp-soak"), program("rrdp-chaos")
A_FEW = ["--only", "flaps=2,kills=2,mtus=2"]


def figures(folder, status, command):
    path = folder / "figures.json"
    got, printed, said = run([*command, "--json", str(path)])
    if got == SKIPPED:
        skip(printed.decode().strip())
    assert got == status, f"status {got} instead of {status}: {printed.decode()}{said}"
    return json.loads(path.read_text(encoding="utf-8")), printed.decode()


def a_soak_in_memory_is_written_down(folder):
    found, printed = figures(folder, 0, [SOAK, "--messages", "200000", "--seed", "7"])
    assert found["messages"] == 200_000 and found["failures"] == 0
    assert all(found[fault] > 1_000 for fault in ("lost", "duplicated", "late", "damaged"))
    again = figures(folder, 0, [SOAK, "--messages", "200000", "--seed", "7"])[1]
    assert printed.splitlines()[-1] == again.splitlines()[-1], "the hashes of equal seeds differ"


def one_wrong_message_in_memory_is_noticed(folder):
    found, printed = figures(folder, 1, [SOAK, "--messages", "100000", "--pretend"])
    assert found["failures"] > 0
    assert "BROKEN: the hashes are equal" in printed and "messages were wrong" in printed


def one_wrong_message_over_veth_is_noticed(folder):
    found, printed = figures(folder, 1, [SOAK, "--veth", "--messages", "20000", "--pretend"])
    assert found["failures"] > 0
    assert "BROKEN: the hashes are equal" in printed and "messages were wrong" in printed


def chaos_is_written_down(folder):
    found, printed = figures(folder, 0, [CHAOS, *A_FEW])
    assert found["executions"] == 6 and found["failures"] == 0 and found["messages"] > 100
    runs = {one["what"]: one for one in found["runs"]}
    assert set(runs) == {"flaps", "kills", "mtus"}
    assert all(one["count"] == 2 and one["failures"] == 0 for one in runs.values()), printed
    assert runs["kills"]["survived"] == 0 and sum(runs["kills"]["ended"].values()) == 2
    assert runs["flaps"]["survived"] >= 1, printed


def one_wrong_message_amid_chaos_is_noticed(folder):
    found, printed = figures(folder, 1, [CHAOS, "--only", "flaps=1", "--pretend"])
    assert found["failures"] > 0 and "messages were wrong" in printed


def wrong_options(_):
    fails([SOAK, "--messages", "1"], 2, "a number from 1000")
    fails([CHAOS, "--only", "flops"], 2, "a kind, or as flaps=20")
    fails([CHAOS, "--link", "shm"], 2, "packet or packet-ring")
    assert run([SOAK, "--messages", "1000", "--json", "/nowhere/at/all"])[0] == 1


main([a_soak_in_memory_is_written_down, one_wrong_message_in_memory_is_noticed,
      one_wrong_message_over_veth_is_noticed, chaos_is_written_down,
      one_wrong_message_amid_chaos_is_noticed, wrong_options])
