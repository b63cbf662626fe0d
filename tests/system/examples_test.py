#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The examples that people use in several terminals, used so: the chat and the transfer of a file.

The others run alone, and ctest runs them beside this.
"""

import contextlib
import os
import queue
import random
import socket
import subprocess
import threading

from kit import PATIENCE, fails, main, program, run

CHAT, FILE = program("11_chat"), program("12_file_transfer")


class Terminal:
    """Somebody who types lines, and reads those that are shown."""

    def __init__(self, number, name, port):
        self.process = subprocess.Popen([CHAT, str(number), name, str(port)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        encoding="utf-8")
        self.shown, self.lines = queue.Queue(), []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.shown.put(line.rstrip("\n"))

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def sees(self, line):
        """Waits until it is shown."""
        while line not in self.lines:
            self.lines.append(self.shown.get(timeout=PATIENCE))

    def leave(self):
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


def free_port():
    """One that nobody has at any address of the room."""
    for _ in range(100):
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for node in range(1, 10):
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                held.enter_context(sock).bind((f"127.0.0.{node}", port))
            return port
    raise AssertionError("a hundred ports were taken")


def three_people_hear_each_other(_):
    port = free_port()
    people = {number: Terminal(number, name, port)
              for number, name in ((1, "ann"), (2, "bob"), (5, "cem"))}
    try:
        for number, person in people.items():
            for other in people.keys() - {number}:
                person.sees(f"* node {other} hears you")
        people[2].type("who is there?")
        people[1].sees("bob: who is there?")
        people[5].sees("bob: who is there?")
        people[5].type("I am")
        people[1].sees("cem: I am")
        people[2].sees("cem: I am")
        people[5].type("\x1b]0;owned\x07\x7f \x9b31m \u00fcber")  # what steers a terminal
        people[1].sees("cem: ?]0;owned?? ??31m \u00fcber")
        assert people[2].leave() == 0
        people[1].type("bob has gone")
        people[5].sees("ann: bob has gone")
        assert people[1].leave() == 0 and people[5].leave() == 0
        assert people[2].lines.count("cem: I am") == 1, people[2].lines
        assert "ann: bob has gone" not in people[2].lines
    finally:
        for person in people.values():
            person.process.kill()


def a_file_arrives_whole(folder):
    original, copy = folder / "original", folder / "copy"
    original.write_bytes(random.Random(7).randbytes(5_000_000))
    cable = f"@rrdp-file-{os.getpid()}"
    with subprocess.Popen([FILE, "receive", cable, copy], stdout=subprocess.PIPE) as receiver:
        status, printed, said = run([FILE, "send", cable, original])
        assert status == 0, said
        assert printed == receiver.communicate(timeout=PATIENCE)[0] == b"5000000 octets arrived\n"
    assert receiver.returncode == 0 and copy.read_bytes() == original.read_bytes()
    assert not copy.with_suffix(".part").exists()


def a_file_that_is_broken_off_does_not_appear(folder):
    source, copy = folder / "source", folder / "copy"
    os.mkfifo(source)
    cable = f"@rrdp-file-{os.getpid()}"
    with subprocess.Popen([FILE, "receive", cable, copy], stderr=subprocess.PIPE) as receiver, \
            subprocess.Popen([FILE, "send", cable, source]) as sender:
        with open(source, "wb", buffering=0) as pipe:
            pipe.write(bytes(500_000))  # more than is read at a time: some of it has been sent
            sender.kill()
        said = receiver.communicate(timeout=PATIENCE)[1]
        assert receiver.returncode == 1 and said.startswith(b"12_file_transfer: "), said
    assert not copy.exists()


def what_is_typed_wrongly(folder):
    fails([CHAT], 2, "usage: 11_chat NUMBER NAME")
    fails([CHAT, "0", "ann"], 2, "usage")
    fails([FILE, "send"], 2, "usage: 12_file_transfer")
    fails([FILE, "push", "@x", "y"], 2, "usage")


if __name__ == "__main__":
    main([three_people_hear_each_other, a_file_arrives_whole,
          a_file_that_is_broken_off_does_not_appear, what_is_typed_wrongly])
