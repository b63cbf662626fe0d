# SPDX-License-Identifier: Apache-2.0
"""Each check passes on a small good tree, and fails on that tree with one thing wrong in it."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import compiler

HERE = pathlib.Path(__file__).resolve().parent
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = LICENCE + "#pragma once\n\n"

# The good tree: two layers, an umbrella, an adapter, an example, documents and a test.
TREE = {
    "tests/build/layers.txt": "# SPDX-License-Identifier: Apache-2.0\n"
                              "base: octets time\nwire: seq16 codec\nlink: pump\n",
    "include/rrdp/base/octets.hpp": HEADER + "#include <cstddef>\n",
    "include/rrdp/base/time.hpp": HEADER + "#include <chrono>\n",
    "include/rrdp/wire/seq16.hpp":
        HEADER + "// R-1.1, R-1.2\n#include <rrdp/base/octets.hpp>\n",
    "include/rrdp/wire/codec.hpp":
        HEADER + "#include <rrdp/wire/seq16.hpp>\n\ninline int f() {\n    return 1;\n}\n",
    "include/rrdp/link/pump.hpp": HEADER + "#include <rrdp/base/time.hpp>\n",
    "include/rrdp/rrdp.hpp":
        HEADER + "#include <rrdp/link/pump.hpp>\n#include <rrdp/wire/codec.hpp>\n",
    "adapters/rrdp/adapters/wire.hpp": HEADER + "#include <rrdp/wire/codec.hpp>\n",
    "examples/one.cpp": LICENCE + "//-- begin snippet\nint main() {}\n//-- end snippet\n",
    "docs/protocol/one.md": "# One\n\n## 1 One\n\n- **R-1.1** One MUST.\n- **R-1.2** Two SHOULD.\n",
    "docs/protocol/cases.md": "# Cases\n\n## A\n\n| T-A1 | one | R-1.1 |\n",
    "docs/protocol/exceptions.md": "# Exceptions\n",
    "tests/one_test.cpp": LICENCE + 'TEST_CASE("one: is", "[one][R-1.1][R-1.2][T-A1]") {}\n',
    "docs/one.md": "<!-- snippet: examples/one.cpp -->\n```cpp\nint main() {}\n```\n",
    "docs/README.md": "# Front\n",
    "docs/mkdocs.yml": "site_name: One\ndocs_dir: pages\nuse_directory_urls: false\nnav:\n"
                       "  - README.md\n  - one.md\n  - Protocol: protocol/*\n",
    "docs/Doxyfile": "INPUT = include\nRECURSIVE = YES\nGENERATE_LATEX = NO\nHAVE_DOT = NO\n"
                     "HTML_OUTPUT = api\nQUIET = YES\nWARN_AS_ERROR = FAIL_ON_WARNINGS\n",
    "tests/build/compile_fail/two.cpp": LICENCE + "// says: two\n#ifdef MISTAKE\nint x = two;\n"
                                                  "#endif\n",
}

SEQ16, CODEC = "include/rrdp/wire/seq16.hpp", "include/rrdp/wire/codec.hpp"
TIME, PUMP, ADAPTER = ("include/rrdp/base/time.hpp", "include/rrdp/link/pump.hpp",
                       "adapters/rrdp/adapters/wire.hpp")
SITE = "../../docs/site.py"
TABLES = "../../docs/tables.py"
TUNE, TROUBLE = "docs/guides/tune.md", "docs/guides/troubleshoot.md"
REAL = {TABLES: ("include/rrdp", TUNE, TROUBLE)}  # what a check is shown of this tree
CONFORMANCE = "../../docs/conformance.py --check"
TEST, EXCEPTIONS = "tests/one_test.cpp", "docs/protocol/exceptions.md"


def adds(path, *lines):
    """The good file `path` with lines at its end."""
    return {path: TREE[path] + "\n".join(lines) + "\n"}


def function(*body):
    return adds(CODEC, "inline void g(int n) {", *body, "}")


def replaces(path, old, new):
    """The good file `path` with other words in it."""
    return {path: TREE[path].replace(old, new)}


def edits(path, old, new):
    """The file `path` of this tree with other words in it."""
    return {path: (old, new)}


# (check, what is wrong, what the check says)
CASES = [
    ("layering.py", adds(SEQ16, "#include <rrdp/wire/codec.hpp>"), "does not stand before"),
    ("layering.py", adds(TIME, "#include <rrdp/wire/seq16.hpp>"), "does not stand before"),
    ("layering.py", {"include/rrdp/wire/new.hpp": HEADER}, "is not in tests/build/layers.txt"),
    ("layering.py", {SEQ16: None}, "listed but does not exist"),
    ("layering.py", adds(SEQ16, "#include <rrdp/base/time.hpp>"), "brings time to the wire"),
    ("layering.py", adds(SEQ16, "#include <chrono>"), r"is for base/time\.hpp alone"),
    ("layering.py", adds(SEQ16, "#include <vector>"), "is banned"),
    ("layering.py", adds(PUMP, "#include <sys/socket.h>"), "no header of the standard library"),
    ("layering.py", adds(PUMP, '#include "octets.hpp"'), "quotes"),
    ("layering.py", {"include/rrdp/core/x.hpp": HEADER, **adds(PUMP, "#include <rrdp/core/x.hpp>"),
                     "tests/build/layers.txt": "base: octets time\nwire: seq16 codec\ncore: x\n"
                                               "link: pump\n"}, "which links do not know"),
    ("layering.py", {"include/rrdp/core/x.hpp": HEADER,
                     **adds(ADAPTER, "#include <rrdp/core/x.hpp>")}, "which adapters do not know"),
    ("layering.py", {"include/rrdp/testing/x.hpp": HEADER + "#include <rrdp/adapters/wire.hpp>\n"},
     "is an adapter"),
    ("layering.py", {"include/rrdp/rrdp.hpp": HEADER}, r"does not bring wire/codec\.hpp"),

    ("tidy.py", adds(CODEC, "// " + "x" * 98), "101 columns"),
    ("tidy.py", adds(CODEC, *["// x"] * 300), r"30\d lines"),
    ("tidy.py", adds("examples/one.cpp", *["// x"] * 80), r"8\d lines"),
    ("tidy.py", function(*["    ++n;"] * 59), "function of 61 lines"),
    ("tidy.py", function("    for (;;)", "        while (n)", "            if (n)",
                         "                if (n) ++n;"), "nested 4 deep"),
    ("tidy.py", function("    auto f = [&] {", "        for (;;) {", "            if (n) {",
                         "                do ++n; while (n);", "            }", "        }",
                         "    };"), "nested 4 deep"),
    ("tidy.py", adds(CODEC, "inline int* p = new int;"), "raw new"),
    ("tidy.py", adds(CODEC, "inline auto t = std::chrono::steady_clock::now();"), "reads no clock"),
    ("tidy.py", function("    throw n;"), "throws nothing"),
    ("tidy.py", function("    reinterpret_cast<char&>(n) = 0;"), "reinterpret_cast"),
    ("tidy.py", adds(ADAPTER, "auto a = reinterpret_cast<char*>(1);",
                     "auto b = reinterpret_cast<char*>(1);"), "only an adapter may have one"),
    ("tidy.py", function("    assert(n);"), "use RRDP_ASSERT"),
    ("tidy.py", adds("examples/one.cpp", "using namespace std;"), "using namespace"),
    ("tidy.py", adds("examples/one.cpp", "auto x = &std::endl<char>;"), "flushes"),
    ("tidy.py", adds(CODEC, "#ifdef X", "#endif"), "conditional compilation"),
    ("tidy.py", adds(CODEC, "static int x = 0;"), "internal linkage"),
    ("tidy.py", adds(CODEC, "namespace {", "}"), "internal linkage"),
    ("tidy.py", adds(CODEC, "// f(1);"), "code in a comment"),
    ("tidy.py", adds(CODEC, "// TO" "DO"), "unfinished"),
    ("tidy.py", adds("docs/one.md", "see /ho" "me/me/x"), "somebody's machine"),
    ("tidy.py", adds("docs/one.md", "see iss" "ue 7"), "means nothing elsewhere"),
    ("tidy.py", adds(CODEC, "int\tx;"), "a tab"),
    ("tidy.py", adds(CODEC, "int x; "), "trailing blanks"),
    ("tidy.py", {CODEC: TREE[CODEC].rstrip("\n")}, "has no end"),
    ("tidy.py", {CODEC: TREE[CODEC][len(LICENCE):]}, "first line is not"),
    ("tidy.py", {CODEC: LICENCE + "int x;\n"}, "pragma once"),

    ("snippets.py", {"docs/one.md": TREE["docs/one.md"].replace("{}", "{ }")}, "differs from"),
    ("snippets.py", {"examples/one.cpp": LICENCE}, "marks no snippet"),
    ("snippets.py", {"examples/one.cpp": None}, "does not exist"),
    ("snippets.py", {"docs/one.md": "<!-- snippet: examples/one.cpp -->\n"}, "not followed by"),

    ("format.py", adds(CODEC, "inline int  x{};"), "clang-format sets it otherwise"),

    ("headers.py self_contained", adds(CODEC, "inline unknown_type x;"), "does not compile alone"),
    ("headers.py self_contained", {CODEC: LICENCE + "inline int f() { return 1; }\n"},
     "does not compile alone"),
    ("headers.py odr", adds(CODEC, "int twice() { return 2; }"), "two units do not link"),
    ("headers.py no_exceptions_no_rtti", function("    throw n;"), "exception"),
    ("headers.py no_exceptions_no_rtti", adds(CODEC, "struct s { virtual ~s() = default; };",
                                              "inline bool is(s* p) {",
                                              "    return dynamic_cast<void*>(p) != nullptr;",
                                              "}", "#include <typeinfo>",
                                              "inline auto t = typeid(s).name();"), "rtti"),
    ("headers.py standards", adds(CODEC, "inline int linux = 0;"), r"as gnu\+\+20"),
    ("headers.py include_budget", adds(CODEC, *["int f();"] * 15_000), "at most 15000"),

    ("compile_fail.py", {"tests/build/compile_fail/two.cpp": LICENCE + "// says: two\n"},
     "the mistake compiles"),
    ("compile_fail.py", {"tests/build/compile_fail/two.cpp":
                         TREE["tests/build/compile_fail/two.cpp"].replace("= two", "= three")},
     "nobody says"),
    ("compile_fail.py", adds("tests/build/compile_fail/two.cpp", "int y = two;"),
     "even without the mistake"),
    ("compile_fail.py", {"tests/build/compile_fail/two.cpp": LICENCE}, "has no line"),

    (SITE, {"docs/two.md": "# Two\n"}, r"docs/two\.md: not in the navigation"),
    (SITE, {"docs/one.md": None}, r"docs/one\.md does not exist"),
    (SITE, adds("docs/mkdocs.yml", "  - one.md"), "stands there twice"),
    (SITE, adds("docs/one.md", "", "[two](two.md)"), r"contains a link to 'two\.md'"),
    (SITE, adds("docs/one.md", "", "[two](#two)"), "#two: no such place"),
    (SITE, adds("docs/one.md", "", '<a href="two.html">two</a>'), r"two\.html leads nowhere"),
    (SITE, adds(CODEC, "/// One.", "struct one {", "    /// \\param m is none", "    int g(int n);",
                "};"), "argument 'm'"),
    (SITE, adds(CODEC, "/// One.", "struct one {", "    int g(int n);", "};"), "is not documented"),

    (TABLES, edits(TUNE, "365 d | 20 ms |", "365 d | 21 ms |"), "msl is not 21 ms"),
    (TABLES, edits(TUNE, "1 to 255", "1 to 254"), "weight is not 1 to 254"),
    (TABLES, edits(TUNE, "0.5 s | 30 s", "0.5 s | 31 s"), "udp: linger is not 31 s"),
    (TABLES, edits(TUNE, "| `rings` |", "| `ring` |"), "no row for `rings`"),
    (TABLES, edits(TUNE, "1 to 255", "1 to ?"), "cannot tell what this means: [?]"),
    (TABLES, edits("include/rrdp/core/options.hpp", "    bool urgent",
                   "    bool fresh;\n    bool urgent"), "no row for `fresh`"),
    (TABLES, edits("include/rrdp/core/errc.hpp", "    not_open,", "    fresh,\n    not_open,"),
     "no row for `fresh`"),
    (TABLES, edits(TROUBLE, "| `peer_closed` |", "| `peer_close` |"), "there is no `peer_close`"),

    (CONFORMANCE, replaces(SEQ16, "R-1.1, ", ""), r"R-1\.1 \(MUST\) has no code"),
    (CONFORMANCE, replaces(SEQ16, "// R-1.1, R-1.2", "int x; char y[] = \"R-1.1\";"),
     r"R-1\.1 \(MUST\) has no code"),
    (CONFORMANCE, replaces(TEST, "[R-1.1]", ""), r"R-1\.1 \(MUST\) has no test"),
    (CONFORMANCE, replaces(TEST, "[R-1.2]", ""), "of 1 SHOULDs only 0"),
    (CONFORMANCE, replaces(TEST, "[T-A1]", ""), r"T-A1 \(case\) has no test"),
    (CONFORMANCE, replaces(TEST, "[T-A1]", "[T-A1][R-1.3]"), r"is called R-1\.3"),
    (CONFORMANCE, replaces(TEST, "[T-A1]", "[T-A1][B-9]"), "is called B-9"),
    (CONFORMANCE, replaces(SEQ16, "R-1.2", "R-1.2, R-7.9"), r"R-7\.9 does not exist"),
    (CONFORMANCE, replaces("docs/protocol/one.md", "MUST", "may"), "says neither MUST nor"),
    (CONFORMANCE, replaces("docs/protocol/one.md", "One MUST", "It MUST"), "is not up to date"),
    (CONFORMANCE, {"docs/conformance.md": "# Conformance\n"}, "is not up to date"),
    (CONFORMANCE, adds(EXCEPTIONS, "| R-1.1 | not yet | nobody has done it |"), "take it out"),
    (CONFORMANCE, adds(EXCEPTIONS, "| R-9.9 | argued | nobody wants to have it |"),
     r"R-9\.9 does not exist"),
    (CONFORMANCE, adds(EXCEPTIONS, "| R-1.1 | argued | no |"), "has no argument"),
    (CONFORMANCE, adds(EXCEPTIONS, "| R-1.1 | some day | nobody has done it |"), "none of"),
    (CONFORMANCE, adds(EXCEPTIONS, *[f"| R-2.{n} | not yet | nobody has done it |"
                                     for n in range(300)]), "at most may be"),
]


def write(root, tree):
    for path, content in tree.items():
        file = root / path
        if content is None:
            file.unlink()
            continue
        if isinstance(content, tuple):
            content = file.read_text(encoding="utf-8").replace(*content, 1)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def run(check, root, options):
    """(succeeded, what was written) of a check on the tree in `root`."""
    script, *name = check.split()
    command = [sys.executable, "-B", str(HERE / script), str(root), *name]
    if script in ("headers.py", "compile_fail.py", TABLES):
        command += ["--compiler", options.compiler]
    if script == "format.py":
        command += ["--clang-format", options.clang_format]
        shutil.copy(options.root / ".clang-format", root)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stdout + result.stderr


def verdict(check, wrong, says, options):
    """What is wrong with a check, or None: `wrong` is laid over the good tree."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write(root, TREE)
        for path in REAL.get(check, ()):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            if (options.root / path).is_dir():
                shutil.copytree(options.root / path, root / path, dirs_exist_ok=True)
            else:
                shutil.copyfile(options.root / path, root / path)
        if check == CONFORMANCE:
            run(check.split()[0], root, options)  # writes the document
        write(root, wrong)
        good, said = run(check, root, options)
    if not wrong:
        return None if good else f"{check}: complains of the good tree:\n{said}"
    if good or not re.search(says, said) or "Traceback" in said:
        return f"{check}: does not say `{says}` of {list(wrong)}, but:\n{said}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--clang-format", default="")
    options = parser.parse_args()
    lacking = {"format.py": not options.clang_format,
               SITE: not (shutil.which("mkdocs") and shutil.which("doxygen"))}
    cases = [case for case in CASES if not lacking.get(case[0])]
    checks = dict.fromkeys(check for check, _, _ in cases)
    verdicts = compiler.in_parallel(lambda case: verdict(*case, options),
                                    [(check, {}, "") for check in checks] + cases)
    faults = [fault for fault in verdicts if fault]
    print("\n".join(faults) or f"{len(checks)} checks fail where they should, in {len(cases)} ways")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
