#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-dump: segments as JSON, against an encoder that shares nothing with ours."""

import json
import struct
import subprocess

from kit import checksum, fails, main, program, run

DUMP = program("rrdp-dump")
HELLO = "4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f"
FEATURES = ("tag", "wide", "crc32c", "frag", "credit")


def crc32c(octets):
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def segment(control, sequence, acknowledgement, words=(), data=b"", header_only=False):
    """A segment from port 5001 to port 1024, with `words` behind word 6."""
    header = struct.pack(">BBHHHHHH", control, 7 + len(words), 5001, 1024, len(data), sequence,
                         acknowledgement, 0) + struct.pack(f">{len(words)}H", *words)
    total = checksum(header if header_only else header + data)
    return header[:12] + struct.pack(">H", total) + header[14:] + data


def halves(number):
    return [number >> 16, number & 0xFFFF]


def dump(lines, *options):
    status, out, said = run([DUMP, *options], "".join(f"{line}\n" for line in lines).encode())
    return status, [json.loads(line) for line in out.decode().splitlines()], said


def one(octets, features=(), *options):
    status, objects, said = dump([octets.hex()], "--features", ",".join(features), *options)
    assert (status, len(objects), said) == (0, 1, ""), (status, objects, said)
    return objects[0]


def golden_vectors(_):
    vectors = [
        ("830a 1389 0400 0000 1000 0000 cf4f 0040 05dc 8000",
         {"flags": ["SYN"], "sequence": 0x1000, "max_outstanding": 64, "max_segment_size": 1500,
          "sequenced": True, "extended": False}),
        ("c30a 0400 1389 0000 ffff 1000 7223 0020 2328 8000",
         {"flags": ["SYN", "ACK"], "sequence": 0xFFFF, "acknowledgement": 0x1000,
          "max_outstanding": 32, "max_segment_size": 9000}),
        ("4307 1389 0400 0000 1001 ffff 956e", {"flags": ["ACK"], "data_length": 0}),
        (HELLO, {"flags": ["ACK"], "version": 3, "header_length": 7, "source_port": 5001,
                 "destination_port": 1024, "data_length": 5, "sequence": 0x1001,
                 "acknowledgement": 0xFFFF, "checksum": 0x5197, "eack": []}),
        ("4307 0400 1389 0002 0000 1001 946a 0102", {"sequence": 0, "data_length": 2}),
        ("6309 0400 1389 0000 0001 1001 5564 1003 1004",
         {"flags": ["ACK", "EACK"], "eack": [0x1003, 0x1004]}),
        ("4b07 1389 0400 0000 1005 0000 8d6a", {"flags": ["ACK", "NUL"], "nul_code": 0}),
        ("4b08 1389 0400 0000 1006 0000 8d67 0001", {"flags": ["ACK", "NUL"], "nul_code": 1}),
    ]
    status, objects, _ = dump([line for line, _ in vectors])
    assert status == 0 and len(objects) == len(vectors)
    for got, (line, wanted) in zip(objects, vectors):
        assert got["ok"] is True, line
        for key, value in wanted.items():
            assert got[key] == value, (line, key, got)


def first_failure_is_the_reason(_):
    broken = [
        ("", "short_frame"), ("43" * 13, "short_frame"), ("00" * 14, "nr_malformed"),
        ("42" + "07" * 13, "bad_version"), ("4707" + "00" * 12, "bad_zero_bit"),
        ("4306" + "00" * 12, "bad_header_length"), ("4308" + "00" * 12, "bad_header_length"),
        ("430700010001000100000000000000"[:28], "bad_data_length"),
        ("0307" + "00" * 12, "bad_flags"), ("4307" + "00" * 12, "bad_port"),
        ("830713890400" + "00" * 8, "bad_syn"),
        ("4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6e", "bad_checksum"),
        (segment(0x43, 1, 2, [9]).hex(), "bad_extension"),
        (segment(0x63, 1, 2).hex(), "bad_extension"),
    ]
    status, objects, said = dump([line for line, _ in broken])
    assert (status, said) == (0, "")
    for got, (line, reason) in zip(objects, broken):
        assert got == {"ok": False, "reason": reason}, (line, got)


