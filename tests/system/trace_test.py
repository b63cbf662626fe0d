#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-trace: what a report shows is what the simulator says it did; numbers become octets."""

import json
import os
import struct
import subprocess

from kit import checksum, fails, main, program, run
from trace_kit import TRACE, Page, compare, good, transfer

def a_report_shows_what_the_simulator_did(folder):
    capture, truth = transfer(folder)
    assert truth[0]["lost"] > 5 and truth[0]["partitioned"] > 5 and truth[0]["corrupted"] > 2
    assert truth[0]["retransmissions"] > 20 and truth[1]["lost"] > 2
    path = folder / "report.html"
    told = json.loads(good([TRACE, "report", capture, "--json", "-o", str(path)]))
    text = path.read_text(encoding="utf-8")
    outside = text.replace("http://www.w3.org/2000/svg", "")  # a name, which nobody fetches
    assert "http://" not in outside and "https://" not in outside
    compare(Page(text), truth)
    for side, way in enumerate(told["directions"]):
        assert way["retransmissions"] == truth[side]["retransmissions"]
        assert way["drops"].get("wire: loss", 0) == truth[side]["lost"]
    ways = told["directions"]
    assert ways[0]["data"] > 500_000 and ways[0]["one_way"]["p50_us"] >= 400
    assert 800 <= ways[0]["round_trips"]["p50_us"] <= ways[0]["round_trips"]["p99_us"] < 5_000


def qlogs_show_what_engines_say(folder):
    _, truth = transfer(folder)
    logs = [str(folder / "a.sqlog"), str(folder / "b.sqlog")]
    path = folder / "report.html"
    good([TRACE, "report", *logs, "-o", str(path)])
    page = Page(path.read_text(encoding="utf-8"))
    for side, told in enumerate(truth):
        assert page.count(f"frames.{side}") == told["sent"]
        assert page.count(f"arrived.{side}") == told["delivered"]
        assert page.count(f"retransmissions.{side}") == told["retransmissions"]
    assert page.count("engine: bad_checksum") == sum(t["bad_checksum"] for t in truth)
    dropped = sum(page.count(n) for n in page.numbers if n.startswith("engine: "))
    assert dropped == sum(t["dropped"] for t in truth)
    one = json.loads(good([TRACE, "report", logs[0], "--json"]))
    assert one["directions"][0]["frames"] == truth[0]["sent"]
    assert one["directions"][1]["frames"] == truth[1]["delivered"]


def failing_seeds_leave_pictures(folder):
    sim = program("rrdp-sim")
    status, _, said = run([sim, "--seeds", "11", "--pretend", "--keep", str(folder), "--json",
                           str(folder / "sum.json")])
    assert status == 1, said
    lost = json.loads((folder / "sum.json").read_text(encoding="utf-8"))["lost"]
    assert lost > 10
    page = Page((folder / "seed-11.html").read_text(encoding="utf-8"))
    assert 0 < page.count("drop: wire: loss.0") < lost
    for name in ("seed-11.pcapng", "seed-11.sqlog"):
        file = str(folder / name)
        seen = 0
        for line in good([TRACE, "list", file, "--json"]).decode().splitlines():
            number = str(json.loads(line)["connection"])
            told = json.loads(good([TRACE, "report", file, "--json", "--connection", number]))
            seen += sum(way["drops"].get("wire: loss", 0) for way in told["directions"])
        assert seen == lost, (name, seen, lost)


# ---- as-tcp, on frames made here

A, B = bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 2])


def frame(opener, control, sequence, acknowledgement, words=(), data=b""):
    """From port 5001 of A to port 7 of B, or back."""
    ports = (5001, 7) if opener else (7, 5001)
    header = struct.pack(">BBHHHHHH", control, 7 + len(words), *ports, len(data), sequence & 0xFFFF,
                         acknowledgement & 0xFFFF, 0) + struct.pack(f">{len(words)}H", *words)
    total = checksum(header + data)
    ends = B + A if opener else A + B
    return ends + b"\x88\xb6" + header[:12] + struct.pack(">H", total) + header[14:] + data


def pcap(frames):
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", 0, 100 * n, len(f), len(f)) + f
                           for n, f in enumerate(frames))


