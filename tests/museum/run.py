#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Brings bugs back, one at a time, and demands that the tests notice each (docs/museum.md).

Exit status: 0 all were noticed; 1 some were not; 2 the museum itself is out of order.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import museum
import mutants
import workshop

# What mutants are shown to; the ring simulation takes too long, rrdp-sim stands for it.
ASKED = ("unit", "conformance", "scenario", "security")
MUTANT_SEEDS = 300
# Files with cases that take longer than others by far: they are asked last. A matter of speed only.
SLOW = ("contract", "wide", "tags", "descendants_wire", "established", "sending", "incarnations",
        "closing", "resolution", "send_window", "governor", "extensions", "wrap_law", "hash_index",
        "timer_wheel", "syn_flood", "storms", "poisoning", "receive_window", "segment_pool",
        "acceptance", "flood_allocation", "exhaustion", "hash_flood", "injection", "lying_peer",
        "restraint")
DOCUMENT = workshop.ROOT / "docs/museum.md"
BEGIN, END = "<!-- begin table -->", "<!-- end table -->"


def everything(rings):
    return {**{ring: workshop.test_files(ring) for ring in rings}, "sim": []}


def quick(ring, seeds):
    """The arguments for what a program does in a few seconds."""
    return ("--seeds", f"1..{seeds}") if ring == "sim" else (
        "-#", "~[.]" + "".join(f"~[#{name}_test]" for name in SLOW), "--abort")