def every_set_of_features(_):
    for chosen in range(1 << len(FEATURES)):
        features = [f for bit, f in enumerate(FEATURES) if chosen >> bit & 1]
        data, words, wanted = b"figure four", [], {"eack": [7, 9], "data_length": 11}
        if "tag" in features:
            words += halves(0xDEADBEEF)
            wanted["tag"] = 0xDEADBEEF
        if "wide" in features:
            words += [0x1234, 0x8765]
            wanted |= {"sequence": 0x1234FFFE, "acknowledgement": 0x87650003}
        if "crc32c" in features:
            words += halves(crc32c(data))
            wanted["crc32c"] = crc32c(data)
        if "frag" in features:
            words += [4]
            wanted["fragments_left"] = 4
        if "credit" in features:
            words += [77]
            wanted["credit"] = 77
        whole = segment(0x63, 0xFFFE, 3, [*words, 7, 9], data, "crc32c" in features)
        got = one(whole, features, "--data")
        assert got["ok"] and got["data"] == data.hex(), (features, got)
        for key, value in wanted.items():
            assert got[key] == value, (features, key, got)
        damaged = bytearray(whole)
        damaged[-1] ^= 1
        reason = "bad_crc" if "crc32c" in features else "bad_checksum"
        assert one(bytes(damaged), features) == {"ok": False, "reason": reason}


def a_syn_with_everything(_):
    words = [64, 9000, 0xC000,
             0x0101, 0xFF00, 0x0202, 1, 2, 0x0302, 0xB007, 0x1D00, 0x0403, 1000, 2, 500,
             0x0501, 0x00AB, 0x0702, 0x1111, 0x2222, 0x0802, 0xCAFE, 0xF00D, 0x0902, 1, 0,
             0x0A02, 0x3333, 0x4444]
    got = one(segment(0xC3, 0x8001, 5, words), ["wide"])
    wanted = {"sequence": 0xAB8001, "source_node": 1, "destination_node": 2, "boot": 0xB0071D00,
              "ack_delay_us": 1000, "ack_every": 2, "keepalive_ms": 500, "peer_tag": 0x11112222,
              "application": "cafef00d", "max_message": 65536, "tag": 0x33334444,
              "extended": True}
    for key, value in wanted.items():
        assert got[key] == value, (key, got)
    assert len(got["features"]) == 8


def every_form_of_a_reset(_):
    forms = [([], (), "connection", 0, {}), ([2], (), "connection", 2, {}),
             ([5, 6, 0x8001], (), "bare_tagged", 1, {"tag": 0x50006}),
             ([12, 1, 2, 3, 4], (), "cookie", 12, {"cookie": "0001000200030004"}),
             ([7, 8, 0x800C, 1, 2, 3, 4], (), "cookie_tagged", 12, {"tag": 0x70008}),
             ([1, 2, 6], ("tag",), "connection", 6, {"tag": 0x10002}),
             ([1], ("tag",), "bare", 1, {})]
    for words, features, form, reason, more in forms:
        got = one(segment(0x53, 1, 2, words), features)
        assert got["ok"] and got["flags"] == ["ACK", "RST"], got
        for key, value in {"reset_form": form, "reset_reason": reason, **more}.items():
            assert got[key] == value, (words, key, got)


def a_frame_of_node_resolution(_):
    frame = struct.pack(">BBBBIHHI6sHHHI", 0, 16, 1, 0, 9, 1, 2, 0xB007, bytes(range(6)), 1500, 8,
                        0, 0)
    frame = frame[:26] + struct.pack(">H", checksum(frame)) + frame[28:]
    got = one(frame)
    assert got["ok"] and got["resolution"] == "HELLO", got
    assert got["sender_node"] == 1 and got["sender_address"] == "00:01:02:03:04:05", got
    assert one(frame[:26] + b"\0\0" + frame[28:]) == {"ok": False, "reason": "nr_malformed"}


def lines_that_are_not_hexadecimal(_):
    status, objects, said = dump(["43 0", "0x43", HELLO, "zz", "4" * 200_001])
    assert status == 1 and len(said.splitlines()) == 1
    assert [o.get("reason") for o in objects] == ["bad_hex", "bad_hex", None, "bad_hex", "bad_hex"]


def ethernet(payload, kind=0x88B6, tags=b""):
    return bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]) + tags + struct.pack(">H", kind) + payload


def frames_of_a_capture():
    hello = bytes.fromhex(HELLO)
    return [ethernet(hello + bytes(41)), ethernet(b"an IPv4 packet", 0x0800),
            ethernet(hello, tags=struct.pack(">HH", 0x8100, 0xE005)),
            ethernet(hello, tags=struct.pack(">HHHH", 0x88A8, 7, 0x8100, 5)), ethernet(hello)[:9],
            ethernet(hello[:-1] + b"?")]


def pcap(frames, order, nanoseconds, cut=0):
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(
        struct.pack(order + "IIII", 100 + at, 5, len(frame), len(frame) + cut) + frame
        for at, frame in enumerate(frames))


def pcapng(frames, order):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)

    text = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    text += block(1, struct.pack(order + "HHI", 1, 0, 65535))
    for frame in frames:
        text += block(6, struct.pack(order + "IIIII", 0, 0, 100_000_005, len(frame), len(frame))
                      + frame)
    return text


