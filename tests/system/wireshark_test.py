#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The dissector for Wireshark and rrdp-dump read the same out of the same frames.

One is Lua and was written from the specification, the other is the library's own codec: what both
say of a frame has been said twice.
"""

import collections
import json
import shutil
import struct

from kit import ROOT, main, program, run, skip

if shutil.which("tshark") is None:
    skip("tshark is not installed")
DUMP, MIXED = program("rrdp-dump"), program("mixed_capture")
SCRIPT = ROOT / "docs/wireshark/rrdp.lua"
BITS = {"WIDE": 0x8000, "CREDIT": 0x4000, "FIN": 0x2000, "CRC32C": 0x1000, "COOKIE": 0x0800,
        "EMPTY": 0x0400, "FRAG": 0x0200, "TAG": 0x0100, "BUNDLE": 0x0040}
FLAGS = ("SYN", "ACK", "EACK", "RST", "NUL")
NUMBERS = ("version", "header_length", "source_port", "destination_port", "data_length",
           "sequence", "acknowledgement", "checksum", "tag", "crc32c", "fragments_left", "bundled",
           "credit", "nul_code", "max_outstanding", "max_segment_size", "options", "source_node",
           "destination_node", "boot", "ack_delay_us", "ack_every", "keepalive_ms", "peer_tag",
           "max_message", "reset_reason", "padding", "cluster", "sender_node", "target_node",
           "sender_mtu", "versions")
TEXTS = ("checksum_covers", "reset_form", "resolution", "sender_address", "words", "cookie",
         "application", "data")
TRUTHS = ("sequenced", "extended")
EXPERTS = ("retransmission", "out_of_order", "gap", "duplicate_ack", "ack_of_unseen",
           "window_full", "credit_used_up", "credit_closed", "window_update", "keepalive",
           "probe", "mtu_probe", "opening", "fin", "reset", "opening_not_seen")
FOUND = ("acks", "answers", "repeats", "outstanding", "duplicate_acks")
VERDICTS = {"ok", "short_frame", "bad_version", "bad_zero_bit", "bad_header_length",
            "bad_data_length", "bad_flags", "bad_port", "bad_syn", "group_destination",
            "bad_source", "bad_checksum", "bad_extension", "bad_tag", "bad_crc", "bad_bundle",
            "nr_malformed", "nr_foreign", "cut_by_capture"}


def tshark(path, names, *options):
    """What tshark says, one dictionary for each frame that it takes for RRDP."""
    command = ["tshark", "-n", "-X", f"lua_script:{SCRIPT}", "-r", str(path), "-Y", "rrdp",
               "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=;",
               *options, "-e", "frame.number"]
    for name in names:
        command += ["-e", name]
    status, out, said = run(command)
    assert status == 0 and "Lua" not in said, said
    frames = {}
    for line in out.decode().splitlines():
        values = line.split("\t")
        assert len(values) == len(names) + 1, line
        frames[int(values[0])] = dict(zip(names, values[1:]))
    return frames


def read_by_tshark(path, *options):
    names = ["flags", "features", "agreed", "eack", "tlv_kind", "sequence_high", "verdict",
             *NUMBERS, *TEXTS, *TRUTHS, *EXPERTS, *FOUND]
    shown = tshark(path, ["rrdp." + name for name in names], *options)
    return {number: {key[5:]: value for key, value in frame.items()}
            for number, frame in shown.items()}


def read_by_dump(path, *options):
    status, out, said = run([DUMP, "--data", *options, str(path)])
    assert status == 0, said
    objects = [json.loads(line) for line in out.decode().splitlines()]
    return {o["frame"]: o for o in objects}


def numbers(text):
    return [int(part, 0) for part in text.split(";")] if text else []


def bits(names):
    return sum(BITS[name] for name in names)


def differences(shown, dumped):
    """The fields in which the two disagree about one frame."""
    verdict = "ok" if dumped["ok"] else dumped["reason"]
    if shown["verdict"] != verdict:
        yield "verdict", shown["verdict"], verdict
    if verdict != "ok" or shown["verdict"] != "ok":
        return
    wanted = {}
    if "flags" in dumped:
        wanted["flags"] = [sum(0x80 >> FLAGS.index(name) for name in dumped["flags"]) | 3]
        wanted["eack"] = dumped["eack"]
        wanted["tlv_kind"] = dumped.get("tlvs", [])
        wanted["agreed"] = [bits(dumped["agreed"])] if "agreed" in dumped else []
        if "SYN" in dumped["flags"]:
            word = numbers(shown["features"])
            shown = {**shown, "features": str(sum(word) & 0xFF40)}
            wanted["features"] = [bits(dumped["features"])]
            wanted["sequence_high"] = [dumped[k] for k in ("sequence_high",) if k in dumped]
    for name in NUMBERS:
        wanted[name] = [dumped[name]] if name in dumped else []
    for name, value in wanted.items():
        if numbers(shown[name]) != value:
            yield name, shown[name], value
    for name in TRUTHS:
        if name in dumped and shown[name] not in (str(dumped[name]), str(int(dumped[name]))):
            yield name, shown[name], dumped[name]
    for name in TEXTS:
        if shown[name].replace(":", "") != str(dumped.get(name, "")).replace(":", ""):
            yield name, shown[name], dumped.get(name, "")


def compare(shown, dumped):
    assert set(shown) == set(dumped), sorted(set(shown) ^ set(dumped))[:20]
    wrong = [(number, *difference) for number in sorted(dumped)
             for difference in differences(shown[number], dumped[number])]
    assert not wrong, f"{len(wrong)} differences, the first: {wrong[:10]}"


def kinds(frame):
    """What a frame has in it, as names that can be counted."""
    yield frame["carrier"] + (" vlan" if "vlan" in frame else "")
    yield "ok" if frame["ok"] else frame["reason"]
    if "resolution" in frame:
        yield frame["resolution"]
    if "flags" not in frame:
        return
    kind = " ".join(frame["flags"]) + (" data" if frame["data_length"] else "")
    yield kind
    yield f"{kind} credit {'credit' in frame}"
    for name in frame.get("tlvs", []):
        yield f"TLV {name}"
    for name in frame.get("agreed", []):
        yield f"{kind} {name}"
    for name in ("nul_code", "reset_form", "reset_reason", "checksum_covers"):
        if name in frame:
            yield f"{name} {frame[name]}"
    if frame.get("fragments_left", 0):
        yield "run"
    if "bundled" in frame:
        yield "bundle"
    if frame.get("padding", 0) > 46:
        yield "padded"


def expected_kinds():
    yield from VERDICTS
    yield from ("ethernet", "ethernet vlan", "ipv4", "ipv6", "udp", "run", "bundle", "padded")
    yield from ("HELLO", "HELLO-REPLY", "PROBE", "CONFLICT", "BYE")
    yield from ("SYN", "SYN ACK", "ACK", "ACK data", "ACK EACK", "ACK EACK data", "ACK NUL", "NUL",
                "RST", "ACK RST")
    yield from (f"ACK{more} credit {here}" for more in ("", " data") for here in (True, False))
    yield from (f"TLV {kind}" for kind in (*range(12), 99))
    yield from (f"ACK data {name}" for name in BITS)
    yield from (f"nul_code {code}" for code in (0, 1, 2, 7))
    yield from (f"reset_reason {reason}" for reason in range(14))
    yield from (f"reset_form {form}" for form in ("connection", "bare", "bare_tagged", "cookie",
                                                  "cookie_tagged"))
    yield from ("checksum_covers header", "checksum_covers header and data")


def a_mixed_capture(folder):
    path = folder / "mixed.pcap"
    status, out, said = run([MIXED, str(path)])
    assert status == 0, said
    told = json.loads(out)
    print(f"        {told}")
    dumped, shown = read_by_dump(path), read_by_tshark(path)
    assert len(dumped) >= 10_000 and told["hostile"] >= 3_000
    assert min(told[k] for k in ("lost", "duplicated", "reordered", "corrupted")) > 50, told
    compare(shown, dumped)
    count = collections.Counter(kind for frame in dumped.values() for kind in kinds(frame))
    missing = [kind for kind in expected_kinds() if not count[kind]]
    assert not missing, f"not in the capture: {missing}"
    experts = {name for name in EXPERTS if any(frame[name] for frame in shown.values())}
    assert experts == set(EXPERTS), set(EXPERTS) - experts


def pcap(frames):
    text = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for at, frame in enumerate(frames):
        text += struct.pack("<IIII", 100 + at, 0, len(frame), len(frame)) + frame
    return text


def story():
    """The lines of the story: (frame, verdict, set of expert infos, what else is found)."""
    address = {"a": bytes([2, 0, 0, 0, 0, 1]), "b": bytes([2, 0, 0, 0, 0, 2])}
    for line in (ROOT / "tests/vectors/story.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        octets, verdict, experts, found = (part.strip() for part in line.split("|"))
        side, octets = octets.split(" ", 1)
        octets, _, zeros = octets.partition("+")
        frame = address["b" if side == "a" else "a"] + address[side] + b"\x88\xb6"
        frame += bytes.fromhex(octets) + bytes(int(zeros or 0))
        links = {} if found == "-" else dict(pair.split("=") for pair in found.split())
        yield frame.ljust(60, b"\0"), verdict, set(experts.strip("-").split()), links


def a_story_with_known_expert_infos(folder):
    lines = list(story())
    path = folder / "story.pcap"
    path.write_bytes(pcap(line[0] for line in lines))
    names = sorted({*EXPERTS, *VERDICTS} - {"ok"})
    shown = tshark(path, [f"rrdp.{name}" for name in ("verdict", *FOUND, *names)])
    for number, (_, verdict, experts, links) in enumerate(lines, 1):
        frame = shown[number]
        got = {name for name in names if frame[f"rrdp.{name}"]}
        assert frame["rrdp.verdict"] == verdict, (number, frame["rrdp.verdict"])
        assert got == experts, (number, got, experts)
        got = {name: frame[f"rrdp.{name}"] for name in FOUND if frame[f"rrdp.{name}"]}
        assert got == links, (number, got, links)
    compare(read_by_tshark(path), read_by_dump(path))


def in_any_order(folder):
    """A second pass knows what came later, and changes nothing that the first one has found."""
    path = folder / "story.pcap"
    path.write_bytes(pcap(line[0] for line in story()))
    compare(read_by_tshark(path, "-2"), read_by_dump(path))
    assert tshark(path, ["rrdp.acked_by"], "-2")[5]["rrdp.acked_by"] == "7"


def preferences(folder):
    """Another EtherType, another port, and features for connections whose opening is missing."""
    path = folder / "other.pcap"
    segment = bytes.fromhex("430a 1389 0400 0005 1001 ffff 8693 cafe 0002 0000 6865 6c6c 6f")
    frame = bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xB5]) + segment
    path.write_bytes(pcap([frame]))
    assert not read_by_tshark(path) and not read_by_dump(path)
    shown = read_by_tshark(path, "-o", "rrdp.ethertype:0x88b5")
    assert shown[1]["opening_not_seen"] and shown[1]["words"] == "cafe00020000", shown
    compare(shown, read_by_dump(path, "--ethertype", "0x88b5"))
    shown = read_by_tshark(path, "-o", "rrdp.ethertype:0x88b5", "-o", "rrdp.features:tag,frag")
    compare(shown, read_by_dump(path, "--ethertype", "0x88b5", "--features", "tag,frag"))
    assert numbers(shown[1]["tag"]) == [0xCAFE0002], shown


main([a_story_with_known_expert_infos, in_any_order, preferences, a_mixed_capture])
