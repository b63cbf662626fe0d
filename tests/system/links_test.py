#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A file crosses over every link that rrdp-cat can name; what is there comes out the same."""

import contextlib
import hashlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from kit import ABSENT, BIN, Hosts, PATIENCE, SKIPPED, become_root_of_a_world, fails, program, run

CAT, PING = program("rrdp-cat"), program("rrdp-ping")
become_root_of_a_world()
HOSTS = Hosts(BIN)
SIZE = 2_000_000
MACS = {1: "02:00:00:00:00:01", 2: "02:00:00:00:00:02"}
BAD = "+faulty(loss=0.03,duplicate=0.02,reorder=0.05,corrupt=0.01,seed=%d)"


def ethernet(kind):
    return {node: (f"{kind}:rrdp0", f"={MACS[3 - node]}") for node in (1, 2)}


def links(folder):
    """Name, and for both nodes the text of the link and what follows the peer's number."""
    same = {f"unix:{folder}/cable": "", f"unix:@rrdp-{os.getpid()}": "",
            f"shm:rrdp-test-{os.getpid()}": ""}
    here = {text.split(":")[0] + " " + text.split(":")[1][:1]:
            {1: (text, tail), 2: (text, tail)} for text, tail in same.items()}
    return {
        **here,
        "udp4": {node: (f"udp:10.0.0.{node}:5000", f"=10.0.0.{3 - node}:5000") for node in (1, 2)},
        "udp6": {node: (f"udp:[fd00::{node}]:5000", f"=[fd00::{3 - node}]:5000")
                 for node in (1, 2)},
        "packet": ethernet("packet"),
        "packet-ring": ethernet("packet-ring"),
        "xdp": ethernet("xdp"),
        "pcap": ethernet("pcap"),
        "dpdk to packet": {1: ("dpdk:net_af_packet0,iface=rrdp0", f"={MACS[2]}"),
                           2: ethernet("packet")[2]},
        "packet to packet-ring": {1: ethernet("packet")[1], 2: ethernet("packet-ring")[2]},
        "udp4, bad wire": {node: (f"udp:10.0.0.{node}:5000" + BAD % node,
                                  f"=10.0.0.{3 - node}:5000") for node in (1, 2)},
        "captured": {1: (f"packet:rrdp0+captured({folder}/trace.pcapng)", f"={MACS[2]}"),
                     2: ethernet("packet")[2]},
    }


