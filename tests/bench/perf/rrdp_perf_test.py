# SPDX-License-Identifier: Apache-2.0
"""rrdp-perf does what its help says: for a moment, and no time decides anything."""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
PATIENCE = 100  # seconds
EVERYWHERE = ("shm", "unix", "udp", "loopback", "tcp")  # rows that need no privilege


def perf(*words):
    return subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)


def measured(folder, *words):
    """The JSON of a run that succeeds, and what was printed."""
    file = pathlib.Path(folder) / "out.json"
    done = perf(*words, "--rounds", "1", "--json", str(file))
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return json.loads(file.read_text()), done.stdout


class Runs(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="rrdp-perf-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def check_rows(self, told, key):
        rows = {row["row"]: row for row in told["rows"]}
        for name in EVERYWHERE:
            self.assertIn(key, rows[name], rows[name])
        for name, row in rows.items():
            self.assertTrue(key in row or row.get("not_run"), name)
        for row in rows.values():
            if key not in row:
                print(f"{row['row']}: not run: {row['not_run']}")
        return rows

    def test_latency_over_every_link_with_percentiles(self):
        hgrm = pathlib.Path(self.folder) / "hgrm"
        hgrm.mkdir()
        told, said = measured(self.folder, "latency", "--link", "all", "--count", "50", "--hgrm",
                              str(hgrm))
        rows = self.check_rows(told, "rtt_us")
        self.assertEqual(rows["shm"]["samples"], 50)
        self.assertGreater(rows["tcp"]["rtt_us"]["p50"], 0)
        self.assertIn("RTT/2 p50", said)
        self.assertIn("both ends: spin", said)
        lines = (hgrm / "shm-64.hgrm").read_text().splitlines()
        self.assertEqual(lines[0].split()[0], "Value")
        self.assertTrue(lines[-1].startswith("#[Buckets"))
        self.assertIn("Total count    =           50", lines[-2])
        pairs = {(r["over"], r["under"]) for r in told["ratios"]}
        self.assertIn(("tcp", "shm"), pairs)
        self.assertIn(("shm", "shm raw"), pairs)

    def test_open_loop(self):
        told, said = measured(self.folder, "latency", "--link", "shm,loopback,udp,unix", "--rate",
                              "2000", "--count", "50", "--beside", "tcp")
        self.check_rows(told, "rtt_us")
        self.assertIn("from the intended time", said)

    def test_blocking(self):
        told, said = measured(self.folder, "latency", "--link", "shm,udp", "--count", "50",
                              "--wait", "block", "--beside", "tcp")
        self.assertEqual({r["row"] for r in told["rows"] if "rtt_us" in r}, {"shm", "udp", "tcp"})
        self.assertIn("both ends: block", said)

    def test_streams(self):
        told, _ = measured(self.folder, "rate", "--link", "all", "--count", "500")
        self.check_rows(told, "messages_per_second")
        told, _ = measured(self.folder, "bandwidth", "--link", "all", "--count", "500", "--mtu",
                           "9000", "--size", "1,8900,65536", "--beside", "tcp,tcp-plain")
        self.check_rows(told, "megabits_per_second")
        self.assertEqual(len({row["size"] for row in told["rows"]}), 3)

    def test_incast_in_virtual_time_is_the_same_twice(self):
        command = ("incast", "--senders", "8", "--count", "50", "--size", "1,1400")
        first, second = measured(self.folder, *command)[0], measured(self.folder, *command)[0]
        self.assertEqual(first["rows"], second["rows"])
        self.assertGreater(first["rows"][1]["goodput"], 0.5)

    def test_server_and_client(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        at, name = f"127.0.0.1:{port}", f"shm:rrdp-perf-test-{port}"
        with subprocess.Popen([PROGRAM, "serve", "--link", name, "--at", at], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            try:
                self.assertIn("serving", server.stdout.readline())
                told, _ = measured(self.folder, "latency", "--link", name, "--server", at,
                                   "--count", "50", "--beside", "raw,tcp,kernel-udp,af-packet")
            finally:
                server.kill()
        rows = {row["row"]: row for row in told["rows"]}
        for row in ("shm", "shm raw", "tcp", "kernel-udp"):
            self.assertIn("rtt_us", rows[row], rows[row])
        self.assertIn("only with a link on an interface", rows["af-packet"]["not_run"])


class Refuses(unittest.TestCase):
    def refused(self, *words):
        done = perf(*words)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_wrong_words(self):
        self.assertIn("one of latency", self.refused())
        self.assertIn("no command", self.refused("speed"))
        self.assertIn("0", self.refused("latency", "--size", "0"))
        self.assertIn("65536", self.refused("latency", "--size", "70000"))
        self.assertIn("x", self.refused("latency", "--size", "8,x"))
        self.assertIn("--count", self.refused("latency", "--count", "0"))
        self.assertIn("--rounds", self.refused("latency", "--rounds", "0"))
        self.assertIn("carrier", self.refused("latency", "--link", "carrier-pigeon"))
        self.assertIn("sctp", self.refused("latency", "--beside", "sctp"))
        self.assertIn("--cpu", self.refused("latency", "--cpu", "0,999"))
        self.assertIn("--rate", self.refused("latency", "--rate", "100", "--size", "4"))
        self.assertIn("--at", self.refused("serve", "--link", "shm:a"))
        self.assertIn("--hgrm", self.refused("latency", "--hgrm", "/nowhere/at/all"))

    def test_one_processor_is_said(self):
        done = perf("latency", "--link", "loopback", "--cpu", "0,0", "--rounds", "1", "--count",
                    "20", "--beside", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("One processor for both ends", done.stdout)


if __name__ == "__main__":
    unittest.main()