def commit():
    """What the rotation follows: the commit, else the day."""
    done = subprocess.run(["git", "-C", workshop.ROOT, "rev-parse", "HEAD"], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip()[:12] if done.returncode == 0 else time.strftime("%Y-%m-%d")


class Visit:
    """One run: what is looked at, by whom, and what came of it."""

    def __init__(self, options, shop):
        self.options, self.shop = options, shop
        self.chance = random.Random(options.seed)
        self.exhibits, self.mutants, self.unbuilt = [], [], 0
        self.limits = {}  # what each question may take of a processor, in seconds
        self.canaries = [e for e in museum.read() if e.group == "canary"]

    def choose(self):
        """Pairs of exhibits and rings, and mutants that overlap none of them."""
        ordinary = [e for e in museum.read() if e.group != "canary"]
        if self.options.only:
            named = [e for e in museum.read() if e.name in self.options.only]
            chosen = [(e, tuple(e.killers)) for e in named]
        elif self.options.all:
            chosen = [(e, tuple(e.killers)) for e in ordinary]
        else:
            some = self.chance.sample(ordinary, min(self.options.sample, len(ordinary)))
            chosen = [(e, (self.chance.choice(tuple(e.killers)),)) for e in some]
        numbers = range(1, 1 + len(chosen))
        self.exhibits = [(e, rings, e.edit(n)) for n, (e, rings) in zip(numbers, chosen)]

    def choose_mutants(self):
        """Those that overlap no exhibit, whether it is shown today or not: so the same word draws
        the same."""
        known = mutants.equivalent()
        taken = [e.edit(0) for e in museum.read()]
        for mutant in mutants.shuffled(self.options.draw or self.options.seed):
            if len(self.mutants) == self.options.mutants:
                break
            edit = mutant.edit(1_000 + len(self.mutants))
            others = [*taken, *(e for _, e in self.mutants)]
            if mutant.identity not in known and not any(edit.overlaps(e) for e in others):
                self.mutants.append((mutant, edit))

    def wanted(self, part):
        """The files of tests that a build needs."""
        every = everything(self.options.ask) if self.mutants else {}
        files = {ring: set(paths) for ring, paths in every.items()}
        for exhibit, rings, _ in part:
            for ring in rings:
                files.setdefault(ring, set())
                if ring != "sim":
                    files[ring].add(exhibit.killer(ring)[0])
        return {ring: sorted(paths) for ring, paths in files.items()}

    def build(self, wanted, edits):
        """Builds, without the mutants that the compiler does not take: rrdp-sim has nearly all of
        the engine in it, and shows them soonest."""
        self.shop.ready.clear()
        for step in (self.shop.check,) * bool(self.mutants) + (lambda: self.shop.build(wanted),):
            complaints = self.sieve(step, edits)
            if complaints:
                print("\n".join(c[:3000] for c in complaints))
                raise SystemExit(2)

    def sieve(self, step, edits):
        """Tries until there are no complaints, or nobody to blame. What has compiled stays: it has
        switches of mutants that others do not take, and nobody turns those on."""
        while True:
            self.shop.lay_out([*edits, *(edit for _, edit in self.mutants)])
            complaints = step()
            blamed = [(m, e) for m, e in self.mutants if any(e.blamed(c) for c in complaints)]
            if not blamed:
                return complaints
            self.unbuilt += len(blamed)
            self.mutants = [pair for pair in self.mutants if pair not in blamed]

    def open(self, part, first):
        """One build, and everything that is asked of it: (results, what is out of order)."""
        canaries = [(e, e.edit(900 + n)) for n, e in enumerate(self.canaries)
                    if not self.options.only]
        edits = [edit for _, _, edit in part] + [edit for _, edit in canaries]
        if first and self.options.mutants:
            self.choose_mutants()
        wanted = self.wanted(part)
        self.build(wanted, edits)
        pool = self.shop.pool
        wrong = [text for texts in pool.map(lambda ring: self.ask_canaries(ring, canaries), wanted)
                 for text in texts]
        work = [(e, ring, pool.submit(museum.judge, self.shop, e, edit.number, ring))
                for e, rings, edit in part for ring in rings]
        results = [(e, ring, *job.result()) for e, ring, job in work]
        return results, wrong

    def ask_canaries(self, ring, canaries):
        """No program notices the harmless one; each that was built whole notices the blatant one.
        Of one built of a few files, the exhibits that these notice show that its switch works."""
        whole = ring == "sim" or bool(self.mutants)
        wrong = []
        for exhibit, edit in canaries:
            blatant = exhibit.name == "blatant"
            if blatant and not whole:
                continue
            outcome = self.shop.run(ring, edit.number, *quick(ring, 50))
            if outcome.killed != blatant:
                wrong.append(f"the canary {exhibit.name} in {ring}: {outcome.why()}\n"
                             f"{outcome.text[-2000:]}")
        return wrong

    def try_mutants(self):
        """[(mutant, ring that noticed it or None, why)]"""
        asked = dict.fromkeys(q for mutant, _ in self.mutants for q in self.questions(mutant))
        self.limits = dict(zip(asked, self.shop.pool.map(self.measured, asked)))
        return list(self.shop.pool.map(self.try_mutant, self.mutants))

    def questions(self, mutant):
        """The cheap ones come first."""
        own = f"{pathlib.Path(mutant.path).stem}_test"
        known = any(path.stem == own for path in workshop.test_files("unit"))
        known = known and "unit" in self.options.ask
        slow = ",".join(f"[#{name}_test]~[.]" for name in SLOW)
        return [*[("unit", "-#", f"[#{own}]~[.]", "--abort")] * known,
                *((ring, *quick(ring, MUTANT_SEEDS)) for ring in ("sim", *self.options.ask)),
                *((ring, "-#", slow, "--abort") for ring in self.options.ask)]

    def measured(self, question):
        """Thrice what it takes without a mutant. One that is not over by then is noticed."""
        ring, *arguments = question
        outcome = self.shop.run(ring, 0, *arguments, patience=600)
        if outcome.killed:
            print(f"{ring} fails without a mutant: {outcome.why()}\n{outcome.text[-2000:]}")
            raise SystemExit(2)
        return max(10, round(3 * outcome.took))

    def try_mutant(self, pair):
        mutant, edit = pair
        for question in self.questions(mutant):
            ring, *arguments = question
            outcome = self.shop.run(ring, edit.number, *arguments, patience=self.limits[question])
            if outcome.killed:
                return self.told(mutant, ring, outcome.why())
        return self.told(mutant, None, "nobody noticed")

    def told(self, mutant, ring, why):
        """The verdict, said at once: hundreds take hours."""
        whole = f"{ring or 'SURVIVED'}: {mutant}"
        print(f"{whole}: {why}" if ring is None or self.options.verbose else whole[:100],
              flush=True)
        return mutant, ring, why


def discover(visit):
    """Says for each exhibit which cases fail, to choose its killers from."""
    def look(entry):
        exhibit, _, edit = entry
        found = {}
        for ring in visit.options.ask:
            outcome = visit.shop.run(ring, edit.number, "-r", "xml")
            found[ring] = museum.failing_cases(outcome.text) if outcome.killed else []
        seeds = visit.shop.run("sim", edit.number, "--seeds", f"1..{museum.SEEDS}")
        found["sim"] = seeds.why() if seeds.killed else ""
        return {exhibit.name: found}
    for part in museum.sheets(visit.exhibits):
        visit.build(everything(visit.options.ask), [edit for _, _, edit in part])
        for found in visit.shop.pool.map(look, part):
            print(json.dumps(found), flush=True)


def table():
    """The exhibits for docs/museum.md."""
    lines = ["| Exhibit | What it does | From | Noticed by |", "|---|---|---|---|"]
    for e in museum.read():
        if e.group != "canary":
            lines.append(f"| `{e.name}` | {e.bug} | {e.source} | {', '.join(e.killers)} |")
    return "\n".join(lines)


def document(text):
    """docs/museum.md with the table of today."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def tell(visit, results, tried):
    """Prints what happened; how many exhibits were not noticed, and the rate of the mutants."""
    for exhibit, ring, noticed, why in results:
        print(f"{'noticed' if noticed else 'NOT NOTICED'}: {exhibit.name} by {ring}: {why}")
    missed = sum(not noticed for _, _, noticed, _ in results)
    killed = sum(ring is not None for _, ring, _ in tried)
    print(f"{len(results) - missed} of {len(results)} looks at {len(visit.exhibits)} exhibits")
    if tried:
        print(f"{killed} of {len(tried)} mutants ({100 * killed / len(tried):.1f} %), "
              f"{visit.unbuilt} did not compile")
    return missed, killed / len(tried) if tried else 1


def write_json(visit, results, tried, failures):
    """For people, and for tests/campaign, which reads the first four."""
    made = {"executions": len(results) + len(tried), "seeds": 1, "failures": failures,
            "build": f"{pathlib.Path(visit.options.compiler).name} -O0, "
                     + " and ".join(workshop.OPTIMISED) + " -O1", "commit": commit(),
            "seed": visit.options.seed, "draw": visit.options.draw, "unbuilt": visit.unbuilt,
            "exhibits": [{"name": e.name, "ring": ring, "noticed": noticed, "why": why}
                         for e, ring, noticed, why in results],
            "mutants": [{"file": m.path, "line": m.line, "old": m.key[1], "new": m.key[2],
                         "ring": ring, "why": why} for m, ring, why in tried]}
    visit.options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true", help="all exhibits, each by all its rings")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N exhibits, by one")
    parser.add_argument("--mutants", type=int, default=0, metavar="N", help="and N mutants")
    parser.add_argument("--ask", nargs="+", default=ASKED, choices=ASKED, metavar="RING",
                        help=f"the rings that mutants are shown to ({' '.join(ASKED)}), and sim")
    parser.add_argument("--least", type=float, default=90, help="per cent of the mutants (90)")
    parser.add_argument("--seed", default=commit(), help="chooses them; the commit, or the day")
    parser.add_argument("--draw", metavar="WORD", help="chooses the mutants; else the seed does")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these exhibits")
    parser.add_argument("--discover", action="store_true", help="which tests fail, all of them")
    parser.add_argument("--list", action="store_true", help="the exhibits")
    parser.add_argument("--table", action="store_true", help="write docs/museum.md")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--folder", type=pathlib.Path, help="to build in; it stays")
    parser.add_argument("--compiler", default=shutil.which("clang++") or "g++")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args(arguments)


def visit_all(visit):
    visit.choose()
    if visit.options.discover:
        return discover(visit)
    results, wrong, tried = [], [], []
    for number, part in enumerate(museum.sheets(visit.exhibits) or [[]]):
        found, faults = visit.open(part, number == 0)
        results, wrong = results + found, wrong + faults
        if number == 0 and visit.mutants:
            tried = visit.try_mutants()
            visit.mutants = []
    missed, rate = tell(visit, results, tried)
    failures = missed + len(wrong) + (100 * rate < visit.options.least)
    if visit.options.json:
        write_json(visit, results, tried, failures)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 2 if wrong else 1 if failures else 0


def main():
    options = options_of(sys.argv[1:])
    if options.list:
        print("\n".join(f"{e.name}: {e.bug} ({e.source})" for e in museum.read()))
        return 0
    written = DOCUMENT.read_text(encoding="utf-8")
    if options.table:
        DOCUMENT.write_text(document(written), encoding="utf-8")
        return 0
    if document(written) != written:
        print("docs/museum.md is out of date: tests/museum/run.py --table")
        return 2
    print(f"seed {options.seed}: again with --seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = workshop.Workshop(options.folder or pathlib.Path(folder), options.compiler,
                                 options.jobs)
        return visit_all(Visit(options, shop))


if __name__ == "__main__":
    sys.exit(main())
