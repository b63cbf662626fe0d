#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Sends a real file between two hosts with rrdp-cat, and measures round trips with rrdp-ping.

The hosts are network namespaces, joined by a virtual cable (veth). They live as long as a process
in each, so nothing of them outlives this script. In the world `loopback` there are none: both ends
then run in one process.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SMALLEST = 20_000_000  # octets of the file to send
FAULTS = {"loss": 0.05, "duplicate": 0.02, "reorder": 0.1}
PAIRS = 9
PATIENCE = 180  # seconds for any one command
ADDRESSES = {1: "02:00:00:00:00:01", 2: "02:00:00:00:00:02"}


def run(command, **more):
    """Runs a command to its end; its failure is ours, with what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, capture_output=True,
                          timeout=PATIENCE, **more)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        sys.exit(f"{pathlib.Path(command[0]).name}: status {done.returncode}: {said}")
    return done.stdout


def mortal(command):
    """The command, such that it dies with this script, whatever ends it."""
    return ["setpriv", "--pdeathsig", "KILL", *command] if shutil.which("setpriv") else command


class Hosts:
    """Two namespaces with a cable between them."""

    def __init__(self, bin_folder):
        self.bin, self.keepers = bin_folder, {}

    def __enter__(self):
        for node in ADDRESSES:
            self.keepers[node] = subprocess.Popen(mortal(["unshare", "--net", "sleep", "1800"]),
                                                  stdin=subprocess.DEVNULL)
        own = os.readlink("/proc/self/ns/net")
        deadline = time.monotonic() + 10
        while any(self.namespace(node) in (None, own) for node in ADDRESSES):
            if time.monotonic() > deadline:
                sys.exit("the namespaces did not appear")
            time.sleep(0.01)
        a, b = (str(self.keepers[node].pid) for node in ADDRESSES)
        run(["ip", "link", "add", "rrdp0", "address", ADDRESSES[1], "netns", a, "type", "veth",
             "peer", "name", "rrdp0", "address", ADDRESSES[2], "netns", b])
        for node in ADDRESSES:
            self.ip(node, "address", "add", f"10.0.0.{node}/24", "dev", "rrdp0")
            self.ip(node, "link", "set", "rrdp0", "up")
        return self

    def __exit__(self, *_):
        for keeper in self.keepers.values():
            keeper.kill()
            keeper.wait()

    def namespace(self, node):
        with contextlib.suppress(OSError):
            return os.readlink(f"/proc/{self.keepers[node].pid}/ns/net")

    def on(self, node, *command):
        return ["nsenter", f"--net=/proc/{self.keepers[node].pid}/ns/net", *command]

    def ip(self, node, *words):
        run(self.on(node, "ip", *words))

    def set_mtu(self, mtu):
        for node in ADDRESSES:
            self.ip(node, "link", "set", "rrdp0", "mtu", str(mtu))

    def tool(self, node, name, *options):
        """The command of one of our programs on a host."""
        other = 3 - node
        return self.on(node, str(self.bin / name), "--interface", "rrdp0", "--node", str(node),
                       "--peer", f"{other}={ADDRESSES[other]}", *options)

    def both(self, server, client):
        """Runs the two, the server first; what the client printed."""
        with subprocess.Popen(mortal(server), stdin=subprocess.DEVNULL, text=True,
                              stderr=subprocess.PIPE) as serving:
            try:
                printed = run(client)
                said = serving.communicate(timeout=PATIENCE)[1]
            finally:
                serving.kill()
        if serving.returncode != 0:
            sys.exit(f"the listening end: status {serving.returncode}: {said.strip()}")
        return printed


def send_between(hosts, mtu, faulty, source, copy, report):
    hosts.set_mtu(mtu)
    hosts.both(hosts.tool(2, "rrdp-cat", "--listen", "7", "--output", str(copy), *faulty(2)),
               hosts.tool(1, "rrdp-cat", "--connect", "2:7", "--input", str(source),
                          "--json", str(report), *faulty(1)))


def send_here(bin_folder, mtu, faulty, source, copy, report):
    run([str(bin_folder / "rrdp-cat"), "--link", "loopback", "--mtu", str(mtu), "--input",
         str(source), "--output", str(copy), "--json", str(report), *faulty(1)])


def crossing(send, mtu, faults, source, wanted, folder):
    """Sends the file once; the figures."""
    copy, report = folder / "copy", folder / "report.json"
    copy.unlink(missing_ok=True)

    def faulty(end):
        chances = [f"{name}={chance}" for name, chance in (faults or {}).items()]
        return ["--faulty", ",".join([*chances, f"seed={end}"])] if faults else []

    send(mtu, faulty, source, copy, report)
    told = json.loads(report.read_text())
    figures = {"mtu": mtu, "faults": faults, "octets": copy.stat().st_size,
               "seconds": told["seconds"], "megabytes_per_second": told["megabytes_per_second"],
               "sha256_equal": digest(copy) == wanted,
               "retransmissions": sum(told["retransmissions"].values()),
               "faults_at_sender": told.get("faults")}
    weather = f"MTU {mtu}, " + ("bad wire" if faults else "good wire")
    print(f"   {weather:21} {figures['octets']} octets  {told['seconds']:7.3f} s "
          f"{told['megabytes_per_second']:7.1f} MB/s  sent again {figures['retransmissions']:5}  "
          f"SHA-256 {'equal' if figures['sha256_equal'] else 'DIFFERENT'}", flush=True)
    if faults and told["faults"]["lost"] == 0:
        sys.exit("the bad wire lost nothing: this has proved nothing")
    return figures


def round_trip(hosts, mtu, size):
    """RRDP, TCP, RRDP, TCP ... : the median of the ratios of neighbours."""
    hosts.set_mtu(mtu)
    processors = sorted(os.sched_getaffinity(0))
    spin = len(processors) > 1

    def how(node):
        return ["--spin", "--cpu", str(processors[node - 1])] if spin else []

    measure = ["--json", "--size", str(size), "--count", "10000", "--warm-up", "1000"]
    ping = str(hosts.bin / "rrdp-ping")
    samples = {"rrdp": [], "tcp": []}
    for _ in range(PAIRS):
        printed = hosts.both(hosts.tool(2, "rrdp-ping", "--echo", "--once", *how(2)),
                             hosts.tool(1, "rrdp-ping", "--connect", "2", *measure, *how(1)))
        samples["rrdp"].append(json.loads(printed)["p50_us"])
        printed = hosts.both(hosts.on(2, ping, "--tcp", "--echo", "--once", *how(2)),
                             hosts.on(1, ping, "--tcp", "--connect", "10.0.0.2", *measure,
                                      *how(1)))
        samples["tcp"].append(json.loads(printed)["p50_us"])
    ratios = [tcp / rrdp for rrdp, tcp in zip(samples["rrdp"], samples["tcp"])]
    figures = {"mtu": mtu, "size": size, "pairs": PAIRS, "wait": "spin" if spin else "block",
               "rrdp_p50_us": statistics.median(samples["rrdp"]),
               "tcp_p50_us": statistics.median(samples["tcp"]),
               "ratio": round(statistics.median(ratios), 3),
               "ratios": [round(ratio, 3) for ratio in ratios]}
    print(f"   MTU {mtu}: RRDP {figures['rrdp_p50_us']:.2f} us, "
          f"TCP {figures['tcp_p50_us']:.2f} us; TCP takes {figures['ratio']:.2f} times as long",
          flush=True)
    return figures


def engine_round_trip(bin_folder):
    told = json.loads(run([str(bin_folder / "rrdp-ping"), "--link", "loopback", "--json"]))
    print(f"   through two engines and back: {told['p50_us']:.2f} us", flush=True)
    return {"mtu": 1500, "size": told["size"], "engine_p50_us": told["p50_us"]}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(
            hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()


def find_file(folder):
    """A real file of some size: a compiler, or the first of many programs put together."""
    asked = subprocess.run(["g++", "-print-prog-name=cc1plus"], text=True, capture_output=True)
    names = [asked.stdout.strip(), *map(shutil.which, ("clang++", "cmake", "git", "gdb"))]
    programs = sorted(pathlib.Path("/usr/bin").glob("*"))
    for path in [pathlib.Path(name).resolve() for name in names if name]:
        if path.is_file() and os.access(path, os.R_OK) and path.stat().st_size >= SMALLEST:
            return path
    together = folder / "programs"
    with open(together, "wb") as file:
        for path in programs:
            if file.tell() < SMALLEST and path.is_file() and os.access(path, os.R_OK):
                file.write(path.read_bytes())
    return together


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("world", choices=("root", "user", "loopback"))
    parser.add_argument("bin", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rrdp-")))
        source = find_file(folder)
        wanted = digest(source)
        figures = {"world": arguments.world, "crossings": [], "round_trips": [],
                   "file": {"path": str(source), "octets": source.stat().st_size,
                            "sha256": wanted}}
        hosts = None
        if arguments.world == "loopback":
            print("2. No right to make network namespaces here: both ends run in one process,\n"
                  "   joined in memory")
        else:
            print("2. Two hosts (network namespaces), joined by a virtual cable (veth)")
            hosts = stack.enter_context(Hosts(arguments.bin))
        print(f"   the file: {source}\n   a bad wire loses 5 %, doubles 2 % and reorders 10 % of "
              "the frames, at both ends", flush=True)

        def send(*how):
            return send_between(hosts, *how) if hosts else send_here(arguments.bin, *how)

        for mtu in (1500, 9000):
            for faults in (None, FAULTS):
                figures["crossings"].append(
                    crossing(send, mtu, faults, source, wanted, folder))
        print("\n3. Round trip of 64 octets", end="")
        print(f", the median of {PAIRS} runs each, in turns; both spin, pinned" if hosts else "",
              flush=True)
        if hosts:
            figures["round_trips"] = [round_trip(hosts, mtu, 64) for mtu in (1500, 9000)]
        else:
            figures["round_trips"] = [engine_round_trip(arguments.bin)]
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    if not all(one["sha256_equal"] for one in figures["crossings"]):
        sys.exit("a copy differs from the original")


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired as late:
        sys.exit(f"{' '.join(late.cmd)}: not done after {late.timeout:.0f} s")
    except KeyboardInterrupt:
        sys.exit(130)
