#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Every tool explains itself alike: --help, its page for man(1), --version, --color, completion."""

import contextlib
import os
import pty
import re
import shutil
import subprocess

from kit import BIN, ROOT, fails, main, program, run, skip

NAMES = ("rrdp-cat", "rrdp-dump", "rrdp-nodes", "rrdp-perf", "rrdp-ping", "rrdp-proxy",
         "rrdp-stat", "rrdp-trace")
TOOLS = [str(BIN / name) for name in NAMES if (BIN / name).exists()]
if not TOOLS:
    skip("no tool was built")
OVERSTRIKE = re.compile(r".\x08")
OPTION = re.compile(r"^  (--[a-z0-9-]+)", re.MULTILINE)


def name_of(tool):
    return tool.rsplit("/", 1)[-1]


def helped(tool):
    status, out, said = run([tool, "--help"])
    assert (status, said) == (0, ""), (tool, status, said)
    return out.decode()


def help_says_how_and_what_with_which_status(_):
    for tool in TOOLS:
        text = helped(tool)
        assert text.startswith(f"{name_of(tool)} "), text[:80]
        assert f"\n  {name_of(tool)} " in text, f"{tool}: no synopsis"
        assert "Exit status: 0 " in text, f"{tool}: no exit status"
        assert all(len(line) <= 100 for line in text.splitlines()), tool
        options = OPTION.findall(text)
        assert len(options) == len(set(options)), f"{tool}: an option twice"
        for common in ("--color", "--help", "--man", "--version"):
            assert common in options, (tool, common)
        status, out, _ = run([tool, "--version"])
        assert status == 0 and re.fullmatch(rb"rrdp-\w+ \d+\.\d+\.\d+\n", out), out


def pages_are_formatted_without_a_warning_and_have_each_option(_):
    if not shutil.which("groff"):
        skip("groff is not installed")
    for tool in TOOLS:
        status, roff, said = run([tool, "--man"])
        assert (status, said) == (0, ""), (tool, status, said)
        status, page, said = run(["groff", "-man", "-ww", "-Tutf8", "-P-c"], given=roff)
        assert (status, said) == (0, ""), (tool, status, said)
        text = OVERSTRIKE.sub("", page.decode())
        words = set(re.findall(r"--[a-z0-9-]+", text))
        missing = set(OPTION.findall(helped(tool))) - words
        assert not missing, (tool, missing)
        for title in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "SEE ALSO"):
            assert f"\n{title}\n" in text, (tool, title)
        assert f"{name_of(tool)} - " in text, tool


def a_program_that_complains_of_pages_is_believed(_):
    if not shutil.which("groff"):
        skip("groff is not installed")
    _, _, said = run(["groff", "-man", "-ww", "-Tutf8"], given=b".TH X 1\n.NOSUCHMACRO\n")
    assert "NOSUCHMACRO" in said, said


def mistakes_are_one_line_and_status_2(_):
    for tool in TOOLS:
        fails([tool, "--no-such-thing"], 2, name_of(tool) + ": --no-such-thing: no such option")
        fails([tool, "--color", "green"], 2, "--color", "auto, always or never")
        fails([tool, "--color"], 2, "--color", "needs a value")
        fails([tool, "--help=yes"], 2, "--help", "takes no value")


def on_a_terminal(*command, **environment):
    """What a program says there; nothing of our own environment speaks of terminals."""
    ours, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs,
                          env={**clean, **environment}) as process:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error
            while piece := os.read(ours, 4096):
                said += piece
        process.wait(timeout=60)
    os.close(ours)
    return said


def long_work_says_on_a_terminal_how_far_it_is(_):
    ping = [program("rrdp-ping"), "--link", "loopback", "--count"]
    for count in ("200000", "2000000"):  # a quick machine has done the first before it says a word
        said = on_a_terminal(*ping, count, TERM="xterm")
        if said:
            break
    assert f" of {count}  ".encode() in said and said.endswith(b"\r\x1b[K"), said
    assert on_a_terminal(*ping, count, TERM="dumb") == b""


def colours_are_for_terminals_that_want_them(_):
    tool = TOOLS[0]
    assert b"\x1b[31m" in on_a_terminal(tool, "--oops", TERM="xterm"), "no colour on a terminal"
    for how in ({"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}, {}):
        said = on_a_terminal(tool, "--oops", **how)
        assert b"--oops" in said and b"\x1b" not in said, (how, said)
    _, _, said = run([tool, "--oops"])
    assert "\x1b" not in said, "a colour in a pipe"
    _, _, said = run([tool, "--color", "always", "--oops"])
    assert "\x1b[31m" in said, said


def bash_completes_what_help_says(_):
    script = f". {ROOT}/examples/tools/completion/rrdp.bash; _rrdp \"$1\" \"$2\" \"$3\"; " \
             "printf '%s\\n' \"${COMPREPLY[@]}\""
    for tool in TOOLS:
        _, out, said = run(["bash", "-c", script, "bash", tool, "--", tool])
        assert said == "" and set(out.decode().split()) == set(OPTION.findall(helped(tool))), out
    _, out, _ = run(["bash", "-c", script, "bash", TOOLS[0], "a", "--color"])
    assert out.decode().split() == ["auto", "always"], out


main([help_says_how_and_what_with_which_status,
      pages_are_formatted_without_a_warning_and_have_each_option,
      a_program_that_complains_of_pages_is_believed, mistakes_are_one_line_and_status_2,
      colours_are_for_terminals_that_want_them, long_work_says_on_a_terminal_how_far_it_is,
      bash_completes_what_help_says])
