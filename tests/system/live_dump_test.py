#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-dump --link shows what arrives on any link, while it arrives, and ends as it was told."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from kit import ABSENT, BIN, Hosts, PATIENCE, SKIPPED, become_root_of_a_world, fails, program, run

DUMP, PING = program("rrdp-dump"), program("rrdp-ping")
become_root_of_a_world()
HOSTS = Hosts(BIN)
MACS = {1: "02:00:00:00:00:01", 2: "02:00:00:00:00:02"}


def start(*command):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def ended(process):
    """(status, objects, standard error) of a dump that comes to its end by itself."""
    out, said = process.communicate(timeout=PATIENCE)
    return process.returncode, [json.loads(line) for line in out.decode().splitlines()], \
        said.decode()


@contextlib.contextmanager
def running(*command):
    process = start(*command)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def may_be_absent(status, said):
    return said.strip() if status == 1 and any(word in said for word in ABSENT) else None


def beside_a_conversation(kind):
    """A dump on host 2 sees what host 1 sends to the echo there: the SYN first, then data."""
    echo = [*HOSTS.on(2), PING, "--link", "packet:rrdp0", "--node", "2", "--peer",
            f"1={MACS[1]}", "--echo", "--once"]
    ping = [*HOSTS.on(1), PING, "--link", "packet:rrdp0", "--node", "1", "--peer",
            f"2={MACS[2]}", "--connect", "2", "--count", "50", "--interval", "2ms"]
    with running(*HOSTS.on(2), DUMP, "--link", f"{kind}:rrdp0", "--count", "20") as dump:
        heard = wait_until_it_listens(dump)
        if heard:
            return heard
        with running(*echo) as there:
            status, _, said = run(ping)
            assert (status, said) == (0, ""), (status, said)
            assert there.wait(timeout=PATIENCE) == 0
        status, objects, said = ended(dump)
    assert (status, len(objects), said) == (0, 20, ""), (status, len(objects), said)
    assert objects[0]["flags"] == ["SYN"], objects[0]
    assert all(o["ok"] and o["carrier"] == "ethernet" for o in objects), objects
    assert {o["source_address"] for o in objects} == {MACS[1]}, objects
    assert {o["destination_address"] for o in objects} == {MACS[2]}, objects
    assert [o["frame"] for o in objects] == list(range(1, 21)), objects
    assert any(o["data_length"] for o in objects), objects
    times = [float(o["time"]) for o in objects]
    assert times == sorted(times) and times[0] > 1e9, times
    return None


def wait_until_it_listens(dump):
    """Waits until the dump listens, with its link open; what it said if it cannot have one."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            open_files = [os.readlink(f"/proc/{dump.pid}/fd/{fd}")
                          for fd in os.listdir(f"/proc/{dump.pid}/fd")]
            if any("signalfd" in name for name in open_files):
                return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            dump.wait(timeout=0.01)
            status, _, said = ended(dump)
            reason = may_be_absent(status, said)
            assert reason, (status, said)
            return reason
    raise AssertionError("the dump does not listen")


def at_the_other_end(text, there, tail, carrier):
    """A dump in the place of the peer sees the SYNs that nobody answers. Over UDP the first leaves
    after two seconds of silence: a node that has just started may have left something on the way.
    """
    apart = not text.startswith(("unix", "shm"))
    with running(*(HOSTS.on(2) if apart else []), DUMP, "--link", there, "--count", "2") as dump:
        heard = wait_until_it_listens(dump)
        if heard:
            return heard
        prefix = HOSTS.on(1) if apart else []
        fails([*prefix, PING, "--link", text, "--node", "1", "--peer", "2" + tail, "--connect",
               "2:9", "--connect-timeout", "4s" if carrier == "udp" else "500ms"], 3, "no answer")
        status, objects, said = ended(dump)
    assert (status, len(objects), said) == (0, 2, ""), (status, objects, said)
    for o in objects:
        assert o["ok"] and o["flags"] == ["SYN"] and o["carrier"] == carrier, o
    return None


def time_is_over(folder):
    for text in (f"unix:{folder}/silent", "packet:rrdp0"):
        status, out, said = run([*HOSTS.on(1), DUMP, "--link", text, "--seconds", "1"])
        assert (status, out, said) == (0, b"", ""), (text, status, out, said)


def a_signal_ends_it(folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        with running(DUMP, "--link", f"unix:{folder}/silent") as dump:
            wait_until_it_listens(dump)
            dump.send_signal(number)
            assert ended(dump) == (0, [], "")


def a_broken_pipe_ends_it(folder):
    with running(DUMP, "--link", f"unix:{folder}/cable", "--seconds", "60") as dump:
        wait_until_it_listens(dump)
        dump.stdout.close()
        run([PING, "--link", f"unix:{folder}/cable", "--node", "1", "--peer", "2", "--connect",
             "2", "--connect-timeout", "1s"])
        dump.stdout = None
        assert dump.wait(timeout=PATIENCE) == 1
        assert b"standard output" in dump.stderr.read()


def mistakes(folder):
    link = ["--link", f"unix:{folder}/x"]
    fails([DUMP, *link, "file"], 2, "a file, and --link too")
    fails([DUMP, "--count", "3", "file"], 2, "go with --link")
    fails([DUMP, *link, "--count", "0"], 2, "--count", "a number from 1")
    fails([DUMP, *link, "--seconds", "soon"], 2, "--seconds", "a number from 1")
    fails([DUMP, "--link", "loopback"], 2, "--link", "nobody else")
    fails([DUMP, "--link", "tin-can"], 2, "character 1", "no link")
    fails([*HOSTS.on(1), DUMP, "--link", "packet:none0"], 1, "none0", "no such interface")


def main():
    failed, skipped, ran = [], 0, 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(HOSTS)
        for node in (1, 2):
            HOSTS.ip(node, "link", "set", "lo", "up")
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rrdp-")))
        cable, shared = f"unix:{folder}/cable", f"shm:rrdp-dump-{os.getpid()}"
        tests = [(f"beside a conversation, {kind}", beside_a_conversation, kind)
                 for kind in ("packet", "packet-ring", "pcap")]
        tests += [
            # It takes the frames away from an echo beside it.
            ("xdp", at_the_other_end, "packet:rrdp0", "xdp:rrdp0:0", f"={MACS[2]}", "ethernet"),
            ("unix", at_the_other_end, cable, cable, "", "ethernet"),
            ("shm", at_the_other_end, shared, shared, "", "ethernet"),
            ("udp", at_the_other_end, "udp:10.0.0.1:5000", "udp:10.0.0.2:5001", "=10.0.0.2:5001",
             "udp"),
            ("time is over", time_is_over, folder),
            ("a signal", a_signal_ends_it, folder),
            ("a broken pipe", a_broken_pipe_ends_it, folder),
            ("mistakes", mistakes, folder),
        ]
        for name, test, *arguments in tests:
            try:
                reason = test(*arguments)
            except Exception as trouble:  # pylint: disable=broad-except
                failed.append(name)
                print(f"FAILED  {name}: {trouble!r}", flush=True)
                continue
            skipped += bool(reason)
            ran += not reason
            print(f"skipped {name}: {reason}" if reason else f"ok      {name}", flush=True)
        if list(folder.iterdir()):
            failed.append(f"left behind: {sorted(p.name for p in folder.iterdir())}")
            print(failed[-1])
    sys.exit(1 if failed else SKIPPED if ran == 0 else 0)


main()
