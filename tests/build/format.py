# SPDX-License-Identifier: Apache-2.0
"""Every C++ source is set as clang-format 14 sets it, except what it cannot set.

Left to the hand are enumerations, concepts and other requirements, tables (initialisers of several
lines), and how far to the right a comment at the end of a line stands. With --fix the files are
rewritten.
"""

import difflib
import pathlib
import re
import shutil
import subprocess
import tempfile

import compiler
import source

# The marks that clang-format knows, in the form that no source of ours uses.
OFF, ON = "/* clang-format off */", "/* clang-format on */"
MARKS = re.compile(r"^[ \t]*/\* clang-format (?:off|on) \*/\n|[ \t]*/\* clang-format off \*/",
                   re.MULTILINE)

SHARES = 8  # of the files, formatted by one process each

RULES = re.compile(r"^\s*(?:enum (?:class |struct )?\w|concept\b|requires\b)"
                   r"|\brequires(?: ?\(.*\))? \{")
TABLE = re.compile(r"(?:\breturn|[=\w>]) ?\{[^(){}]*,?$|[=(,] ?\{+[^(){}]*,$")
NO_TABLE = re.compile(r"^\s*(?:template|class|struct|union|namespace|else|do|try|extern|\}|public)"
                      r"|\b(?:class|struct|namespace|union)\b[^=]*\{$|\)[^{}=]*\{$")


def hand_set(lines):
    """Brackets the regions that are set by hand with marks that are taken out again."""
    marked, at = [], 0
    while at < len(lines):
        last = region_end(lines, at)
        if last is None:
            marked.append(lines[at])
            at += 1
        else:
            marked += [OFF, *lines[at:last + 1], ON]
            at = last + 1
    return marked


def region_end(lines, first):
    """The last line of the hand-set region that starts at `first`, or None."""
    rule = RULES.search(lines[first])
    if not rule and (not TABLE.search(lines[first]) or NO_TABLE.search(lines[first])):
        return None
    concept = lines[first].lstrip().startswith("concept")
    depth = 0
    for last in range(first, len(lines)):
        code = source.code_lines(lines[last])[0].rstrip()
        depth += sum(code.count(c) for c in "{(") - sum(code.count(c) for c in "})")
        if depth <= 0 and (code.endswith(";") or not concept):
            return last
    return None


def formatted(tool, root, paths, texts):
    """What the tool makes of the texts: it starts slowly, so it gets many files at once, copies."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(root / ".clang-format", folder)
        copies = [pathlib.Path(folder, path.relative_to(root)) for path in paths]
        for copy, text in zip(copies, texts):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text("\n".join(hand_set(text.split("\n"))), encoding="utf-8")
        compiler.in_parallel(
            lambda some: subprocess.run([tool, "--style=file", "-i", *some], check=True),
            [some for some in (copies[first::SHARES] for first in range(SHARES)) if some])
        # clang-format 14 takes a call of the global operator for a new-expression.
        return [re.sub(r"::operator (new|delete) \(", r"::operator \1(",
                       MARKS.sub("", source.read(copy))) for copy in copies]


def differences(lines, wanted):
    """The stretches that differ in more than the place of a comment at the end of a line."""
    def loose(line):
        return re.sub(r"(?<=\S) {2,}//", "  //", line)

    matcher = difflib.SequenceMatcher(None, [loose(line) for line in lines],
                                      [loose(line) for line in wanted], autojunk=False)
    return [change for change in matcher.get_opcodes() if change[0] != "equal"]


def main():
    options = source.arguments(__doc__, ("--clang-format", {"default": "clang-format"}),
                               ("--fix", {"action": "store_true"}))
    root, complaints = options.root.resolve(), []
    paths = source.files(root, *(f"{folder}/**/*.{kind}" for kind in ("hpp", "cpp") for folder in
                                 ("include", "adapters", "examples", "fuzz", "tests")))
    texts = [source.read(path) for path in paths]
    wanted_texts = formatted(options.clang_format, root, paths, texts)
    for path, text, wanted_text in zip(paths, texts, wanted_texts):
        lines, wanted = text.split("\n"), wanted_text.split("\n")
        changes = differences(lines, wanted)
        if options.fix and changes:
            for _, first, last, start, end in reversed(changes):
                lines[first:last] = wanted[start:end]
            path.write_text("\n".join(lines), encoding="utf-8")
            continue
        for _, first, last, start, end in changes:
            complaints.append("\n".join(
                [f"{path.relative_to(root)}:{first + 1}: clang-format sets it otherwise",
                 *("-" + line for line in lines[first:last]),
                 *("+" + line for line in wanted[start:end])]))
    source.finish(complaints, f"{len(paths)} sources are set as clang-format sets them")


if __name__ == "__main__":
    main()
