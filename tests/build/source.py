# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder share: finding files, reading C++ roughly, reporting."""

import argparse
import pathlib
import re
import sys

NOT_OURS = {"build", ".git"}  # at the root of the tree

# Comments, then literals (raw ones first), then what the checks look at.
TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<literal>R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)" | "(?:\\.|[^"\\\n])*"
                   | (?<![\w'])'(?:\\.|[^'\\\n])+')
      | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*?(?=//|/\*|\n|\Z))
      | (?P<word>[A-Za-z_]\w*) | (?P<number>\d(?:[\w.']|(?<=[eEpP])[+-])*)
      | (?P<mark2>::|->|<=>|[=!<>+\-*/%&|^]=|&&|\|\||\[\[|\]\]|[^\s\w])""",
    re.VERBOSE | re.MULTILINE | re.DOTALL)


class Token:
    """One token: its kind (comment, literal, directive, word, number, mark), text and line."""

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def tokens(text):
    """The tokens of a C++ source, comments and preprocessor lines included."""
    line, at, found = 1, 0, []
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        kind = match.lastgroup if match.lastgroup != "mark2" else "mark"
        found.append(Token("literal" if kind == "mark" and match["literal"] else kind,
                           match.group(), line))
    return found


def code_lines(text):
    """The lines of a C++ source without comments and with empty literals; numbers agree."""
    def blank(match):
        kept = '""' if match["literal"] else ""
        return kept + "\n" * match.group().count("\n")

    return TOKEN.sub(lambda m: blank(m) if m["comment"] or m["literal"] else m.group(),
                     text).split("\n")


def files(root, *patterns):
    """The files under `root` that match one of the glob patterns, sorted, without build trees."""
    found = {path for pattern in patterns for path in root.glob(pattern)
             if path.is_file() and path.relative_to(root).parts[0] not in NOT_OURS}
    return sorted(found)


def read(path):
    return path.read_text(encoding="utf-8")


def arguments(description, *more):
    """Parses the command line: every check takes the root of the tree first."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("root", type=pathlib.Path, help="the root of the source tree")
    for name, options in more:
        parser.add_argument(name, **options)
    return parser.parse_args()


def finish(complaints, what):
    """Prints every complaint and exits with the verdict."""
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaint(s)")
    print(what)