def command(ends, node, tool, *options):
    text, tail = ends[node]
    prefix = [] if text.startswith(("unix", "shm")) else HOSTS.on(node)
    return [*prefix, tool, "--link", text, "--node", str(node), "--peer", f"{3 - node}{tail}",
            *options]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cross(ends, folder, source):
    """What stands in the way of the link, or nothing when the file has arrived."""
    copy = folder / "copy"
    copy.unlink(missing_ok=True)
    listen = command(ends, 2, CAT, "--listen", "7", "--output", str(copy))
    with subprocess.Popen(listen, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as there:
        try:
            status, _, said = run(command(ends, 1, CAT, "--connect", "2:7", "--input",
                                          str(source)))
            if status != 0:
                there.terminate()
            their_words = there.communicate(timeout=PATIENCE)[1].decode()
        finally:
            there.kill()
    words = (said + their_words).strip().replace("\n", "; ")
    if status != 0 and any(word in words for word in ABSENT):
        return words
    assert (status, there.returncode) == (0, 0), (status, there.returncode, words)
    assert digest(copy) == digest(source), "the copy differs"
    return None


def in_one_process(folder, source):
    copy = folder / "copy"
    for text in ("loopback", "loopback(mtu=9000)" + BAD % 5):
        copy.unlink(missing_ok=True)
        status, _, said = run([CAT, "--link", text, "--input", str(source), "--output", str(copy)])
        assert (status, said) == (0, ""), (status, said)
        assert digest(copy) == digest(source), "the copy differs"


def ping(ends):
    echo = command(ends, 2, PING, "--echo", "--once")
    with subprocess.Popen(echo, stdin=subprocess.DEVNULL) as there:
        try:
            status, out, said = run(command(ends, 1, PING, "--connect", "2", "--count", "50"))
            assert (status, said) == (0, "") and b"50 received" in out, (status, out, said)
            assert there.wait(timeout=PATIENCE) == 0
        finally:
            there.kill()


def resolution(folder, source):
    """Nodes that know no addresses find each other; the group has to be listened to."""
    ends = {node: ("packet:rrdp0", "") for node in (1, 2)}
    copy = folder / "copy"
    copy.unlink(missing_ok=True)
    for node in (1, 2):
        HOSTS.ip(node, "link", "set", "rrdp0", "allmulticast", "on")

    def tool(node, *options):
        return [*HOSTS.on(node), CAT, "--link", ends[node][0], "--node", str(node), "--resolve",
                *options]

    with subprocess.Popen(tool(2, "--listen", "7", "--output", str(copy)),
                          stdin=subprocess.DEVNULL) as there:
        try:
            status, _, said = run(tool(1, "--connect", "2:7", "--input", str(source)))
            assert (status, said) == (0, ""), (status, said)
            assert there.wait(timeout=PATIENCE) == 0
        finally:
            there.kill()
    assert digest(copy) == digest(source), "the copy differs"


def example(folder):
    """One program, both of whose ends are on host 1, over each link that carries its frames."""
    path = BIN / "05_any_link"
    if not path.exists():
        return "05_any_link was not built"
    HOSTS.ip(1, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    for end in ("v0", "v1"):
        HOSTS.ip(1, "link", "set", end, "up")
    ran = 0
    for ends in (["loopback"], ["loopback+faulty(loss=0.05,reorder=0.05,seed=3)"],
                 [f"unix:{folder}/cable"], [f"shm:rrdp-example-{os.getpid()}"],
                 ["packet:v0", "packet-ring:v1"], ["xdp:v0:0", "packet:v1"],
                 ["pcap:v0", "pcap:v1"]):
        status, out, said = run([*HOSTS.on(1), str(path), *ends])
        if status == 2 and any(word in said for word in ABSENT):
            continue
        assert (status, said) == (0, ""), (ends, status, said)
        assert b"1000 of 1000" in out, (ends, out)
        ran += 1
    HOSTS.ip(1, "link", "delete", "v0")
    assert ran >= 4, f"only {ran} links"
    return None


def mistakes():
    common = ["--node", "1", "--listen", "7"]
    for text, peer, status, words in (
            ("packet:rrdp0(bypas)", "2", 2, ('character 14: "bypas" is no option of packet',)),
            ("tin-can", "2", 2, ('character 1: "tin-can" is no link',)),
            ("udp:10.0.0.9:5000", "2=10.0.0.2:5000", 1, ("10.0.0.9:5000: no interface",)),
            ("udp:10.0.0.1:5000", "2=02:00:00:00:00:02", 2, ("--peer", "address of this link")),
            ("packet:rrdp0", "2", 2, ("--peer", "address of this link")),
            ("unix:/none/x", "2", 1, ("/none/x: cannot open the folder",)),
            ("packet:nosuch0", f"2={MACS[2]}", 1, ("nosuch0: no such interface",))):
        fails([*HOSTS.on(1), CAT, "--link", text, "--peer", peer, *common], status, *words)


def silence(folder):
    """Nobody at the other end: the attempt to connect ends, instead of sleeping for ever."""
    fails([*HOSTS.on(1), PING, "--link", f"unix:{folder}/nobody", "--node", "1", "--peer", "2",
           "--connect", "2", "--connect-timeout", "200ms"], 3, "no answer (timed_out_connect)")


def main():
    failed, skipped, crossed = [], [], 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(HOSTS)
        for node in (1, 2):
            HOSTS.ip(node, "address", "add", f"fd00::{node}/64", "dev", "rrdp0", "nodad")
            HOSTS.ip(node, "link", "set", "lo", "up")
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rrdp-")))
        source = folder / "original"
        source.write_bytes(random.Random(1).randbytes(SIZE))

        def attempt(name, what, *arguments):
            try:
                reason = what(*arguments)
            except Exception as trouble:  # pylint: disable=broad-except
                failed.append(name)
                print(f"FAILED  {name}: {trouble!r}", flush=True)
                return
            if reason:
                skipped.append(name)
            print(f"skipped {name}: {reason}" if reason else f"ok      {name}", flush=True)

        attempt("loopback", in_one_process, folder, source)
        for name, ends in links(folder).items():
            attempt(name, cross, ends, folder, source)
            crossed += name not in failed + skipped
        named = links(folder)
        attempt("ping over unix", ping, named["unix @"])
        attempt("ping over udp6", ping, named["udp6"])
        attempt("example", example, folder)
        attempt("resolution", resolution, folder, source)
        attempt("mistakes", mistakes)
        attempt("silence", silence, folder)
        left = sorted(p.name for p in folder.iterdir())
        if left != ["copy", "original", "trace.pcapng"]:
            failed.append(f"left behind: {left}")
    if crossed < 7:
        failed.append(f"only {crossed} links carried a file")
    for name in failed:
        print(f"FAILED  {name}")
    sys.exit(1 if failed else SKIPPED if crossed == 0 else 0)


main()
