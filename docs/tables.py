#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tables of guides/tune.md and guides/troubleshoot.md against the headers.

A comment in front of a table names what it is about: `<!-- table: options -->`. Every member of the
struct, or enumerator of the enum, has one row, in the order of the header, and nothing else has.
What a row says of defaults and ranges becomes C++ that is compiled: the default is what the header
has, both ends of the range pass check(), and what lies beyond them does not.

A range is `LOW to HIGH`; an end is a number, a time, the name of another member, or `2 × NAME`.
"""

import argparse
import pathlib
import re
import subprocess
import sys

TUNE, TROUBLE = "docs/guides/tune.md", "docs/guides/troubleshoot.md"
STRUCTS = {  # table: (header, struct, the type in C++, what makes a good one, how it is checked)
    "options": ("core/options.hpp", "options", "rrdp::options", "",
                "rrdp::check(o, std::uint16_t{16'383})"),
    "capacities": ("core/capacities.hpp", "capacities", "rrdp::capacities", "", "rrdp::check(o)"),
    "node_options": ("endpoint/node_options.hpp", "node_options",
                     "rrdp::node_options<rrdp::wire::ethernet_framing>",
                     "o.node = rrdp::node_id{1}; o.address = {{2, 0, 0, 0, 0, 1}};",
                     "rrdp::check(o)"),
}
ENUMS = {"errc": "core/errc.hpp", "end_reason": "core/event.hpp", "event_kind": "core/event.hpp",
         "drop_reason": "core/statistics.hpp", "reset_reason": "wire/reset.hpp"}
PROFILES = ("lan", "paper_exact", "low_latency", "udp")
TABLE = re.compile(r"^<!-- table: (\w+) -->\n\n(\|.*?)(?=\n\n|\Z)", re.M | re.S)
COMMENT = re.compile(r"//[^\n]*")
MEMBER = re.compile(r"^    (?!friend|return|static)([\w:<>, ]+?) (\w+)(?:\{.*\}| = .*)?;", re.M)
UNITS = {"ns": 1, "µs": 10**3, "ms": 10**6, "s": 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
RANGE = re.compile(r"(.+?) (?:or more|to (.+?))"
                   r"(?: (?:segments|octets|messages|connections|numbers|a second))?")
WORDS = {"on": "true", "off": "false", "none": "{}"}
UNSAID = {"of the framing", "empty"}  # defaults that only the header can say
PLAIN = re.compile(r"bool|duration|std::uint\d+_t|wire::features|port_range|node_id")
FRONT = """#include <limits>
#include <type_traits>
#include <utility>
#include <rrdp/core/capacities.hpp>
#include <rrdp/core/profiles.hpp>
#include <rrdp/endpoint/node_options.hpp>
#include <rrdp/wire/ethernet.hpp>
using namespace rrdp;
using f = wire::features;
template <class T> constexpr auto as(T value) { return value; }
"""


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def rows(table):
    """Name and further cells of the rows of a table."""
    found = [cells(line) for line in table.split("\n")[2:]]
    return [(row[0].strip("`"), row[1:]) for row in found]


def body(text, head):
    """What stands between the braces behind `head`."""
    start = text.index("{", text.index(head))
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start + 1:at]
    raise ValueError(head)


def members(root, header, name):
    """The members of a struct and their types, in order."""
    text = COMMENT.sub("", (root / "include/rrdp" / header).read_text(encoding="utf-8"))
    return {name: kind for kind, name in MEMBER.findall(body(text, f"struct {name} {{"))}


def enumerators(root, header, name):
    text = COMMENT.sub("", (root / "include/rrdp" / header).read_text(encoding="utf-8"))
    inner = body(text, f"enum class {name} ")
    return [word for word in re.findall(r"(\w+)\s*(?:=\s*\w+)?\s*(?:,|$)", inner)
            if word != "count_"]


def value(text):
    """The C++ of what a cell says."""
    text = text.replace("`", "")
    if text in WORDS:
        return WORDS[text]
    if match := re.fullmatch(r"(\d[\d ]*(?:\.\d+)?)(?: (ns|µs|ms|s|h|d))?", text):
        number = match[1].replace(" ", "")
        if not match[2]:
            return f"{number}ULL"
        return f"rrdp::duration{{{round(float(number) * UNITS[match[2]])}}}"
    if re.fullmatch(r"[A-Z0-9]+(?:, [A-Z0-9]+)*", text):
        return " | ".join("f::" + word.lower() for word in text.split(", "))
    if match := re.fullmatch(r"(\d+) to (\d+)", text):  # of ports
        return f"(std::uint16_t{{{match[1]}}}, std::uint16_t{{{match[2]}}})"
    if match := re.fullmatch(r"(2 × )?([a-z_]+)", text):
        return ("2 * " if match[1] else "") + "o." + match[2]
    raise ValueError(text)


def equal(member, kind, text, where):
    """An assertion that `o.member` is what a cell says."""
    left = f"o.{member}"
    if text in UNSAID:
        return []
    if not PLAIN.fullmatch(kind) and re.fullmatch(r"`\w+`", text):
        right = f"decltype({left})::{text[1:-1]}"
    else:
        right = value(text)
    if right == "{}":
        right = f"decltype({left}){{}}"
    elif right.endswith("ULL"):
        right = f"static_cast<decltype({left})>({right})"
    elif kind == "port_range":
        left, right = f"std::pair({left}.first, {left}.last)", f"std::pair{right}"
    return [f'static_assert([] {{ constexpr auto o = SUBJECT; return {left} == ({right}); }}(), '
            f'"{where}: {member} is not {text}");']


def bounds(member, is_time, text, where, kind):
    """Assertions that a range is what check() allows."""
    match = RANGE.fullmatch(text)
    if not match:
        return []
    low, high = value(match[1]), value(match[2]) if match[2] else None
    _, _, cpp, good, check = STRUCTS[kind]
    wide = "o.receive_slots = 65'535;" if member == "max_outstanding" else ""
    lines = []
    for end, beyond, passes in ((low, "", True), (high, "", True), (low, "- 1", False),
                                (high, "+ 1", False)):
        if end is None:
            continue
        number = f"static_cast<long long>({end}) {beyond}"
        if is_time:
            number = f"({end}) {beyond.replace('1', 'rrdp::duration{1}')}"
        limit = f"!fits<decltype(o.{member})>({number}) || " if beyond and not is_time else ""
        given = f"o.{member} = cast<decltype(o.{member})>({number});"
        verdict = f"{check} {'==' if passes else '!='} errc::ok"
        lines.append(f"static_assert([] {{ {cpp} o{{}}; {good} {wide} "
                     f"if (!({limit}false)) {{ {given} }} return {limit}{verdict}; }}(), "
                     f'"{where}: {member} is not {text}: {beyond or "an end"}");')
    return lines


HELP = """
template <class T> constexpr bool fits(long long n) {
    if constexpr (std::is_enum_v<T>) return n >= 0 && n <= 65'535;
    else return n >= 0 && static_cast<unsigned long long>(n) <= std::numeric_limits<T>::max();
}
template <class T, class N> constexpr T cast(N n) { return static_cast<T>(n); }
"""


def struct_cpp(kind, table, types):
    """The claims of a table of members: | name | range | default | ... |."""
    _, _, cpp, good, _ = STRUCTS[kind]
    made = f"[] {{ {cpp} o{{}}; return o; }}()"
    lines = []
    for name, (span, default, *_) in rows(table):
        claims = equal(name, types.get(name, ""), default, TUNE)
        lines += [line.replace("SUBJECT", made) for line in claims]
        lines += bounds(name, types.get(name) == "duration", span, TUNE, kind)
    return lines


def profile_cpp(table, types):
    """The claims of the table of profiles; what it does not name is the default in all of them."""
    lines = []
    said = dict(rows(table))
    for name, kind in types.items():
        for at, profile in enumerate(PROFILES):
            subject = f"profiles::{profile}"
            if name in said:
                claims = equal(name, kind, said[name][at], f"{TUNE}, {profile}")
                lines += [line.replace("SUBJECT", subject) for line in claims]
            else:
                lines.append(f"static_assert({subject}.{name} == options{{}}.{name}, "
                             f'"{TUNE}: {profile} has another {name}, which the table lacks");')
    return lines


def compare(where, wanted, found):
    """Whether a table has the rows that it should have, in order."""
    complaints = [f"{where}: no row for `{name}`" for name in wanted if name not in found]
    complaints += [f"{where}: there is no `{name}`" for name in found if name not in wanted]
    if not complaints and list(found) != list(wanted):
        complaints = [f"{where}: the rows are not in the order of the header"]
    return complaints


def thin(where, table):
    """Rows without advice."""
    return [f"{where}: `{name}` has an empty cell" for name, row in rows(table) if "" in row]


def examine(root):
    """(what is wrong with the rows, the C++ of what they claim)"""
    complaints, lines = [], []

    def claim(make, *given):
        try:
            lines.extend(make(*given))
        except ValueError as e:
            complaints.append(f"{TUNE}: cannot tell what this means: {e}")

    tables = {page: dict(TABLE.findall((root / page).read_text(encoding="utf-8")))
              for page in (TUNE, TROUBLE) if (root / page).exists()}
    for page, kinds in ((TUNE, [*STRUCTS, "profiles"]), (TROUBLE, list(ENUMS))):
        for kind in kinds:
            where = f"{page}, {kind}"
            table = tables.get(page, {}).get(kind)
            if table is None:
                complaints.append(f"{page}: there is no table of {kind}")
                continue
            found = [name for name, _ in rows(table)]
            complaints += thin(where, table)
            if kind in STRUCTS:
                complaints += compare(where, members(root, *STRUCTS[kind][:2]), found)
                claim(struct_cpp, kind, table, members(root, *STRUCTS[kind][:2]))
            elif kind in ENUMS:
                complaints += compare(where, enumerators(root, ENUMS[kind], kind), found)
            else:
                claim(profile_cpp, table, members(root, *STRUCTS["options"][:2]))
    return complaints, lines


def compiled(root, compiler, lines):
    """What a compiler says of the claims."""
    source = FRONT + HELP + "\n".join(lines) + "\n"
    result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{root}/include",
                             "-x", "c++", "-"], input=source, text=True, capture_output=True,
                            check=False)
    said = re.findall(r"static.assert[^\n]* failed[^\n]*?([^\n:\"]*\.md[^\n\"]*)", result.stderr)
    if result.stderr.count("error:") > len(said):
        said.append(result.stderr)
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the root of the source tree")
    parser.add_argument("--compiler", default="g++")
    options = parser.parse_args()
    root = options.root.resolve()
    complaints, lines = examine(root)
    complaints = complaints or compiled(root, options.compiler, lines)
    if complaints:
        print("\n".join(complaints))
        sys.exit(f"{len(complaints)} complaint(s)")
    print(f"{len(lines)} claims of the tables agree with the headers")


if __name__ == "__main__":
    main()
