# SPDX-License-Identifier: Apache-2.0
"""The paper's figures are drawn from what was measured: every series is in the SVG, the pictures
that are checked in are those of their JSON, and a moment of measuring gives all of it."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

import chart
import figures

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
SCRIPT = pathlib.Path(figures.__file__)
KEPT = figures.ROOT / "docs" / "figures"
SVG = "{http://www.w3.org/2000/svg}"


def script(*words):
    return subprocess.run([sys.executable, "-B", str(SCRIPT), *map(str, words)], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=200, check=False)


class Drawing(unittest.TestCase):
    def check_picture(self, text, names):
        root = ElementTree.fromstring(text)
        series = {g.get("data-series"): g for g in root.iter(f"{SVG}g") if g.get("data-series")}
        self.assertEqual(set(series), {label for _, label in names})
        for name, group in series.items():
            line = group.find(f"{SVG}polyline").get("points").split()
            self.assertEqual(len(line), len(group.findall(f"{SVG}circle")), name)
            self.assertGreater(len(line), 1, name)
        written = [t.text for t in root.iter(f"{SVG}text")]
        for label in [label for _, label in names] + ["block size (octets)"]:
            self.assertIn(label, written)
        self.assertTrue(any("(us)" in t or "(Mb/s)" in t for t in written))

    def test_points_are_where_they_belong(self):
        text = chart.draw("t", "x", "y", [("a", [(1, 10), (10, 5), (100, 10)])], "")
        line = ElementTree.fromstring(text).find(f".//{SVG}polyline").get("points").split()
        places = [tuple(map(float, pair.split(","))) for pair in line]
        self.assertAlmostEqual(places[1][0] - places[0][0], places[2][0] - places[1][0], delta=0.2)
        self.assertLess(places[0][1], places[1][1])
        self.assertEqual(places[0][1], places[2][1])

    def test_nothing_is_refused(self):
        self.assertRaises(ValueError, chart.draw, "t", "x", "y", [("a", [])], "")
        self.assertRaises(ValueError, chart.draw, "t", "x", "y", [("a", [(1, 0)])], "", log_y=True)

    def test_text_is_escaped(self):
        ElementTree.fromstring(chart.draw("<&>", "<", "&", [("a<b", [(1, 1), (2, 2)])], "\"<"))

    def test_the_figures_of_the_documents_are_those_of_their_numbers(self):
        self.check_picture((KEPT / "latency.svg").read_text(), figures.LATENCY)
        self.check_picture((KEPT / "bandwidth.svg").read_text(), figures.BANDWIDTH)
        done = script(KEPT, "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_stale_picture_is_noticed_and_redrawn(self):
        with tempfile.TemporaryDirectory(prefix="rrdp-figures-") as folder:
            copy = pathlib.Path(folder)
            (copy / "figures.json").write_text((KEPT / "figures.json").read_text())
            self.assertEqual(script(copy, "--check").returncode, 1)
            self.assertEqual(script(copy, "--redraw").returncode, 0)
            self.assertEqual(script(copy, "--check").returncode, 0)
            self.assertEqual((copy / "latency.svg").read_text(),
                             (KEPT / "latency.svg").read_text())

    def test_without_numbers_it_says_so(self):
        with tempfile.TemporaryDirectory(prefix="rrdp-figures-") as folder:
            done = script(folder, "--redraw")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("figures.json", done.stderr)


class Measuring(unittest.TestCase):
    def test_a_moment_of_it(self):
        if "No veth pair" in subprocess.run(
                [PROGRAM, "latency", "--link", "loopback", "--beside", "none", "--rounds", "1",
                 "--count", "1"], text=True, capture_output=True, check=True).stdout:
            self.skipTest("no right to make a veth pair")
        with tempfile.TemporaryDirectory(prefix="rrdp-figures-") as folder:
            done = script(folder, "--quick", "--rounds", "1", "--program", PROGRAM)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            told = json.loads((pathlib.Path(folder) / "figures.json").read_text())
            self.assertEqual(set(told["runs"]), set(figures.RUNS))
            Drawing().check_picture((pathlib.Path(folder) / "latency.svg").read_text(),
                                    figures.LATENCY)


if __name__ == "__main__":
    unittest.main()