def captures(folder):
    path = folder / "capture"
    for order in "<>":
        for text in (pcap(frames_of_a_capture(), order, False),
                     pcap(frames_of_a_capture(), order, True),
                     pcapng(frames_of_a_capture(), order)):
            path.write_bytes(text)
            status, out, said = run([DUMP, str(path)])
            got = [json.loads(line) for line in out.decode().splitlines()]
            assert status == 0 and [o["ok"] for o in got] == [True, True, True, False], got
            assert "2 frames of other protocols" in said, said
            assert [o.get("vlan") for o in got] == [None, 5, 7, None], got
            assert [o["frame"] for o in got] == [1, 3, 4, 6], got
            assert got[0]["source_address"] == "02:00:00:00:00:01"
            assert got[0]["time"].startswith("100."), got
            assert got[3]["reason"] == "bad_checksum"
            assert run([DUMP, "-"], text)[1].decode() == out.decode()
    path.write_bytes(pcap(frames_of_a_capture(), "<", False, cut=1))
    got = json.loads(run([DUMP, str(path)])[1].decode().splitlines()[0])
    assert got["reason"] == "cut_by_capture"


def hostile_captures(folder):
    whole = pcap(frames_of_a_capture(), "<", False)
    path = folder / "hostile"
    for text in (whole, pcapng(frames_of_a_capture(), ">")):
        for at in range(0, len(text), 13):
            for damaged in (text[:at], text[:at] + b"\xff" + text[at + 1:]):
                path.write_bytes(damaged)
                status, out, said = run([DUMP, str(path)])
                assert status in (0, 1), (at, status, said)
                assert status == 0 or said.startswith("rrdp-dump: "), said
                for line in out.decode().splitlines():
                    json.loads(line)


def of_very_many_conversations_the_silent_are_forgotten(folder):
    """SYNs from more places than are remembered: who speaks meanwhile is known, others are not."""
    credit = (64, 1500, 0xC000, 0x0101, 0x4000)  # X, segment size, SDM and EXT, FEATURES: CREDIT
    asks, answers = segment(0x83, 100, 0, credit), segment(0xC3, 200, 100, credit)
    answers = answers[:2] + answers[4:6] + answers[2:4] + answers[6:]  # the other way
    near, other = b"\2\0\0\0\0\2", b"\x88\xb6"

    def opened(node):
        return [near + node + other + asks, node + near + other + answers]

    def speaks(node):
        return near + node + other + segment(0x43, 101, 200, (7,))

    def forged(first, last):
        return [near + b"\6" + struct.pack(">xI", n) + other + asks for n in range(first, last)]

    first, second, busy = (b"\2\0\0\0\0" + bytes([n]) for n in (7, 8, 9))
    path, lines = folder / "flood", folder / "lines"
    path.write_bytes(pcap([*opened(first), *opened(second), *opened(busy), *forged(0, 40_000),
                           speaks(busy), *forged(40_000, 65_536 - 2), speaks(busy), speaks(second),
                           speaks(first)], "<", False))
    with open(lines, "wb") as out:
        assert subprocess.run([DUMP, path], stdout=out, check=False).returncode == 0
    with open(lines, "rb") as out:
        told = [json.loads(line) for line in out.read().splitlines()[-3:]]
    assert [o["frame"] for o in told] == [65_542, 65_543, 65_544], told
    assert all(o["ok"] for o in told), told
    assert ["credit" in o for o in told] == [True, True, False], told


def files_that_are_no_captures(folder):
    fails([DUMP, str(folder / "none")], 1, "rrdp-dump: ", "none", "No such file")
    (folder / "text").write_text("this is no capture file, though it is long enough to be one")
    fails([DUMP, str(folder / "text")], 1, "rrdp-dump: ")
    raw = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    (folder / "raw").write_bytes(raw)
    fails([DUMP, str(folder / "raw")], 1, "not a capture of Ethernet frames")


def wrong_options(_):
    fails([DUMP, "--features", "wide,foo"], 2, "--features", "wide,foo")
    fails([DUMP, "--nonsense"], 2, "--nonsense", "no such option")
    fails([DUMP, "a", "b"], 2, "one file at a time")
    fails([DUMP, "--ethertype"], 2, "--ethertype", "needs a value")
    status, out, said = run([DUMP, "--help"])
    assert status == 0 and said == "" and b"--features" in out


main([golden_vectors, first_failure_is_the_reason, every_set_of_features, a_syn_with_everything,
      every_form_of_a_reset, a_frame_of_node_resolution, lines_that_are_not_hexadecimal, captures,
      hostile_captures, of_very_many_conversations_the_silent_are_forgotten,
      files_that_are_no_captures, wrong_options])
