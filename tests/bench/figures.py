#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The paper's two figures, measured by rrdp-perf and drawn: latency and bandwidth over block size.

    tests/bench/figures.py docs/figures                  measures, draws, renews the tables
    tests/bench/figures.py docs/figures --redraw         the same from the JSON that is there
    tests/bench/figures.py docs/figures --check          is all that is drawn what the JSON says?

The folder gets figures.json, latency.svg and bandwidth.svg. With docs/performance.md beside it, the
tables between its marks are written, too.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

import chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = [ROOT / "build" / preset / "bin" / "rrdp-perf" for preset in ("release", "dev-gcc")]
SIZES = "1,2,4,8,16,32,64,128,256,512,1024,1400,2048,4096,8192,8900"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LATENCY = (("packet-ring", "RRDP on packet_ring"), ("tcp", "kernel TCP"),
           ("packet-ring raw", "packet_ring alone, no protocol"))
BANDWIDTH = (("packet-ring", "RRDP on packet_ring"), ("tcp", "kernel TCP"),
             ("tcp-plain", "TCP without segmentation offload"))

# Name in the JSON: the words of rrdp-perf. What --quick puts behind them takes some seconds in all.
RUNS = {
    "latency": ["latency", "--link", "packet-ring", "--beside", "raw,tcp", "--mtu", "9000",
                "--size", SIZES, "--count", "2000"],
    "bandwidth": ["bandwidth", "--link", "packet-ring", "--beside", "tcp,tcp-plain", "--mtu",
                  "9000", "--size", SIZES, "--count", "20000"],
    "bandwidth_1500": ["bandwidth", "--link", "packet-ring", "--beside", "tcp,tcp-plain"],
    "links": ["latency", "--link", "all"],
    "blocking": ["latency", "--link", "packet,packet-ring,udp,shm", "--wait", "block", "--count",
                 "1000"],
    "load": ["latency", "--link", "packet-ring", "--beside", "raw,tcp", "--rate", "20000"],
    "rate": ["rate", "--link", "packet-ring,packet,xdp,shm,udp", "--beside",
             "tcp,kernel-udp,af-packet"],
    "incast": ["incast", "--senders", "64", "--size", "64,512,1400"],
}
QUICK = {"incast": ["--count", "10", "--senders", "4"]}


def find_program(given):
    for path in [given] if given else PROGRAMS:
        if path.is_file():
            return path
    sys.exit("figures: rrdp-perf is not built: cmake --preset release -DRRDP_BUILD_TESTS=ON && "
             "cmake --build --preset release --target rrdp-perf, or say --program PATH")


def measure(program, rounds, quick, only, told):
    """The runs of these names, or all; what each has said, beside what was `told` before."""
    with tempfile.TemporaryDirectory(prefix="rrdp-figures-") as folder:
        file = pathlib.Path(folder) / "out.json"
        for name, words in RUNS.items():
            if only and name not in only:
                continue
            command = [*words, "--rounds", str(rounds)]
            if quick:
                command += QUICK.get(name, ["--count", "40"])
            print(f"rrdp-perf {' '.join(command)}", flush=True)
            done = subprocess.run([str(program), *command, "--json", str(file)], text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode != 0:
                sys.exit(f"figures: {done.stderr.strip() or done.stdout.strip()}")
            told[name] = json.loads(file.read_text())
            told[name]["command"] = "rrdp-perf " + " ".join(command)
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "runs": told}


def megabits(row):
    return row["messages_per_second"] * row["size"] * 8e-6


def points(run, name, value):
    return [(row["size"], value(row)) for row in run["rows"]
            if row["row"] == name and "not_run" not in row]


def series(run, names, value):
    found = [(label, points(run, name, value)) for name, label in names]
    missing = [label for label, its in found if not its]
    if missing:
        why = {row["row"]: row.get("not_run") for row in run["rows"]}
        sys.exit(f"figures: nothing was measured for {', '.join(missing)}: {why}")
    return found


def pictures(figures):
    """Names of files and what is in them."""
    latency, bandwidth = figures["runs"]["latency"], figures["runs"]["bandwidth"]
    note = f"veth, MTU 9000, both ends {latency['wait']}; {latency['date']}"
    return {
        "latency.svg": chart.draw(
            "One-way latency and block size (the paper's figure 7)", "block size (octets)",
            "RTT/2, median (us)",
            series(latency, LATENCY, lambda row: row["half_rtt_us"]["median_of_p50"]),
            "Half of the round trip, " + note),
        "bandwidth.svg": chart.draw(
            "Bandwidth and block size (the paper's figure 8)", "block size (octets)",
            "bandwidth, median (Mb/s)",
            series(bandwidth, BANDWIDTH, megabits),
            "One way, " + note.replace(latency["date"], bandwidth["date"]), log_y=True)}


def cells(row):
    return "| " + " | ".join(str(cell) for cell in row) + " |"


def table(head, rows):
    return [cells(head), cells(["---"] * len(head)), *map(cells, rows), ""]


def ratio_of(run, over, under, size=None):
    for r in run["ratios"]:
        if (r["over"], r["under"]) == (over, under) and size in (None, r["size"]):
            return f"{r['median']:.2f} ({r['low']:.2f}-{r['high']:.2f})"
    return "-"


