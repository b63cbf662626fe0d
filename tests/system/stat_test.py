#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-stat: what a program shows of itself, and what a link brings, is read and told right."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from kit import Hosts, BIN, become_root_of_a_world, fails, main, program, run

STAT, PING, CAT = program("rrdp-stat"), program("rrdp-ping"), program("rrdp-cat")
become_root_of_a_world()
HOSTS = Hosts(BIN)
LINE = re.compile(r'(# TYPE rrdp_\w+ (counter|gauge)|'
                  r'rrdp_\w+\{name="[^"]*"(,\w+="[^"]*")*\} -?[0-9.e+-]+)')


@contextlib.contextmanager
def pinging(show, name=f"@rrdp-stat-{os.getpid()}"):
    """Two programs that send messages back and forth; the one that asks shows how it stands."""
    link = ["--link", f"unix:{name}"]
    echo = [PING, *link, "--node", "2", "--peer", "1", "--echo"]
    ask = [PING, *link, "--node", "1", "--peer", "2", "--connect", "2", "--count", "100000000",
           "--interval", "1ms", "--stat", str(show)]
    with subprocess.Popen(echo, stdin=subprocess.DEVNULL) as far, \
         subprocess.Popen(ask, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as near:
        try:
            yield near
        finally:
            for process in (near, far):
                process.terminate()
                process.wait(timeout=30)


def until(what):
    """What a question answers, as soon as that is something."""
    for _ in range(1500):
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come")


def text_of(path):
    with contextlib.suppress(FileNotFoundError):
        return path.read_text()
    return ""


def asked(*options):
    status, out, said = run([STAT, "--json", *options])
    assert (status, said) == (0, ""), (status, out, said)
    return json.loads(out)


def a_program_is_shown_with_counters_rates_and_connections(folder):
    file = folder / "ping.prom"
    with pinging(file) as near:
        until(lambda: "connection_srtt" in text_of(file))
        told = asked(str(file))
        status, table, said = run([STAT, str(file)])
        assert (status, said) == (0, ""), said
    assert told["name"] == "ping" and told["process_id"] == near.pid and told["alive"], told
    assert told["connections"] == 1 and told["counters"]["connections_opened"] == 1, told
    assert told["counters"]["frames_out"] > 0 and told["per_second"]["frames_out"] > 0, told
    assert told["counters"]["internal_errors"] == 0 and told["counters"]["drops.bad_tag"] == 0
    one, = told["each"]
    assert (one["node"], one["port"], one["state"]) == (2, 7, "open"), one
    assert 0 < one["min_rtt_seconds"] <= one["srtt_seconds"] < one["rto_seconds"], one
    assert one["window_segments"] > 0 and one["local_port"] > 0, one
    assert b"frames_out" in table and b"2:7" in table and b"\x1b" not in table, table
    assert not file.exists(), "the file outlives its program"


def the_file_is_what_prometheus_reads(folder):
    file = folder / "ping.prom"
    with pinging(file):
        text = until(lambda: "connection_srtt" in text_of(file) and text_of(file))
    seen, last = set(), None
    for line in text.splitlines():
        assert LINE.fullmatch(line), line
        metric = re.split(r"[ {]", line.removeprefix("# TYPE "))[0]
        assert metric == last or metric not in seen, f"{metric} stands in two places"
        seen.add(metric)
        last = metric
    assert "rrdp_drops_total" in seen and "rrdp_connection_rto_seconds" in seen, seen


def names_are_listed_and_taken_once(_):
    name = f"test-{os.getpid()}"
    with pinging(name) as near:
        until(lambda: "connections" in text_of(pathlib.Path(f"/dev/shm/rrdp-{name}.prom")))
        until(lambda: "connections{name=\"%s\"} 1\n" % name
              in text_of(pathlib.Path(f"/dev/shm/rrdp-{name}.prom")))
        listed = [line for line in run([STAT])[1].decode().splitlines() if line.startswith(name)]
        assert len(listed) == 1 and " 1 connection  " in listed[0], listed
        mine = [one for one in asked() if one["name"] == name]
        assert len(mine) == 1 and mine[0]["process_id"] == near.pid, mine
        fails([CAT, "--link", f"unix:@other-{os.getpid()}", "--node", "1", "--peer", "2",
               "--listen", "7", "--stat", name], 1, "--stat", f"process {near.pid} has it")
    assert all(one["name"] != name for one in asked()), "a name outlives its program"


def who_watches_sees_a_program_go(folder):
    file = folder / "ping.prom"
    with pinging(file) as near:
        until(lambda: "connection_srtt" in text_of(file))
        with subprocess.Popen([STAT, "--watch", "--json", "--every", "100ms", str(file)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as watching:
            assert json.loads(watching.stdout.readline())["alive"]
            near.kill()  # it leaves its file behind
            near.wait()
            out = watching.communicate(timeout=30)[0]
        assert watching.returncode == 3, watching.returncode
    last = json.loads(out.splitlines()[-1])
    assert not last["alive"] and last["process_id"] == near.pid, last


def a_dead_programs_name_is_free(folder):
    file = folder / "ping.prom"
    with pinging(file) as near:
        until(lambda: text_of(file))
        near.kill()
        near.wait()
    assert file.exists()
    with pinging(file) as near:
        until(lambda: f'{{name="ping"}} {near.pid}\n' in text_of(file))


def a_link_is_counted(_):
    """Rubbish with our EtherType is counted by the first check that fails."""
    echo = HOSTS.tool(2, "rrdp-ping", "--echo", "--once")
    counter = HOSTS.on(2, STAT, "--link", "packet:rrdp0", "--json", "--watch", "--every", "200ms")
    rubbish = ("import socket\np = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
               "p.bind(('rrdp0', 0x88b6))\n"
               "p.send(bytes.fromhex('020000000002020000000009 88b6' + 'ff' * 46))")
    with subprocess.Popen(echo, stdin=subprocess.DEVNULL) as far, \
         subprocess.Popen(counter, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as counting:
        try:
            counting.stdout.readline()
            status, _, said = run(HOSTS.tool(1, "rrdp-ping", "--connect", "2", "--count", "50",
                                             "--warm-up", "0"))
            assert (status, said) == (0, ""), (status, said)
            status, _, said = run(HOSTS.on(1, "python3", "-c", rubbish))
            assert (status, said) == (0, ""), said
            told = until(lambda: (lambda t: t["bad"] and t)(json.loads(counting.stdout.readline())))
            assert far.wait(timeout=30) == 0
        finally:
            far.kill()
            counting.send_signal(signal.SIGTERM)
            counting.communicate(timeout=30)
    assert counting.returncode == 0, counting.returncode
    counts = told["counters"]
    assert counts["syn"] >= 1 and counts["data"] >= 50 and counts["data_octets"] >= 3_200, told
    assert sum(told["bad"].values()) == 1 and list(told["bad"])[0].startswith("bad_"), told
    assert told["senders"][0]["address"] == "02:00:00:00:00:01", told
    assert told["senders"][0]["frames"] == counts["frames"] - 1, told


def what_is_wrong_is_said(folder):
    usage, failed = 2, 1
    fails([STAT, "no such name"], usage, "nor a name of letters")
    fails([STAT, "nobody-has-this"], failed, "rrdp-nobody-has-this.prom", "--stat")
    fails([STAT, str(folder)], failed, "is no file")
    fails([STAT, "a", "b"], usage, "one program at a time")
    fails([STAT, "a", "--link", "packet:lo"], usage, "a program, and --link too")
    fails([STAT, "--watch"], usage, "--watch", "NAME or --link is missing")
    for wrong in ("0s", "999us"):
        fails([STAT, "--every", wrong, "a"], usage, f'--every: "{wrong}" is not a time from 1.0 ms')
    for link, words in (("loopback", "nobody else is on it"), ("shm:x", "no place for a third"),
                        ("unix:@x", "no place for a third")):
        fails([STAT, "--link", link], usage, "--link", words)
    fails([STAT, "--link", "packet:nosuch0"], failed, "no such interface")
    rubbish = folder / "rubbish"
    for text in ("hello\n", "", "rrdp_x{} y\n", "rrdp_x{a=\"b} 1\n", "rrdp_frames{name=\"a\"} 1\n",
                 "rrdp_\x1b[2J_total{} 1\n", "rrdp_x{\x1b[2J=\"a\"} 1\n", "rrdp_x{} inf\n",
                 "rrdp_x{} nan\n"):
        rubbish.write_text(text)
        fails([STAT, str(rubbish)], failed, "this is no file of a status")
    rubbish.write_bytes(b'rrdp_process_id{name="\x1b[31m"} 1\nrrdp_running_seconds{name="a"} 1\n')
    with subprocess.Popen([STAT, "--watch", "--every", "10ms", str(rubbish)],
                          stdout=subprocess.PIPE) as steered:
        first = steered.stdout.readline()
        steered.terminate()
        steered.communicate(timeout=30)
    assert b"\x1b" not in first and b"?[31m" in first, first
    rubbish.write_text('rrdp_process_id{name="a"} 1e300\nrrdp_drops_total{name="a"} 1e300\n'
                       'rrdp_connections{name="a"} -1\n')
    status, out, said = run([STAT, str(rubbish)])
    assert status == 3 and b"is gone" in out and b"1000000" in out, (status, out, said)
    rubbish.write_text('rrdp_process_id{name="a"} 1\nrrdp_period_seconds{name="a"} 0.1\n')
    status, out, said = run([STAT, str(rubbish)])  # a living process that writes no second one
    assert status == 0 and b"process 1," in out, (status, out, said)
    base = [PING, "--link", f"unix:@x-{os.getpid()}", "--node", "1", "--peer", "2", "--echo"]
    fails([*base, "--stat", "a b"], usage, "--stat", "nor a name of letters")
    fails([*base, "--stat", str(folder / "none/x")], failed, "--stat", "No such file")


with HOSTS:
    main([a_program_is_shown_with_counters_rates_and_connections,
          the_file_is_what_prometheus_reads, names_are_listed_and_taken_once,
          who_watches_sees_a_program_go, a_dead_programs_name_is_free, a_link_is_counted,
          what_is_wrong_is_said])
