#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""A report of rrdp-trace in headless Chromium, light and dark: no complaint, the right numbers."""

import os
import shutil
import subprocess

from kit import main, skip
from trace_kit import TRACE, Page, compare, good, transfer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    skip("chromium is not installed")


def browse(folder, url, *options):
    """The page after its scripts have run, and what the browser said."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
               f"--user-data-dir={folder}/profile", "--virtual-time-budget=2000",
               "--window-size=1200,1600", *options, url]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False,
                          env={**os.environ, "HOME": str(folder)})
    return done.stdout.decode(), [line for line in done.stderr.decode().splitlines()
                                  if "CONSOLE" in line or "Uncaught" in line]


def a_broken_page_is_noticed(folder):
    path = folder / "broken.html"
    path.write_text("<p>x</p><script>nothing.at.all()</script>", encoding="utf-8")
    text, complaints = browse(folder, f"file://{path}", "--dump-dom")
    if "<p>x</p>" not in text:
        skip("chromium is installed, but shows nothing here")
    assert len(complaints) == 1 and "nothing is not defined" in complaints[0], complaints


def a_browser_draws_it(folder):
    capture, truth = transfer(folder)
    path = folder / "report.html"
    good([TRACE, "report", capture, "-o", str(path)])
    grounds = set()
    for theme, code in (("dark", 0), ("light", 1)):
        options = ["--dump-dom", f"--blink-settings=preferredColorScheme={code}"]
        text, complaints = browse(folder, f"file://{path}", *options)
        assert text, complaints
        assert not complaints, complaints
        page = Page(text)
        compare(page, truth)
        root, picture = page.attributes["html"], page.attributes["sequence"]
        assert root.get("data-drawn") == "yes" and "data-error" not in root, root
        assert int(picture["data-again"]) == truth[0]["retransmissions"]
        lost = truth[0]["lost"] + truth[0]["partitioned"]  # some had no number
        assert lost - 5 <= int(picture["data-lost"]) == page.count("lost_numbers.0") <= lost
        assert int(page.attributes["ladder"]["data-frames"]) == 36
        grounds.add(root["data-ground"])
        assert root["data-ground"] != "", theme
    assert len(grounds) == 2, f"light and dark have one ground: {grounds}"


main([a_broken_page_is_noticed, a_browser_draws_it])
