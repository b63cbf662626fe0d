#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-cat and rrdp-ping between two hosts: what arrives, and what is said when nothing can."""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from kit import Hosts, BIN, become_root_of_a_world, fails, main, program, run

CAT, PING = program("rrdp-cat"), program("rrdp-ping")
HOSTILE = pathlib.Path(__file__).with_name("hostile.py")
BAD_WIRE = "loss=0.05,duplicate=0.02,reorder=0.1,corrupt=0.01"
become_root_of_a_world()
HOSTS = Hosts(BIN)


def octets(count, seed=1):
    return random.Random(seed).randbytes(count)


def file_with(folder, content, name="original"):
    path = folder / name
    path.write_bytes(content)
    return path


def long_file(folder, megabytes=60):
    """One that takes a while."""
    path = file_with(folder, b"")
    os.truncate(path, megabytes * 1_000_000)
    return path


class Listener:
    """A program that runs on host 2 until the end of the block."""

    def __init__(self, *options, name="rrdp-cat", wrap=(), give=subprocess.DEVNULL, port="7"):
        what = ["--listen", port] if name == "rrdp-cat" else []
        tool = HOSTS.tool(2, name, *what, *options)
        self.process = subprocess.Popen([*tool[:2], *wrap, *tool[2:]], stdin=give,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()

    def result(self, given=None):
        out, said = self.process.communicate(given, timeout=100)
        return self.process.returncode, out, said.decode()


def connect(*options, name="rrdp-cat", to="2:7"):
    return HOSTS.tool(1, name, "--connect", to, *map(str, options))


def started(path, least):
    """Waits until the file beside `path` into which its octets go has so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for part in path.parent.glob(f".{path.name}.*.part"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_size >= least:
                    return
        time.sleep(0.002)
    raise AssertionError("the crossing did not begin")


def cross(folder, content, *options, at_sender=(), mtu=1500):
    HOSTS.set_mtu(mtu)
    source, copy = file_with(folder, content), folder / "copy"
    with Listener("--output", str(copy), "--json", str(folder / "there"), *options) as there:
        status, _, said = run(connect("--input", source, "--json", folder / "here", *options,
                                      *at_sender))
        assert (status, said) == (0, ""), (status, said)
        assert copy.exists(), "the sender ended well before the file was stored"
        status, _, said = there.result()
        assert (status, said) == (0, ""), (status, said)
    assert copy.read_bytes() == content, "the copy differs"
    assert sorted(p.name for p in folder.iterdir()) == ["copy", "here", "original", "there"]
    return json.loads((folder / "here").read_text())


def a_file_arrives_whole_at_both_sizes(folder):
    for mtu, link in ((1500, "packet-ring"), (9000, "packet"), (9000, "packet-ring")):
        report = cross(folder, octets(3_000_000), "--link", link, mtu=mtu)
        assert report["sent"] == 3_000_000, report


def a_file_arrives_whole_over_a_bad_wire(folder):
    for mtu in (1500, 9000):
        report = cross(folder, octets(2_000_000), "--faulty", f"{BAD_WIRE},seed={mtu}", mtu=mtu)
        faults = report["faults"]
        assert min(faults[k] for k in ("lost", "duplicated", "reordered", "corrupted")) > 0, faults
        assert sum(report["retransmissions"].values()) > 0, report


def empty_and_tiny_files_arrive(folder):
    for content in (b"", b"x", octets(1486), octets(1487)):
        cross(folder, content)
    cross(folder, octets(1000), at_sender=("--message-size", "1"))


def streams_cross_both_ways(_):
    there, back = octets(300_000, 2), octets(200_000, 3)
    with Listener(give=subprocess.PIPE) as listener:
        received = []
        other = threading.Thread(target=lambda: received.append(listener.result(back)))
        other.start()
        status, out, said = run(connect(), there)
        other.join()
        assert (status, said) == (0, ""), (status, said)
        assert out == back and received[0] == (0, there, ""), "a stream was changed"


def an_idle_standard_input_does_not_hold_the_end_back(folder):
    with Listener("--output", str(folder / "copy"), give=subprocess.PIPE) as there:
        assert run(connect("--input", file_with(folder, b"all")))[0] == 0
        there.process.stdin = None  # stays open: only the connection can end it
        assert there.process.wait(timeout=60) == 0
    assert (folder / "copy").read_bytes() == b"all"


def two_pairs_share_an_interface(folder):
    contents = [octets(1_000_000, seed) for seed in (4, 5)]
    with contextlib.ExitStack() as stack:
        senders = []
        for at, content in enumerate(contents):
            stack.enter_context(Listener("--shared", "--output", str(folder / f"copy{at}"),
                                         port=f"{7 + at}"))
            source = file_with(folder, content, f"source{at}")
            senders.append(subprocess.Popen(connect("--shared", "--input", source,
                                                    to=f"2:{7 + at}")))
        assert [sender.wait(timeout=100) for sender in senders] == [0, 0]
        for at, content in enumerate(contents):
            assert (folder / f"copy{at}").read_bytes() == content


def progress_is_shown_on_a_terminal(folder):
    for megabytes in (60, 240, 960):  # a quick machine has done the first before it says a word
        shown = terminal_of_a_crossing(folder, long_file(folder, megabytes))
        if shown:
            break
    wanted = (f" of {megabytes}.0 MB  ".encode(), b" %  ", b" left")
    assert all(part in shown for part in wanted), shown


def terminal_of_a_crossing(folder, source):
    """What the sender of `source` writes on its terminal."""
    ours, theirs = os.openpty()
    with Listener("--output", str(folder / "copy"), "--faulty", "loss=0.03"):
        sender = subprocess.Popen(connect("--input", source, "--faulty", "loss=0.03"),
                                  stderr=theirs, stdin=subprocess.DEVNULL,
                                  env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error
            while piece := os.read(ours, 4096):
                shown += piece
        assert sender.wait(timeout=100) == 0, shown
    os.close(ours)
    return shown


def an_absent_peer_is_an_error_in_time(folder):
    began = time.monotonic()
    fails(connect("--input", file_with(folder, b"x"), "--connect-timeout", "500ms"), 3,
          "rrdp-cat: node 2 port 7: no answer", "timed_out_connect")
    assert time.monotonic() - began < 20


def a_port_without_a_listener_refuses(folder):
    with Listener() as there:
        time.sleep(0.3)
        fails(connect("--input", file_with(folder, b"x"), to="2:8"), 3,
              "rrdp-cat: node 2 port 8: ", "refused")
        assert there.process.poll() is None, "the listener did not survive"


def an_unknown_node_is_an_error(_):
    fails(connect(to="9:7"), 1, "rrdp-cat: node 9 port 7: ", "unknown_node")


def a_message_too_long_is_refused_with_the_limit(folder):
    source = file_with(folder, octets(5000))
    fails(connect("--input", source, "--message-size", 65537), 2, "--message-size", "65536")


def messages_longer_than_a_frame_arrive(folder):
    for size in (1200, 1487, 40_000, 65_536):
        cross(folder, octets(200_000), at_sender=("--message-size", str(size)))


def a_killed_sender_leaves_no_file(folder):
    source, copy = long_file(folder), folder / "copy"
    with Listener("--output", str(copy), "--give-up", "1s") as there:
        sender = subprocess.Popen(connect("--input", source, "--faulty", "loss=0.1"))
        started(copy, 1)
        sender.kill()
        sender.wait()
        status, _, said = there.result()
    assert status == 4 and "stopped answering" in said and len(said.splitlines()) == 1, said
    assert [p.name for p in folder.iterdir()] == ["original"], list(folder.iterdir())


def a_killed_receiver_is_an_error_at_the_sender(folder):
    source, copy = long_file(folder), folder / "copy"
    with Listener("--output", str(copy), "--faulty", "loss=0.1") as there:
        sender = subprocess.Popen(connect("--input", source, "--give-up", "1s"),
                                  stderr=subprocess.PIPE, text=True)
        started(copy, 1)
        there.process.kill()
        said = sender.communicate(timeout=100)[1]
    assert sender.returncode == 4 and len(said.splitlines()) == 1, said
    assert "stopped answering" in said and "messages were confirmed" in said, said
    assert not copy.exists(), "half a file has the name of a whole one"


def an_interrupted_receiver_cleans_up_and_says_so(folder):
    source, copy = long_file(folder), folder / "copy"
    with Listener("--output", str(copy), "--faulty", "loss=0.1") as there:
        sender = subprocess.Popen(connect("--input", source), stderr=subprocess.PIPE, text=True)
        started(copy, 1)
        there.process.send_signal(signal.SIGINT)
        status, _, said = there.result()
        assert status == 130 and said.endswith(": interrupted\n"), (status, said)
        said = sender.communicate(timeout=100)[1]
    assert sender.returncode == 4 and "(reset: " in said, said
    assert [p.name for p in folder.iterdir()] == ["original"], list(folder.iterdir())


def a_full_disk_is_an_error_at_both_ends(folder):
    source = file_with(folder, octets(3_000_000))
    place = folder / "small"
    place.mkdir()
    on_small_disk = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && '
                     '"$@"; status=$?; ls -A "$0"; exit $status', str(place)]
    for wrap, output in (([], "/dev/full"), (on_small_disk, str(place / "copy"))):
        with Listener("--output", output, wrap=wrap) as there:
            fails(connect("--input", source), 4, "the peer broke the connection off (reset: ")
            status, left, said = there.result()
            assert status == 1 and said.startswith(f"rrdp-cat: {output}: No space left"), said
            assert len(said.splitlines()) == 1 and left == b"", (said, left)
    assert os.path.exists("/dev/full")


def a_reader_that_goes_away_is_an_error(folder):
    with Listener() as there:
        there.process.stdout.close()
        there.process.stdout = None
        fails(connect("--input", file_with(folder, octets(300_000))), 4,
              "the peer broke the connection off (reset: ")
        status, _, said = there.result()
        assert status == 1 and "standard output: Broken pipe" in said, (status, said)


def hostile_frames_are_dropped_and_counted(folder):
    HOSTS.set_mtu(1500)
    content, copy = octets(4_000_000), folder / "copy"
    source, report = file_with(folder, content), folder / "there"
    attack = [subprocess.Popen(HOSTS.on(node, sys.executable, "-B", str(HOSTILE), "rrdp0", to, by,
                                        "4", str(node)), stdout=subprocess.PIPE, text=True)
              for node, to, by in ((1, "02:00:00:00:00:02", "02:00:00:00:00:01"),
                                   (2, "02:00:00:00:00:01", "02:00:00:00:00:02"))]
    try:
        with Listener("--output", str(copy), "--json", str(report), "--verbose") as there:
            time.sleep(0.5)
            status, _, said = run(connect("--input", source, "--faulty", "loss=0.05"))
            assert status == 0, said
            assert there.result()[0] == 0
    finally:
        sent = [int(one.communicate(timeout=100)[0]) for one in attack]
    assert copy.read_bytes() == content, "the copy differs"
    dropped = json.loads(report.read_text())["dropped"]
    assert min(sent) > 1000, sent
    for reason in ("bad_version", "bad_checksum", "unknown_node"):
        assert dropped.get(reason, 0) > 0, (reason, dropped)


def trouble_on_this_host_is_said_in_one_line(folder):
    missing = folder / "missing"
    fails(connect("--input", missing), 1, f"rrdp-cat: {missing}: No such file")
    fails(connect("--input", folder), 1, "Is a directory")
    fails(connect("--output", missing / "copy"), 1, "No such file or directory")
    peer = ["--node", "1", "--peer", "2=02:00:00:00:00:02", "--connect", "2:7"]
    fails(HOSTS.on(1, CAT, "--interface", "nosuch0", *peer), 1, "nosuch0: no such interface",
          "rrdp0")
    HOSTS.ip(1, "link", "set", "rrdp0", "down")
    fails(connect(), 1, "rrdp0", "down", "ip link set rrdp0 up")
    HOSTS.ip(1, "link", "set", "rrdp0", "up")
    tool = HOSTS.tool(1, "rrdp-cat", "--listen", "7")
    powerless = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    fails([*tool[:2], *powerless, *tool[2:]], 1, "CAP_NET_RAW", "sudo setcap cap_net_raw+ep",
          "rrdp-cat")
    if os.geteuid() == 0 and pathlib.Path("/proc/self/uid_map").read_text().split()[0] == "0":
        folder.chmod(0o755)
        with contextlib.suppress(subprocess.CalledProcessError):
            nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            subprocess.run([*nobody, "true"], check=True, capture_output=True)
            shutil.copy(CAT, folder / "rrdp-cat")
            fails([*nobody, str(folder / "rrdp-cat"), "--interface", "lo", *peer], 1,
                  f"setcap cap_net_raw+ep {folder}/rrdp-cat")


def wrong_options_are_said_in_one_line(_):
    common = ["--interface", "rrdp0", "--node", "1", "--peer", "2=02:00:00:00:00:02"]
    for options, word in (
            ([], "--listen or --connect"), (["--listen", "7", "--connect", "2:7"], "only one"),
            (["--listen", "0"], "65535"), (["--listen", "99999"], "65535"),
            (["--connect", "2"], "NODE:PORT"), (["--connect", "70000:7"], "NODE:PORT"),
            (["--peer", "2=02:00:00:00:00"], "address"), (["--peer", "3=03:00:00:00:00:01"],
                                                          "address"),
            (["--faulty", "loss=2"], "loss=2"), (["--faulty", "los=0.1"], "los"),
            (["--cpu", "x"], "--cpu"), (["--give-up", "5"], "--give-up"), (["file"], "file"),
            (["--message-size", "0"], "--message-size"), (["--link", "tin-can"], "tin-can")):
        fails([CAT, *common, *options], 2, word)
    fails([CAT, "--listen", "7"], 2, "--interface")
    fails([CAT, "--listen", "7", "--interface", "lo"], 2, "--peer")
    cable = [CAT, "--link", f"unix:@cat-{os.getpid()}", "--node", "1", "--peer", "2"]
    fails([*cable, "--listen", "7", "--peer", "2"], 2, "node 2: ", "stands there twice")
    fails([*cable, "--connect", "1:7"], 1, "node 1 port 7: ", "or is this host")
    for tool in (CAT, PING):
        status, out, said = run([tool, "--help"])
        assert status == 0 and said == "" and b"--interface" in out and b"Exit status" in out


def ping_measures_over_both_transports(_):
    for how, transport in (([], "rrdp"), (["--tcp"], "tcp")):
        with Listener("--echo", "--once", *how, name="rrdp-ping") as there:
            to = "10.0.0.2" if how else "2"
            status, out, said = run(connect(*how, "--count", 300, "--size", 100, "--json", to=to,
                                            name="rrdp-ping"))
            assert (status, said) == (0, ""), (status, said)
            assert there.result()[0] == 0
        report = json.loads(out)
        assert report["transport"] == transport and report["received"] == 300, report
        assert 0 < report["min_us"] <= report["p50_us"] <= report["p99_us"] <= report["max_us"]
        assert report["loss_percent"] == 0, report


def ping_reports_what_was_lost_when_its_peer_dies(_):
    with Listener("--echo", name="rrdp-ping") as there:
        ping = subprocess.Popen(connect("--interval", "5ms", "--give-up", "500ms", "--warm-up", 0,
                                        name="rrdp-ping"),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        there.process.kill()
        out, said = ping.communicate(timeout=100)
    assert ping.returncode == 4 and "timed_out_data" in said, (ping.returncode, said)
    assert "% lost" in out and " 0 % lost" not in out, out


def a_file_crosses_within_one_process(folder):
    content = octets(2_000_000)
    source, copy = file_with(folder, content), folder / "copy"
    for options in ([], ["--mtu", "9000", "--faulty", BAD_WIRE]):
        status, _, said = run([CAT, "--link", "loopback", "--input", str(source), "--output",
                               str(copy), *options])
        assert (status, said) == (0, ""), (status, said)
        assert copy.read_bytes() == content
    status, out, _ = run([PING, "--link", "loopback", "--count", "100", "--json"])
    assert status == 0 and json.loads(out)["received"] == 100


def a_program_takes_the_place_of_the_terminal(_):
    content = octets(3_000_000)
    with Listener("--exec", "sha256sum") as there:
        status, out, said = run(connect("--until-eof"), given=content)
        assert there.result()[0] == 0
    assert status == 0 and out.split()[0].decode() == hashlib.sha256(content).hexdigest(), said
    with Listener("--exec", "cat > /dev/null; exit 3") as there:
        status, out, said = run(connect("--until-eof"), given=b"x")
        assert (status, out) == (0, b""), said
        status, _, said = there.result()
    assert status == 1 and "ended with status 3" in said, (status, said)
    # One that neither reads nor ends is asked to, when its connection is gone.
    with Listener("--exec", "exec sleep 1000") as there:
        here = subprocess.Popen(connect(), stdin=subprocess.PIPE)
        time.sleep(0.5)
        here.kill()
        here.communicate()
        status, _, said = there.result()
    assert status in (1, 3, 4), (status, said)
    fails(connect("--exec", "cat", "--output", "copy"), 2, "--exec", "--output")


with HOSTS:
    main([a_file_arrives_whole_at_both_sizes, a_file_arrives_whole_over_a_bad_wire,
          empty_and_tiny_files_arrive, streams_cross_both_ways,
          an_idle_standard_input_does_not_hold_the_end_back, two_pairs_share_an_interface,
          progress_is_shown_on_a_terminal, an_absent_peer_is_an_error_in_time,
          a_port_without_a_listener_refuses, an_unknown_node_is_an_error,
          a_message_too_long_is_refused_with_the_limit, a_killed_sender_leaves_no_file,
          a_killed_receiver_is_an_error_at_the_sender,
          an_interrupted_receiver_cleans_up_and_says_so, a_full_disk_is_an_error_at_both_ends,
          a_reader_that_goes_away_is_an_error, hostile_frames_are_dropped_and_counted,
          trouble_on_this_host_is_said_in_one_line, wrong_options_are_said_in_one_line,
          ping_measures_over_both_transports, ping_reports_what_was_lost_when_its_peer_dies,
          a_file_crosses_within_one_process,
          a_program_takes_the_place_of_the_terminal])