def segments_of(octets):
    """What as-tcp wrote: (from, flags, sequence, acknowledgement, SACKs, data, time in ns)."""
    assert struct.unpack("<IHHIIII", octets[:24]) == (0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    at, found = 24, []
    while at < len(octets):
        seconds, part, kept, whole = struct.unpack("<IIII", octets[at:at + 16])
        packet, at = octets[at + 16:at + 16 + kept], at + 16 + kept
        assert packet[12:14] == b"\x08\x00" and packet[14] == 0x45 and packet[23] == 6
        assert checksum(packet[14:34]) == 0 and struct.unpack(">H", packet[16:18])[0] == whole - 14
        tcp = packet[34:]
        pseudo = packet[26:34] + struct.pack(">HH", 6, len(tcp))
        assert kept < whole or checksum(pseudo + tcp) == 0
        header = 4 * (tcp[12] >> 4)
        options, sacks = tcp[20:header], []
        if options[2:3] == b"\x05":
            numbers = struct.unpack(f">{(options[3] - 2) // 4}I", options[4:2 + options[3]])
            sacks = list(zip(numbers[::2], numbers[1::2]))
        found.append((struct.unpack(">H", tcp[:2])[0], tcp[13], *struct.unpack(">II", tcp[4:12]),
                      sacks, tcp[header:], seconds * 10**9 + part))
    return found


def each_number_is_so_many_octets(folder):
    fin = (64, 1500, 0xC000, 0x0101, 0x2000)  # X, segment size, SDM and EXT, FEATURES: FIN
    frames = [frame(True, 0x83, 0xFFFE, 0, fin), frame(False, 0xC3, 10, 0xFFFE, fin),
              frame(True, 0x43, 0xFFFF, 10), frame(True, 0x43, 0xFFFF, 10, data=b"hello"),
              frame(True, 0x43, 0, 10, data=b"abc"), frame(True, 0x43, 1, 10, data=b"wxyz"),
              frame(False, 0x63, 11, 0xFFFF, (1,)), frame(True, 0x43, 0, 10, data=b"abc"),
              frame(False, 0x43, 11, 1), frame(True, 0x4B, 2, 10), frame(True, 0x4B, 3, 10, (1,)),
              frame(False, 0x43, 11, 3), frame(False, 0x53, 11, 3)]
    damaged = bytearray(frame(False, 0x43, 11, 3))
    damaged[30 - 3] ^= 1
    source, made = folder / "made.pcap", folder / "tcp.pcap"
    source.write_bytes(pcap(frames + [bytes(damaged)]))
    said = json.loads(good([TRACE, "as-tcp", str(source), str(made), "--json"]))
    assert said == {"segments": len(frames), "left_out": 1}
    a, b = 0xFFFE, 10  # where the streams begin: at the numbers of the SYNs
    expected = [(5001, "S", a, 0, [], b""), (7, "SA", b, a + 1, [], b""),
                (5001, "A", a + 1, b + 1, [], b""), (5001, "PA", a + 1, b + 1, [], b"hello"),
                (5001, "PA", a + 6, b + 1, [], b"abc"), (5001, "PA", a + 9, b + 1, [], b"wxyz"),
                (7, "A", b + 1, a + 6, [(a + 9, a + 13)], b""),
                (5001, "PA", a + 6, b + 1, [], b"abc"), (7, "A", b + 1, a + 13, [], b""),
                (5001, "A", a + 13, b + 1, [], b"\0"), (5001, "FA", a + 14, b + 1, [], b""),
                (7, "A", b + 1, a + 15, [], b""), (7, "RA", b + 1, a + 15, [], b"")]
    bits = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}
    got = segments_of(made.read_bytes())
    assert [s[:6] for s in got] == [(p, sum(bits[f] for f in flags), *rest)
                                    for p, flags, *rest in expected], got
    assert [s[6] for s in got] == [100_000 * n for n in range(len(frames))]


def wrong_input(folder):
    text, cut, empty = folder / "text", folder / "cut.pcap", folder / "empty.pcap"
    text.write_text("no capture at all, whatever its name says", encoding="utf-8")
    cut.write_bytes(pcap([frame(True, 0x43, 1, 2, data=b"hello")])[:-4])
    empty.write_bytes(pcap([]))
    page = str(folder / "page.html")
    fails([TRACE], 2, "report, as-tcp or list", "is needed")
    fails([TRACE, "draw", page], 2, '"draw"', "neither report, as-tcp nor list")
    fails([TRACE, "report"], 2, "needs a file to read")
    fails([TRACE, "report", str(text)], 2, "-o says into which file")
    fails([TRACE, "report", str(folder / "none"), "-o", page], 1, "No such file")
    fails([TRACE, "report", str(text), "-o", page], 1, "neither a capture nor a qlog")
    fails([TRACE, "report", str(cut), "-o", page], 1, "after 0 frames", "ends in the middle")
    fails([TRACE, "report", str(empty), "-o", page], 1, "no connection of RRDP")
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    described = struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)
    for block, words in ((struct.pack("<III", 6, 12, 12), "a frame is longer than its block"),
                         (struct.pack("<III", 1, 12, 12), "an interface is not described"),
                         (struct.pack("<III", 6, 13, 13), "no block"),
                         (b"\x0a\x0d\x0d\x0a", "ends in the middle")):
        cut.write_bytes(section + described + block)
        fails([TRACE, "report", str(cut), "-o", page], 1, words)
    fails([TRACE, "as-tcp", str(empty)], 2, "needs a file to write")
    log = folder / "odd.sqlog"
    log.write_text('\x1e{"file_schema":"urn:ietf:params:qlog:file:sequential"}\n\x1e{"a":[}\n'
                   '\x1e{}\n', encoding="utf-8")
    fails([TRACE, "list", str(log)], 1, "record 2", "no JSON")
    capture, _ = transfer(folder)
    fails([TRACE, "report", capture, "-o", page, "--connection", "2"], 2, "there are: 1")
    fails([TRACE, "report", capture, "-o", "/nowhere/at/all"], 1, "No such file")


