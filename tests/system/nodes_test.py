#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The tools and a file of nodes: read as it stands; what is wrong is said with its line."""

import json
import subprocess

from kit import Hosts, BIN, become_root_of_a_world, fails, main, program, run

CAT, PING = program("rrdp-cat"), program("rrdp-ping")
become_root_of_a_world()
HOSTS = Hosts(BIN)

GOOD = ("# the whole cluster\r\n\r\n"
        "1\t02:00:00:00:00:01\tmtu=9000\t# here\r\n"
        "2 2:0:0:0:0:2 mtu=9000")  # no end of the last line


def with_nodes(host, tool, nodes, *options):
    return HOSTS.on(host, tool, "--interface", "rrdp0", "--nodes", str(nodes), *options)


def a_file_of_nodes_says_who_is_there_and_who_we_are(folder):
    nodes, copy = folder / "nodes.txt", folder / "copy"
    nodes.write_bytes(GOOD.encode())
    (folder / "original").write_bytes(b"hello" * 10_000)
    HOSTS.set_mtu(9000)
    listen = with_nodes(2, CAT, nodes, "--listen", "7", "--output", str(copy))
    with subprocess.Popen(listen, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as there:
        try:
            status, _, said = run(with_nodes(1, CAT, nodes, "--connect", "2:7", "--input",
                                             str(folder / "original")))
            assert (status, said) == (0, ""), (status, said)
            assert there.wait(timeout=60) == 0
        finally:
            there.kill()
    assert copy.read_bytes() == b"hello" * 10_000
    echo = with_nodes(2, PING, nodes, "--echo", "--once")
    with subprocess.Popen(echo, stdin=subprocess.DEVNULL) as there:
        try:
            status, out, said = run(with_nodes(1, PING, nodes, "--connect", "2", "--count", "20",
                                               "--size", "8000", "--json"))
            assert (status, said) == (0, ""), (status, said)
            assert json.loads(out), "a message of 8000 octets went there and back"
        finally:
            there.kill()


def what_is_wrong_is_said_with_its_line(folder):
    nodes = folder / "nodes.txt"
    for line, words in (
            ("x 02:00:00:00:00:02", ('"x"', "is not a node number, 1 to 65534")),
            ("2", ('"2"', "has no address behind it")),
            ("2 02:00:00:00:00", ('"02:00:00:00:00"', "is not an address")),
            ("2 03:00:00:00:00:02", ("is not the address of one node",)),
            ("2 02:00:00:00:00:02 mtu=63", ('"mtu=63"', "is not an MTU, 64 to 65535 octets")),
            ("2 02:00:00:00:00:02 up", ('"up"', "has no meaning here")),
            ("1 02:00:00:00:00:02", ('"1"', "is a node that stands above already")),
            ("2 02:00:00:00:00:01", ("is an address that stands above already",))):
        nodes.write_text(f"1 02:00:00:00:00:01\n\n{line}\n")
        for tool, name in ((CAT, "rrdp-cat"), (PING, "rrdp-ping")):
            fails([tool, "--interface", "lo", "--nodes", str(nodes), "--connect", "2:7"], 1,
                  f"{name}: {nodes}:3: ", *words)
    missing = folder / "missing"
    fails([CAT, "--interface", "lo", "--nodes", str(missing), "--connect", "2:7"], 1,
          f"{missing}: No such file")


with HOSTS:
    main([a_file_of_nodes_says_who_is_there_and_who_we_are, what_is_wrong_is_said_with_its_line])
