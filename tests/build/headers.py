# SPDX-License-Identifier: Apache-2.0
"""What the compiler is asked about the headers, one check a name:

self_contained          each header compiles alone, and does no harm when it comes twice
odr                     two units that bring everything, in opposite orders, make one program
no_exceptions_no_rtti   include/ compiles without either, and its templates too
standards               the umbrella header compiles as later and as GNU C++, too
include_budget          the preprocessed lines that the main headers cost stay within bounds
"""

import collections
import os
import re
import tempfile

import compiler
import source

BUDGET = {"rrdp/rrdp.hpp": 44_000, "rrdp/wire/codec.hpp": 15_000}
SHARED = 4  # headers that want the same of the standard library: it is precompiled for them
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


def of_standard_library(cxx, headers):
    """For each header what it and the headers of ours that it includes name of the standard library
    (which is what has no suffix)."""
    named = {}

    def all_of(header):
        if header not in named:
            named[header] = set()
            for folder in ("include", "adapters"):
                path = cxx.root / folder / header
                text = source.read(path) if path.exists() else ""
                for other in re.findall(r"^#include <([^>]+)>", text, re.MULTILINE):
                    named[header] |= all_of(other) if "." in other else {other}
        return named[header]

    return {header: frozenset(all_of(header)) for header in headers}


def self_contained(cxx):
    """Reading the standard library is most of the work. Headers that would read the same of it find
    it precompiled: that, and nothing that they do not include, so each is as alone as without."""
    headers, left_out = available(cxx)
    # Asio takes five seconds to read; the parts of what is written for it are read with the whole.
    headers = {header: flags for header, flags in headers.items()
               if not header.startswith("rrdp/asio/")}
    wanted = of_standard_library(cxx, headers)
    often = [names for names, users in collections.Counter(wanted.values()).items()
             if names and users >= SHARED]
    with tempfile.TemporaryDirectory() as folder:
        def precompile(number):
            path = os.path.join(folder, f"{number}.hpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write(compiler.including(sorted(often[number])))
            good, _ = cxx.run_file(path, "-x", "c++-header", "-o", path + ".gch")
            return [(often[number], path)] if good else []

        def alone(header):
            fitting = [(len(names), path) for names, path in precompiled if names <= wanted[header]]
            first = ["-include", max(fitting)[1]] if fitting else []
            good, said = cxx.run(compiler.including([header, header]), "-fsyntax-only", *first,
                                 *headers[header])
            return [] if good else [f"{header} does not compile alone:\n{said}"]

        precompiled = sum(compiler.in_parallel(precompile, range(len(often))), [])
        return (sum(compiler.in_parallel(alone, headers), []),
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