def what_breaks_off_is_read_up_to_there(folder):
    cut = folder / "cut.pcap"
    whole = pcap([frame(True, 0x43, n, 2, data=b"hello") for n in range(3)])
    for end in (len(whole) - 4, len(whole) - len(frame(True, 0x43, 1, 2, data=b"hello")) - 8):
        cut.write_bytes(whole[:end])
        status, out, said = run([TRACE, "list", "--json", str(cut)])
        assert status == 0 and json.loads(out)["frames"] == 2, (end, status, out, said)
        assert "it ends in the middle, after 2 frames" in said, said


def numbers_beyond_all_bounds(folder):
    """Times that no clock has, lengths that lie, a million of the same: a page, and no trouble."""
    log = folder / "odd.sqlog"
    head = '\x1e{"file_schema":"urn:ietf:params:qlog:file:sequential"}\n'
    octets = frame(True, 0x43, 1, 2)[14:].hex()
    for time, length in (("1e300", "1e300"), ("-1e300", "-5"), ("1", "2")):
        log.write_text(head + "".join(
            f'\x1e{{"time":{now},"name":"rrdp:segment_{way}","data":{{"raw":{{"length":{length},'
            f'"data":"{octets}"}}}}}}\n' for now in (time, "0") for way in ("sent", "received")),
            encoding="utf-8")
        told = json.loads(good([TRACE, "report", str(log), "--json"]))
        assert told["directions"][0]["frames"] == 2, told
    log.write_text(head + '\x1e{"time":nan}\n\x1e{}\n', encoding="utf-8")
    fails([TRACE, "list", str(log)], 1, "record 2", "no JSON")
    same = folder / "same.pcap"
    same.write_bytes(pcap([frame(True, 0x43, n * 30_000, 2, data=b"x") for n in range(20_000)]))
    said = json.loads(good([TRACE, "as-tcp", str(same), str(folder / "tcp.pcap"), "--json"]))
    assert said == {"segments": 20_000, "left_out": 0}, said


def a_page_stays_small_and_its_counts_exact(folder):
    """Of very many numbers that were sent again a part is drawn, and the page says so."""
    log, page = folder / "again.sqlog", folder / "again.html"
    again = 30_000
    data = [frame(True, 0x43, n, 2, data=b"x" * 9)[14:].hex()[:28] for n in range(3)]
    log.write_text('\x1e{"file_schema":"urn:ietf:params:qlog:file:sequential"}\n' + "".join(
        f'\x1e{{"time":{n},"name":"rrdp:segment_sent","data":{{"raw":{{"length":23,'
        f'"data":"{data[n % 3]}"}}}}}}\n' for n in range(again + 3)), encoding="utf-8")
    told = json.loads(good([TRACE, "report", str(log), "--json", "-o", str(page)]))
    assert told["directions"][0]["retransmissions"] == again, told
    text = page.read_text(encoding="utf-8")
    shown = Page(text)
    assert shown.count("retransmissions") == shown.count("retransmissions.0") == again
    assert "of 30\u2009000 sent again the picture has one in 4" in text
    assert "show a part of all points" in text
    assert len(text) < 500_000, len(text)
    drawn = json.loads(text.split('id="trace">')[1].split("</script>")[0])["ways"][0]["sent"]
    assert [point[2] for point in drawn] == [0] * 3 + [1] * (again // 4), len(drawn)


def data_that_are_not_there_take_no_memory(folder):
    """A qlog has the headers alone, also of frames whose data would be 65 535 octets each."""
    log, frames = folder / "long.sqlog", 8_000
    header = bytearray(frame(True, 0x43, 1, 2)[14:])
    header[6:8] = b"\xff\xff"
    log.write_text('\x1e{"file_schema":"urn:ietf:params:qlog:file:sequential"}\n' + "".join(
        f'\x1e{{"time":{n},"name":"rrdp:segment_sent","data":{{"raw":{{"length":65549,'
        f'"data":"{header.hex()}"}}}}}}\n' for n in range(frames)), encoding="utf-8")
    with subprocess.Popen([TRACE, "report", str(log), "--json"], stdout=subprocess.PIPE) as reading:
        told = json.loads(reading.stdout.read())["directions"][0]
        _, status, used = os.wait4(reading.pid, 0)
        reading.returncode = status
    assert status == 0 and (told["frames"], told["data"]) == (frames, 65_535), told
    assert used.ru_maxrss < 300_000, used.ru_maxrss  # kilobytes; the data would be 524 000


main([a_report_shows_what_the_simulator_did, qlogs_show_what_engines_say,
      failing_seeds_leave_pictures, each_number_is_so_many_octets, wrong_input,
      what_breaks_off_is_read_up_to_there, numbers_beyond_all_bounds,
      a_page_stays_small_and_its_counts_exact, data_that_are_not_there_take_no_memory])
