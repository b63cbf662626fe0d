# SPDX-License-Identifier: Apache-2.0
"""What the compiler is asked about the headers, one check a name:

self_contained          each header compiles alone, and does no harm when it comes twice
odr                     two units that bring everything, in opposite orders, make one program
no_exceptions_no_rtti   include/ compiles without either, and its templates too
standards               the umbrella header compiles as later and as GNU C++, too
include_budget          the preprocessed lines that the main headers cost stay within bounds
"""

import os
import re
import tempfile

import compiler
import source

BUDGET = {"rrdp/rrdp.hpp": 44_000, "rrdp/wire/codec.hpp": 15_000}
STANDARDS = ("gnu++20", "c++2b")  # GNU dialects define macros such as `linux` and `unix`

# Names what the engine is used with, so that its templates are compiled and not only read.
USE = """
#if __has_include(<rrdp/endpoint/endpoint.hpp>)
template class rrdp::endpoint<>;
#endif
"""


def available(cxx):
    """All headers but those whose library is missing, what their libraries want, what to say."""
    has_asio = cxx.has_asio()
    flags = {header: compiler.flags_of_libraries(header, has_asio)
             for header in cxx.headers("include") + cxx.headers("adapters")}
    missing = [header for header, wanted in flags.items() if wanted is None]
    said = "; left out for want of a library: " + ", ".join(missing) if missing else ""
    return {header: wanted for header, wanted in flags.items() if wanted is not None}, said


def brings(cxx, headers):
    """For each header all headers of ours that it includes, itself too, whatever is defined."""
    closures = {}

    def closure(header):
        if header not in closures:
            closures[header] = {header}
            for folder in ("include", "adapters"):
                path = cxx.root / folder / header
                text = source.read(path) if path.exists() else ""
                depth = 0
                for word, other in re.findall(r"^# *(if|endif|include)\w*(?: +<([^>]+)>)?", text,
                                              re.MULTILINE):
                    depth += (word == "if") - (word == "endif")
                    if word == "include" and depth == 0 and other.startswith("rrdp/"):
                        closures[header] |= closure(other)
        return closures[header]

    return {header: closure(header) for header in headers}


def chains(brought):
    """As few lists as possible in which each header is brought by the next one (Dilworth): that one
    has nothing of it that it would not have alone, and one unit shows both."""
    follower = {}  # the header behind which one stands

    def place(header, tried):
        for other in sorted(brought[header] - {header} - tried):
            tried.add(other)
            if other in brought and (other not in follower or place(follower[other], tried)):
                follower[other] = header
                return True
        return False

    for header in brought:
        place(header, set())
    firsts = sorted(set(brought) - set(follower.values()))
    return [list(chain(first, follower)) for first in firsts]


def chain(first, follower):
    while first:
        yield first
        first = follower.get(first)


def self_contained(cxx):
    """Reading the standard library is most of the work, so one unit shows a chain of headers."""
    flags, left_out = available(cxx)
    # Asio takes five seconds to read; the parts of what is written for it are read with the whole.
    headers = [header for header in flags if not header.startswith("rrdp/asio/")]

    def alone(*some):
        twice = [header for header in some for _ in "12"]
        good, said = cxx.run(compiler.including(twice), "-fsyntax-only",
                             *sum((flags[header] for header in some), []))
        return [] if good else [f"{some[-1]} does not compile alone:\n{said}"]

    def together(some):
        return [] if not alone(*some) else sum(map(alone, some), [])

    return (sum(compiler.in_parallel(together, chains(brings(cxx, headers))), []),
            f"{len(headers)} headers compile alone{left_out}")


def odr(cxx):
    flags, left_out = available(cxx)
    headers = list(flags)
    wanted = [flag for library in {tuple(f) for f in flags.values()} for flag in library]
    with tempfile.TemporaryDirectory() as folder:
        def unit(which):
            order = headers if which == "a" else headers[::-1]
            text = compiler.including(order) + USE
            text += "int main() {}\n" if which == "a" else ""
            path = os.path.join(folder, which + ".cpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return cxx.run_file(path, "-c", "-o", path + ".o", *wanted)

        built = compiler.in_parallel(unit, "ab")
        if not all(good for good, _ in built):
            return ["everything together does not compile:\n" + "\n".join(said for _, said in built)
                    ], ""
        good, said = cxx.run_file(os.path.join(folder, "a.cpp.o"),
                                  os.path.join(folder, "b.cpp.o"), "-o",
                                  os.path.join(folder, "program"))
    complaints = [] if good else [f"two units do not link:\n{said}"]
    return complaints, f"two units with {len(headers)} headers make one program{left_out}"


def no_exceptions_no_rtti(cxx):
    headers = cxx.headers("include")
    good, said = cxx.run(compiler.including(headers) + USE, "-fno-exceptions", "-fno-rtti", "-c",
                         "-o", os.devnull)
    return [] if good else [said], f"{len(headers)} headers need neither exceptions nor RTTI"


def standards(cxx):
    complaints = []
    for standard in STANDARDS:
        good, said = cxx.run(compiler.including(["rrdp/rrdp.hpp"]) + USE, "-fsyntax-only",
                             standard=standard)
        complaints += [] if good else [f"as {standard}:\n{said}"]
    return complaints, "rrdp.hpp compiles as " + ", ".join(STANDARDS)


def include_budget(cxx):
    complaints, report = [], []
    for header, limit in BUDGET.items():
        good, said = cxx.run(compiler.including([header]), "-E", "-P")
        lines = sum(1 for line in said.split("\n") if line.strip())
        if not good:
            complaints.append(f"{header} cannot be preprocessed:\n{said[-2000:]}")
        elif lines > limit:
            complaints.append(f"{header}: {lines} preprocessed lines, at most {limit}")
        report.append(f"{header}: {lines} of {limit} lines")
    return complaints, "\n".join(report)


CHECKS = {check.__name__: check for check in
          (self_contained, odr, no_exceptions_no_rtti, standards, include_budget)}


def main():
    options = source.arguments(__doc__, ("check", {"choices": CHECKS}), *compiler.ARGUMENTS)
    source.finish(*CHECKS[options.check](compiler.Compiler(options)))


if __name__ == "__main__":
    main()
