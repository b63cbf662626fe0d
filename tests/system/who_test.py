#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-nodes: who answers is listed, what changes is told, and nobody is disturbed by it."""

import contextlib
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import time

from kit import Hosts, BIN, become_root_of_a_world, fails, main, program, run

NODES, PING = program("rrdp-nodes"), program("rrdp-ping")
become_root_of_a_world()
HOSTS = Hosts(BIN)
MACS = {1: "02:00:00:00:00:01", 2: "02:00:00:00:00:02"}
HELLO, REPLY, PROBE, CONFLICT, BYE = 1, 2, 3, 4, 5
GROUP = "03:52:52:44:50:00"
SENDER = """
import socket, sys
port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
port.bind(("rrdp0", 0x88b6))
for frame in sys.argv[1:]:
    port.send(bytes.fromhex(frame))
"""


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def resolution(op, node, mac, boot, target=0, cluster=0, source=None):
    """A frame of node resolution (specification, section 15) in hexadecimal."""
    head = struct.pack("!BBBBIHHI6sHHHI", 0, 16, op, 0, cluster, node, target, boot, octets(mac),
                       1500, 8, 0, 0)
    total = sum(struct.unpack("!16H", head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    frame = head[:26] + struct.pack("!H", ~total & 0xffff) + head[28:]
    return (octets(GROUP) + octets(source or mac) + b"\x88\xb6" + frame).ljust(60, b"\0").hex()


def says(*frames):
    """Host 2 sends these frames."""
    status, _, said = run(HOSTS.on(2, sys.executable, "-c", SENDER, *frames))
    assert status == 0, said


def nodes(*options):
    return HOSTS.on(1, NODES, "--interface", "rrdp0", *options)


def listed(*options):
    status, out, said = run(nodes("--json", *options))
    assert said == "", said
    told = json.loads(out)
    assert status == (0 if told["nodes"] else 3), (status, told)
    return told


@contextlib.contextmanager
def node(number, host=2):
    """A program that resolves numbers is node `number` until the block ends."""
    command = HOSTS.on(host, PING, "--interface", "rrdp0", "--node", str(number), "--resolve",
                       "--echo")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def until_it_listens(host):
    """Until a program on the host has opened its link."""
    for _ in range(1000):
        with open(f"/proc/{HOSTS.keepers[host].pid}/net/packet", encoding="ascii") as sockets:
            if any(" 88b6 " in line for line in sockets):
                return
        time.sleep(0.02)
    raise AssertionError("nobody listens")


def overheard(*frames):
    """What rrdp-nodes, which only listens, makes of these frames, and its status."""
    with subprocess.Popen(nodes("--json", "--passive"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as process:
        until_it_listens(1)
        says(*frames)
        process.send_signal(signal.SIGTERM)
        told = json.loads(process.communicate(timeout=30)[0])
    return told, process.returncode


class Watch:
    """rrdp-nodes --watch --json: its lines one after the other."""

    def __init__(self, *options):
        self.process = subprocess.Popen(nodes("--watch", "--json", *options),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def until(self, change, number):
        for line in self.process.stdout:
            told = json.loads(line)
            if (told["change"], told["node"]) == (change, number):
                return told
        raise AssertionError(f"it ended before node {number} was {change}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0, self.process.returncode


def a_node_is_found_with_all_that_it_says(_):
    with node(7):
        for _ in range(20):  # until it has its number
            told = listed("--ask", "1-40", "--cluster", "0")
            if told["nodes"] and "answered_us" in told["nodes"][0]:
                break
    assert len(told["nodes"]) == 1 and told["conflicts"] == [] and told["malformed"] == 0, told
    one = told["nodes"][0]
    assert (one["node"], one["address"], one["mtu"]) == (7, MACS[2], 1500), one
    assert one["cluster"] == 0 and one["versions"] == [3] and one["conflict"] is False, one
    assert len(one["boot_id"]) == 8 and one["boot_id"] != "00000000", one
    assert told["asked"] >= 40 and one["answered_us"] > 0, told


def nobody_is_status_3_and_said(_):
    status, out, said = run(nodes("--ask", "1-3", "--for", "100ms"))
    assert (status, out, said) == (3, b"nobody was heard of\n", ""), (status, out, said)


def asking_teaches_nobody_anything(_):
    """Who is asked has no entry for who asked: the number 0 and the boot id 0 are nobody's."""
    with subprocess.Popen(HOSTS.on(2, program("rrdp-dump"), "--link", "packet:rrdp0", "--count",
                                   "2"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as dump:
        try:
            until_it_listens(2)
            listed("--ask", "7", "--for", "50ms")
            out = dump.communicate(timeout=30)[0]
        finally:
            dump.kill()
    assert len(out.splitlines()) == 2, out  # frames may be lost: everybody is asked twice
    for asked in map(json.loads, out.splitlines()):
        assert asked["ok"] and asked["resolution"] == "PROBE", asked
        assert (asked["sender_node"], asked["target_node"], asked["boot"]) == (0, 7, 0), asked


def two_nodes_with_one_number_are_a_conflict(_):
    told, status = overheard(resolution(HELLO, 9, "02:00:00:00:00:aa", 0x11111111),
                             resolution(HELLO, 9, "02:00:00:00:00:bb", 0x22222222))
    assert status == 0 and told["asked"] == 0, (status, told)
    assert told["conflicts"] == [{"node": 9, "addresses": ["02:00:00:00:00:aa",
                                                           "02:00:00:00:00:bb"]}], told
    assert [one["conflict"] for one in told["nodes"]] == [True, True], told


def what_changes_is_told(_):
    old, new = "02:00:00:00:00:cc", "02:00:00:00:00:cd"
    with Watch("--passive") as watch:
        until_it_listens(1)
        says(resolution(PROBE, 0, old, 0x33, target=12))
        assert watch.until("claims", 12)["state"] == "claiming"
        says(resolution(HELLO, 12, old, 0x33, cluster=5))
        assert watch.until("up", 12)["cluster"] == 5
        says(resolution(HELLO, 12, old, 0x44))
        assert watch.until("restarted", 12)["boot_id"] == "00000044"
        says(resolution(HELLO, 12, new, 0x44))
        assert watch.until("moved", 12)["address"] == new
        says(resolution(HELLO, 12, old, 0x55))
        assert watch.until("doubled", 12)["conflict"] is True
        says(resolution(BYE, 12, old, 0x55))
        assert watch.until("left", 12)["address"] == old


def who_is_killed_falls_silent(_):
    with node(7) as process, Watch("--ask", "7", "--every", "100ms") as watch:
        watch.until("up", 7)
        process.kill()
        assert watch.until("silent", 7)["state"] == "silent"


def liars_and_rubbish_are_counted_and_believed_by_nobody(_):
    bad_sum = bytearray.fromhex(resolution(HELLO, 3, MACS[2], 1))
    bad_sum[40] ^= 1
    question = resolution(PROBE, 0, MACS[2], 0, target=5)  # of another rrdp-nodes: no claim
    told, status = overheard(
        bad_sum.hex(), resolution(HELLO, 3, MACS[2], 1, source="02:00:00:00:00:ee"),
        resolution(9, 3, MACS[2], 1), resolution(HELLO, 0, MACS[2], 1), question)
    assert status == 3 and told["nodes"] == [] and told["malformed"] == 3, (status, told)


def who_forges_a_hundred_addresses_gets_no_room_for_all(_):
    told, _ = overheard(*(resolution(HELLO, 9, f"02:00:00:00:01:{each:02x}", each + 1)
                          for each in range(100)))
    assert (len(told["nodes"]), told["crowded_out"]) == (64, 36), told


def an_interface_that_goes_ends_it(_):
    HOSTS.ip(1, "link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
    for end in ("gone0", "gone1"):
        HOSTS.ip(1, "link", "set", end, "up")
    with subprocess.Popen(HOSTS.on(1, NODES, "--link", "packet:gone0", "--passive"),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        until_it_listens(1)
        HOSTS.ip(1, "link", "del", "gone0")
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1 and b"packet:gone0: No such device" in said, said


def a_table_is_for_people_and_coloured_on_their_terminals(_):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with node(7):
        with Watch("--ask", "7") as watch:
            watch.until("up", 7)
        status, out, said = run(nodes("--ask", "7", "--for", "100ms"))
        done = subprocess.run(nodes("--ask", "7", "--for", "100ms"), stdin=subprocess.DEVNULL,
                              stdout=theirs, env=environment, timeout=60, check=False)
        seen = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert (status, said, done.returncode) == (0, "", 0), (status, said)
    first, second = out.decode().splitlines()
    assert first.split()[:3] == ["NODE", "ADDRESS", "MTU"] and "\x1b" not in first, first
    assert second.split()[:3] == ["7", MACS[2], "1500"] and " here " in second, second
    assert b"\x1b[1m" in seen, seen


def what_is_wrong_is_said(_):
    usage, failed = 2, 1
    fails([NODES], usage, "--link or --interface", "is missing")
    fails([NODES, "--link", "udp:127.0.0.1:5000"], usage, "--link", "on an Ethernet only")
    fails([NODES, "--link", "loopback"], usage, "--link", "on an Ethernet only")
    fails([NODES, "--link", "tin-can:x"], usage, "--link", "is no link")
    for ask in ("0", "5-3", "x", "1,,2", "65535", ""):
        fails([NODES, "--interface", "lo", "--ask", ask], usage, "--ask", "list of node numbers")
    fails([NODES, "--interface", "lo", "--for", "5"], usage, "--for", "a time such as")
    fails([NODES, "--interface", "lo", "surplus"], usage, "not an option")
    fails([NODES, "--interface", "nosuch0"], failed, "nosuch0: no such interface")
    fails([NODES, "--interface", "lo", "--ethertype", "12"], usage, "--ethertype")
    bare = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all"]
    possible, _, _ = run([*bare, "true"])
    if possible == 0:
        fails(HOSTS.on(1, *bare, NODES, "--interface", "rrdp0"), failed, "CAP_NET_RAW")
    else:
        print("        (capabilities cannot be given up here: not tried without)", flush=True)


with HOSTS:
    for _each in (1, 2):
        HOSTS.ip(_each, "link", "set", "rrdp0", "allmulticast", "on")
    main([a_node_is_found_with_all_that_it_says, nobody_is_status_3_and_said,
          asking_teaches_nobody_anything, two_nodes_with_one_number_are_a_conflict,
          what_changes_is_told, who_is_killed_falls_silent,
          liars_and_rubbish_are_counted_and_believed_by_nobody,
          who_forges_a_hundred_addresses_gets_no_room_for_all, an_interface_that_goes_ends_it,
          a_table_is_for_people_and_coloured_on_their_terminals, what_is_wrong_is_said])
