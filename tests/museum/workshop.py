# SPDX-License-Identifier: Apache-2.0
"""Programs of tests built over a copy of include/ with mutations in it, each behind a switch.

A mutation stands beside what it replaces, `(museum::is(7) ? (broken) : (right))`, so that one build
holds many, and a run chooses one by the environment. Switched off, the program is the clean one.
"""

import concurrent.futures
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RINGS = {"unit": [f"unit/{layer}" for layer in ("base", "core", "endpoint", "wire")],
         "conformance": ["conformance"], "scenario": ["scenario"], "security": ["security"],
         "simulation": ["simulation"]}
SIM = ROOT / "tests/simulation/rrdp_sim.cpp"
# The security tests send millions of frames: what optimising costs is won back with one survivor.
OPTIMISED = {"security": "-O1", "sim": "-O1"}
# Seconds of a processor for an exhibit: the longest takes 12; a busy machine is no verdict.
PATIENCE = 60
WAIT = 1200  # of the clock, for what waits instead of working
MAIN = """#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
"""


class Edit:
    """A piece of a file under include/rrdp, and what is there while switch `number` is on."""

    def __init__(self, number, path, start, old, new, form):
        self.number, self.path, self.start, self.old, self.new = number, path, start, old, new
        self.lines = [0, 0]
        self.form = form  # statement, condition or value

    @property
    def end(self):
        return self.start + len(self.old)

    def overlaps(self, other):
        return self.path == other.path and self.start < other.end and other.start < self.end

    def blamed(self, complaint):
        """Whether the compiler complains about a line of it."""
        name = f"include/rrdp/{self.path}"
        return any(name in line and self.lines[0] <= int(line.split(":")[1]) <= self.lines[1]
                   for line in complaint.splitlines() if ": error:" in line)

    def text(self):
        """Both, in as many lines as the old text has."""
        new = " ".join(re.sub(r"//.*", "", self.new).split())
        if self.form == "statement":
            return f"{{ if (museum::is({self.number})) {{ {new} }} else {{ {self.old} }} }}"
        if self.form == "condition":
            new, old = f"static_cast<bool>({new})", f"static_cast<bool>({self.old})"
            return f"(museum::is({self.number}) ? {new} : {old})"
        return f"(museum::is({self.number}) ? ({new}) : ({self.old}))"


class Outcome:
    """How a run ended: `killed` unless everything passed, and what it said."""

    def __init__(self, status, text, patience, took):
        self.status, self.text, self.patience = status, text, patience
        self.took = took  # seconds of a processor
        self.killed = status != 0

    def why(self):
        """In a line."""
        case = re.search(r"^-{79}\n(.+)\n(?:.*\n)*?-{79}\n", self.text, re.MULTILINE)
        if self.status is None:
            return f"not over after {self.patience} s of a processor"
        found = re.search(r"^seed \d+: .*$", self.text, re.MULTILINE)
        if found:
            return found[0]
        where = f" in '{case[1]}'" if case else ""
        if self.status < 0:
            return f"stopped by {signal.Signals(-self.status).name}{where}"
        return f"status {self.status}{where}"


def test_files(ring):
    return sorted(path for folder in RINGS[ring]
                  for path in (ROOT / "tests" / folder).glob("*_test.cpp"))


def place_of(path, ring):
    """How an exhibit names a file of tests: without what all of its ring have in common."""
    top = ROOT / "tests" / ring
    return path.relative_to(top).as_posix().removesuffix("_test.cpp")


class Workshop:
    """A folder in which programs are built."""

    def __init__(self, folder, compiler, jobs):
        self.folder, self.compiler, self.jobs = folder, compiler, jobs
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)
        self.ready = set()  # sources that have compiled, and need not again
        folder.mkdir(parents=True, exist_ok=True)

    def lay_out(self, edits):
        """Copies include/, with these edits in it; no two of them may overlap."""
        target = self.folder / "include"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ROOT / "include", target)
        for path in {edit.path for edit in edits}:
            file = target / "rrdp" / path
            text = file.read_text(encoding="utf-8")
            for edit in sorted((e for e in edits if e.path == path), key=lambda e: -e.start):
                assert text[edit.start:edit.end] == edit.old
                edit.lines = [text.count("\n", 0, at) + 1 for at in (edit.start, edit.end)]
                text = text[:edit.start] + edit.text() + text[edit.end:]
            file.write_text(text, encoding="utf-8")

    def compile(self, source, *flags):
        """(object, what the compiler said if it failed)"""
        made = self.folder / f"{source.stem}.o"
        if source in self.ready:
            return made, ""
        tests = ROOT / "tests"
        command = [self.compiler, "-std=c++20", "-w", "-pthread", "-include", HERE / "switch.hpp",
                   f"-I{self.folder / 'include'}", f"-I{ROOT / 'adapters'}", f"-I{tests}",
                   f"-I{ROOT / 'examples/tools/support'}", f'-DRRDP_TEST_DATA="{tests}"',
                   f'-DRRDP_PROGRAMS="{self.folder}"', *flags, "-c", source, "-o", made]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return made, done.stderr
        if "-fsyntax-only" not in flags:
            self.ready.add(source)
        return made, ""

    def link(self, name, objects):
        program = self.folder / name
        library = ["-lCatch2"] if pathlib.Path("/usr/include/catch2/catch_session.hpp").exists() \
            else []
        subprocess.run([self.compiler, "-pthread", *objects, *library, "-o", program], check=True)
        return program

    def units(self, ring, paths):
        """Files that include these, several each."""
        said = subprocess.run([sys.executable, "-B", ROOT / "tests/build/units.py",
                               self.folder / f"{ring}_", "8", *paths],
                              capture_output=True, text=True, check=True)
        return [pathlib.Path(line) for line in said.stdout.split()]

    def check(self):
        """What the compiler says of rrdp-sim, without building it."""
        said = self.compile(SIM, "-fsyntax-only")[1]
        return [said] if said else []

    def build(self, wanted):
        """Builds {ring: files}, or {"sim": []}; what the compiler said of each unit that failed."""
        work = {}
        for ring, paths in wanted.items():
            if ring == "sim":
                work[ring] = [self.pool.submit(self.compile, SIM, OPTIMISED[ring])]
            else:
                work[ring] = [self.pool.submit(self.compile, unit, OPTIMISED.get(ring, "-O0"))
                              for unit in self.units(ring, paths)]
        if any(ring != "sim" for ring in wanted):
            (self.folder / "main.cpp").write_text(MAIN, encoding="utf-8")
            main = self.pool.submit(self.compile, self.folder / "main.cpp", "-O0")
        complaints = [job.result()[1] for jobs in work.values() for job in jobs
                      if job.result()[1]]
        if complaints:
            return complaints
        for ring, jobs in work.items():
            objects = [job.result()[0] for job in jobs]
            self.link(ring, objects if ring == "sim" else [*objects, main.result()[0]])
        return []

    def run(self, ring, number, *arguments, patience=PATIENCE):
        """Runs the program of a ring with mutation `number`, or none for 0, for so many seconds of
        a processor at most."""
        environment = {**os.environ, "RRDP_MUSEUM": str(number)}
        with subprocess.Popen([self.folder / ring, *arguments], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (patience, patience + 1))
            alarm = threading.Timer(WAIT, process.kill)
            alarm.start()
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            alarm.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        over = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        return Outcome(None if over else process.returncode, said.decode(errors="replace"),
                       patience, usage.ru_utime + usage.ru_stime)