def short(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def by_size(run, names, value):
    found = {name: dict(points(run, name, value)) for name, _ in names}
    sizes = sorted({size for its in found.values() for size in its})
    return [(size, *(short(its.get(size)) for its in found.values())) for size in sizes]


def size_table(run, names, value, over_tcp):
    rows = [(*row, ratio_of(run, *over_tcp, row[0])) for row in by_size(run, names, value)]
    return table(("octets", *(label for _, label in names), " / ".join(over_tcp)), rows)


def percentile_table(run):
    rows = []
    for row in run["rows"]:
        if "rtt_us" not in row:
            continue
        t = row["rtt_us"]
        tcp = ratio_of(run, "tcp", row["row"]) if row["kind"] == "rrdp" else "-"
        raw = ratio_of(run, row["row"], row["row"] + " raw")
        rows.append((row["row"], f"{row['half_rtt_us']['median_of_p50']:.2f}",
                     f"{t['median_of_p50']:.2f}", *(f"{t[p]:.2f}" for p in (
                         "p90", "p99", "p99.9", "p99.99")), raw, tcp))
    lines = table(("64 octets", "RTT/2 p50", "RTT p50", "RTT p90", "p99", "p99.9", "p99.99",
                   "RRDP / raw", "TCP / RRDP"), rows)
    return lines + not_run(run)


def not_run(run):
    gone = [f"{row['row']} ({row['not_run']})" for row in run["rows"] if row.get("not_run")]
    gone += [remark for remark in run.get("remarks", []) if "not run" in remark]
    return [f"Not run: {'; '.join(gone)}.", ""] if gone else []


def rate_table(run):
    rows = []
    for row in run["rows"]:
        if "messages_per_second" not in row:
            continue
        tcp = ratio_of(run, row["row"], "tcp") if row["kind"] == "rrdp" else "-"
        rows.append((row["row"], f"{row['messages_per_second']:,.0f}".replace(",", " "), tcp,
                     row["sent_again"]))
    head = ("32 octets", "messages a second", "RRDP / TCP", "sent again")
    return table(head, rows) + not_run(run)


def incast_table(run):
    rows = [(row["size"], f"{row['goodput']:.3f}", f"{row['goodput_of_full_cable']:.3f}",
             f"{row['p50_ms']:.2f}", f"{row['p99_ms']:.2f}", row["queue_full"], row["sent_again"])
            for row in run["rows"]]
    return table(("octets", "goodput, of 1 Gb/s", "a full cable", "p50, ms", "p99, ms",
                  "lost at the port", "sent again"), rows)


def said(run):
    load = f", load {run['load_before']} before, {run['load_after']} after" if (
        "load_before" in run) else ""
    return [f"`{run['command']}`{load}", ""]


def tables(figures):
    """The text between the marks of docs/performance.md."""
    runs = figures["runs"]
    first = runs["latency"]
    return "\n".join([
        f"Measured {figures['date']} on", f"{first['machine']}.",
        f"Medians of {first['rounds']} interleaved rounds; ratios are medians of the ratios of a",
        "round, in brackets where the median lies with 95 % confidence.",
        "", "![Latency over block size](figures/latency.svg)", "",
        *said(first),
        *size_table(first, LATENCY, lambda row: row["half_rtt_us"]["median_of_p50"],
                    ("tcp", "packet-ring")),
        "![Bandwidth over block size](figures/bandwidth.svg)", "",
        *said(runs["bandwidth"]),
        *size_table(runs["bandwidth"], BANDWIDTH, megabits,
                    ("packet-ring", "tcp-plain")),
        "The same at MTU 1500:", "", *said(runs["bandwidth_1500"]),
        *size_table(runs["bandwidth_1500"], BANDWIDTH, megabits,
                    ("packet-ring", "tcp-plain")),
        "Every link, and its percentiles in us, both ends spinning:", "", *said(runs["links"]),
        *percentile_table(runs["links"]),
        "Both ends blocking in the kernel:", "", *said(runs["blocking"]),
        *percentile_table(runs["blocking"]),
        "Open loop: times count from when a message was to leave, so that a stall is seen by all",
        "that it has kept waiting:", "", *said(runs["load"]), *percentile_table(runs["load"]),
        "Message rate:", "", *said(runs["rate"]), *rate_table(runs["rate"]),
        "Incast of 64 to 1, around a simulated switch in virtual time:", "",
        *said(runs["incast"]), *incast_table(runs["incast"])]).rstrip() + "\n"


def renewed(text, figures):
    """A document with the tables between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{tables(figures)}{END}{after}"


def outputs(folder, figures):
    """Every file that is made of the JSON, and what belongs into it."""
    made = {folder / name: text for name, text in pictures(figures).items()}
    document = folder.parent / "performance.md"
    if document.is_file() and BEGIN in document.read_text():
        made[document] = renewed(document.read_text(), figures)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, help="rrdp-perf (build/release/bin)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", action="append", choices=tuple(RUNS),
                        help="measures this anew and keeps the rest; may be repeated")
    parser.add_argument("--quick", action="store_true", help="some messages a round: shows nothing")
    parser.add_argument("--redraw", action="store_true", help="from figures.json; measures nothing")
    parser.add_argument("--check", action="store_true", help="writes nothing; 1 if it would")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    kept = folder / "figures.json"
    if arguments.redraw or arguments.check:
        try:
            figures = json.loads(kept.read_text())
        except (OSError, ValueError) as error:
            sys.exit(f"figures: {kept}: {error}")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        told = json.loads(kept.read_text())["runs"] if arguments.only else {}
        figures = measure(find_program(arguments.program), arguments.rounds, arguments.quick,
                          arguments.only, told)
        kept.write_text(json.dumps(figures, indent=1) + "\n")
    stale = [path for path, text in outputs(folder, figures).items()
             if not path.is_file() or path.read_text() != text]
    if arguments.check:
        for path in stale:
            print(f"{path} is not what {kept.name} says: figures.py {arguments.folder} --redraw")
        sys.exit(1 if stale else 0)
    for path, text in outputs(folder, figures).items():
        path.write_text(text)
        print(path)


if __name__ == "__main__":
    main()
