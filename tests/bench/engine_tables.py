#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what `engine-bench --json FILE` found into the tables of docs/benchmarks.md.

Everything between the two marks of that document is replaced; a file without rows of some kind
leaves their tables out. The text around it says on which machine and when: that is for the author.
"""

import argparse
import json
import pathlib
import sys

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: tests/bench/engine_tables.py -->\n", "<!-- end of figures -->\n"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines) + "\n"


def thousands(number, decimals=0):
    return f"{number:,.{decimals}f}".replace(",", " ")


def spread(value):
    return f"{value['median']:.2f} ({value['low']:.2f}-{value['high']:.2f})"


class Messages:
    """The rows of one pattern, by engine and size."""

    def __init__(self, rows, pattern):
        self.rows = {(r["engine"], r["size"]): r for r in rows if r["pattern"] == pattern}
        self.engines = list(dict.fromkeys(engine for engine, _ in self.rows))
        self.sizes = list(dict.fromkeys(size for _, size in self.rows))

    def table(self, show):
        """One row for each engine, one column for each size; `show` makes the cell of a row."""
        def cell(engine, size):
            row = self.rows.get((engine, size), {"not_run": ""})
            return "not run" if "not_run" in row else show(row)
        return table(["octets", *map(thousands, self.sizes)],
                     [[f"`{e}`", *(cell(e, s) for s in self.sizes)] for e in self.engines])


def message_tables(found):
    text = ""
    for pattern in ("ping-pong", "stream", "singles"):
        rows = Messages(found["messages"], pattern)
        if not rows.rows:
            continue
        text += f"Instructions of a message, {pattern}:\n\n"
        text += rows.table(lambda r: thousands(r["instructions"]) if "instructions" in r else "-")
        text += f"Time of a message over that of RRDP, {pattern}; for RRDP itself ns:\n\n"
        text += rows.table(lambda r: f"{r['ns']['median']:.0f} ns" if r["engine"] == "rrdp" else
                           spread(r["ns_over_rrdp"]) if "ns_over_rrdp" in r else "-")
        size = 32 if 32 in rows.sizes else rows.sizes[0]
        text += f"The rest of a message of {size} octets, {pattern}:\n\n"
        text += table(["", "allocations", "to connect", "frames", "octets on Ethernet"],
                      [[f"`{e}`", f"{r['allocations']:g}", r["allocations_to_connect"],
                        f"{r['frames']:.3f}", f"{r['octets_on_ethernet']:.1f}"]
                       for (e, s), r in rows.rows.items() if s == size and "not_run" not in r])
    return text


def other_tables(found):
    text = ""
    if found["crowd"]:
        text += "Messages of 32 octets, each on a connection drawn at random and acknowledged at " \
                "once, one\nat a time or in batches; ENet: one connection in so many places:\n\n"
        text += table(["", "connections", "batch", "ns", "/ one connection", "frames"],
                      [[f"`{r['engine']}`", thousands(r["connections"]), r["batch"],
                        f"{r['ns']['median']:.0f}", spread(r["ns_over_one"]),
                        f"{r['frames']:.3f}"] for r in found["crowd"]])
    if found["idle"]:
        text += "Octets of an idle connection at one end:\n\n"
        text += table(["", "octets"],
                      [[f"`{r['engine']}`", thousands(r["octets"])] for r in found["idle"]])
    if found["timers"]:
        text += "A turn of the timers in which nothing is due, a tick after the last:\n\n"
        text += table(["idle connections", "ns"],
                      [[thousands(r["connections"]), f"{r['ns']['median']:.1f}"]
                       for r in found["timers"]])
    if found["copies"]:
        text += "A message of 8 900 octets beside `memcpy` of as many:\n\n"
        text += table(["", "ns", "/ memcpy"],
                      [[r["what"], f"{r['ns']['median']:.0f}", spread(r["over_memcpy"])]
                       for r in found["copies"]])
    return text


def gate_table(found):
    """What was wanted of the engine beside what it does, as far as the figures tell."""
    messages = {(r["engine"], r["pattern"], r["size"]): r for r in found["messages"]
                if "not_run" not in r}
    crowd = {(r["engine"], r["connections"], r["batch"]): r for r in found["crowd"]}

    def instructions(engine, pattern, size=32):
        return messages[engine, pattern, size]["instructions"]

    def over_rrdp(engine, pattern):
        return f"{instructions(engine, pattern) / instructions('rrdp', pattern):.2f}"

    def one_of(rows, key, value):
        return next(row for row in rows if row[key] == value)

    wanted = [
        ("instructions, ping-pong of 32 octets, both ends", "<= 400", "<= 250",
         lambda: thousands(instructions("rrdp", "ping-pong"))),
        *((f"instructions, {name} / RRDP, stream (singles)", f">= {gate}", f">= {target}",
           lambda e=engine: f"{over_rrdp(e, 'stream')} ({over_rrdp(e, 'singles')})")
          for engine, name, gate, target in (("enet", "ENet", 5, 12), ("ngtcp2", "ngtcp2", 12, 30),
                                             ("usrsctp", "usrsctp", 30, 75))),
        ("ns, lwIP's coalesced octets / RRDP, stream of 32 octets", ">= 2", ">= 6",
         lambda: spread(messages["lwip", "stream", 32]["ns_over_rrdp"])),
        ("allocations of a message, and to connect", "0", "0",
         lambda: f"{messages['rrdp', 'ping-pong', 32]['allocations']:g}, "
                 f"{messages['rrdp', 'ping-pong', 32]['allocations_to_connect']}"),
        ("ns with 10 000 connections / with 1", "<= 2", "<= 1.3",
         lambda: spread(crowd["rrdp", 10_000, 1]["ns_over_one"])),
        ("ns with 100 000 connections / with 1", "<= 3", "<= 2",
         lambda: spread(crowd["rrdp", 100_000, 1]["ns_over_one"])),
        ("octets of an idle connection", "<= 320", "<= 192",
         lambda: f"{one_of(found['idle'], 'engine', 'rrdp')['octets']:g}"),
        ("ns of a turn of the timers, 100 000 idle connections", "<= 200", "<= 30",
         lambda: f"{one_of(found['timers'], 'connections', 100_000)['ns']['median']:.1f}"),
        ("8 900 octets, ping-pong / memcpy", "<= 4.5", "<= 3",
         lambda: spread(one_of(found["copies"], "what", "ping-pong")["over_memcpy"])),
        ("8 900 octets, stream / memcpy", "<= 4.5", "<= 3",
         lambda: spread(one_of(found["copies"], "what", "stream")["over_memcpy"])),
    ]

    def measured(tell):
        try:
            return tell()
        except (KeyError, StopIteration):
            return "not measured"

    return "What was wanted of the engine, and what it does:\n\n" + table(
        ["", "gate", "target", "measured"],
        [[name, gate, target, measured(tell)] for name, gate, target, tell in wanted])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=pathlib.Path, help="what engine-bench wrote")
    options = parser.parse_args()
    try:
        found = json.loads(options.figures.read_text(encoding="utf-8"))
        tables = gate_table(found) + message_tables(found) + other_tables(found)
    except (OSError, ValueError, KeyError) as why:
        sys.exit(f"{options.figures}: not what engine-bench writes: {why}")
    text = DOCUMENT.read_text(encoding="utf-8")
    before, mark, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    if not mark or END not in rest:
        sys.exit(f"{DOCUMENT} has lost the marks {BEGIN.strip()} and {END.strip()}")
    DOCUMENT.write_text(f"{before}{BEGIN}\n{tables}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
