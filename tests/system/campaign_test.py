#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""tests/campaign writes down what ran, goes on where it ended, and does not hide a failure."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import shlex
import sys

from kit import main

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load(name, path):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module  # where its dataclass looks
    loader.exec_module(module)
    return module


campaign = load("campaign", ROOT / "tests" / "campaign")
fuzz_run = load("fuzz_run", ROOT / "fuzz" / "run")


def tool(name, program, needs="tests/campaign", **more):
    """A tool that is a line of Python; `write` leaves its JSON, `keep` a file."""
    head = ("import json,pathlib,sys,time; "
            "write=lambda **f: pathlib.Path(sys.argv[1]).write_text(json.dumps(f)); "
            "keep=lambda t: (pathlib.Path(sys.argv[2])/'left').write_text(t); first=sys.argv[3]; ")
    command = [sys.executable, "-c", (head + program).replace("{", "{{").replace("}", "}}")]
    return campaign.Tool(name, needs, shlex.join(command) + " {json} {kept} {first}", **more)


def run(folder, tools, hours="0.001", *options):
    said = io.StringIO()
    ledger = folder / "ledger.tsv"
    with contextlib.redirect_stdout(said):
        status = campaign.main([hours, "--ledger", str(ledger), *options], tools)
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    rows = [dict(zip(lines[1].split("\t"), line.split("\t"), strict=True)) for line in lines[2:]]
    return status, {row["tool"]: row for row in rows}, rows, said.getvalue(), lines


def a_line_for_each_tool(folder):
    status, by_tool, rows, said, lines = run(folder, [
        tool("counts", "write(executions=12,states=3,messages=4,fault_hours=1.25,failures=0)"),
        tool("silent", "pass")])
    assert status == 0, said
    assert lines[0].startswith("# Written by tests/campaign")
    assert lines[1].split("\t") == list(campaign.COLUMNS)
    assert len(rows) == 2
    row = by_tool["counts"]
    assert (row["executions"], row["states"], row["messages"]) == ("12", "3", "4"), row
    assert row["fault_hours"] in ("1.2", "1.3") and row["failures"] == "0"
    assert row["date"].endswith("Z") and row["commit"] and row["seconds"].isdigit()
    assert by_tool["silent"]["executions"] == "-"


def seeds_go_on_where_the_ledger_ended(folder):
    seeded = tool("seeded", "write(seeds=7)", seeds=100)
    for expected in ("1..7", "8..14", "15..21"):
        status, _, rows, said, _ = run(folder, [seeded])
        assert status == 0, said
        assert rows[-1]["seeds"] == expected, rows[-1]
    echo = tool("seeded", "sys.exit(first != '22')", seeds=100)
    assert run(folder, [echo])[0] == 0  # the tool is told so, too
    status, by_tool, *_ = run(folder, [tool("other", "write(seeds=1)", seeds=100)])
    assert status == 0 and by_tool["other"]["seeds"] == "1..1"  # each has its own


def a_seed_is_run_again_if_asked_for(folder):
    tools = [tool("again", "write(seeds=3)", seeds=3), tool("other", "write(seeds=1)", seeds=1)]
    run(folder, tools)
    _, by_tool, rows, _, _ = run(folder, tools, "0.001", "again", "--first", "2")
    assert by_tool["again"]["seeds"] == "2..4" and len(rows) == 3, rows
    for wrong in (("again", "--first", "0"), ("--first", "2"), ("again", "other", "--first", "2")):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                run(folder, tools, "0.001", *wrong)
            except SystemExit as stop:
                assert stop.code == 2 and "--first is a seed" in said.getvalue()
            else:
                raise AssertionError(f"{wrong} was taken")


def a_failure_is_a_line_and_a_status(folder):
    status, by_tool, _, said, _ = run(folder, [
        tool("complains", "keep('seed 3'); write(seeds=5,failed=[{'seed':3},{'seed':4}]); "
             "sys.exit(1)", seeds=10),
        tool("lies", "write(failures=2)"),  # and ends as if nothing were wrong
        tool("crashes", "import os; os.abort()"),
        tool("goes_on", "write(executions=1,failures=0)")])
    assert status == 1
    found = {name: row["failures"] for name, row in by_tool.items()}
    assert found == {"complains": "2", "lies": "2", "crashes": "1", "goes_on": "0"}, found
    assert by_tool["complains"]["seeds"] == "1..5"
    assert "5 failures" in said
    left = [line.split("see ")[1] for line in said.splitlines()
            if line.startswith("complains") and "see " in line]
    assert (pathlib.Path(left[0]) / "left").read_text(encoding="utf-8") == "seed 3"


def what_did_not_run_has_no_line(folder):
    status, by_tool, _, said, _ = run(folder, [
        tool("absent", "pass", needs="tests/no_such_thing"),
        tool("unable", "print('no such privilege'); sys.exit(77)"),
        tool("slow", "time.sleep(60)", endless=False),
        tool("ran", "write(executions=1)")])
    assert status == 0 and set(by_tool) == {"ran"}, said
    assert "absent: skipped: there is no tests/no_such_thing" in said
    assert "unable: skipped: no such privilege" in said
    assert "slow: skipped: it needs more time" in said


def what_cannot_be_built_fails(folder):
    status, _, rows, said, _ = run(folder, [tool("built", "pass", preset="none", target="none")])
    assert status == 1 and not rows and "cannot be built" in said


def fuzzers_understand_their_commands(_):
    commands = [t.command for t in campaign.TOOLS if t.command.startswith("fuzz/run ")]
    assert len(commands) >= 6
    fuzzed = set()
    for command in commands:
        words = command.format(seconds=7, json="file", kept="folder").split()
        options = fuzz_run.read(words[1:])
        assert options.seconds == 7 and options.targets and len(options.build) == 1, command
        fuzzed |= set(options.targets)
    assert fuzzed == set(fuzz_run.all_targets())


main([a_line_for_each_tool, fuzzers_understand_their_commands,
      seeds_go_on_where_the_ledger_ended, a_seed_is_run_again_if_asked_for,
      a_failure_is_a_line_and_a_status,
      what_did_not_run_has_no_line, what_cannot_be_built_fails])
