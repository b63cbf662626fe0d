# SPDX-License-Identifier: Apache-2.0
"""The code blocks of the documentation are cut from programs that run.

In the document, a comment in front of the block names where it comes from:

    <!-- snippet: examples/01_loopback.cpp -->           the marked lines of that file
    <!-- snippet: examples/01_loopback.cpp connect -->   those marked `connect`

In the program, the lines stand between `//-- begin snippet [name]` and `//-- end snippet`.
"""

import re
import textwrap

import source

MENTION = re.compile(r"<!-- *snippet: *(\S+?)(?: +(\S+))? *-->\s*?\n+```\w*\n(.*?)^```$",
                     re.DOTALL | re.MULTILINE)
ANY_MENTION = re.compile(r"<!-- *snippet:")
MARK = re.compile(r"^\s*(?://|#)-- (begin|end) snippet ?(\S*)\s*$")


def cut(text, name):
    """The lines marked `name`, without the indentation they share; None without marks."""
    inside, lines = None, None
    for line in text.split("\n"):
        mark = MARK.match(line)
        if mark and mark[1] == "begin":
            inside = mark[2]
        elif mark:
            inside = None
        elif inside == name:
            lines = (lines or []) + [line]
    return None if lines is None else textwrap.dedent("\n".join(lines)).strip("\n") + "\n"


def check(root, path):
    text, shown, complaints = source.read(path), path.relative_to(root), []
    found = list(MENTION.finditer(text))
    if len(found) != len(ANY_MENTION.findall(text)):
        complaints.append(f"{shown}: a snippet comment is not followed by a code block")
    for match in found:
        where = f"{shown}:{text.count(chr(10), 0, match.start()) + 1}"
        program, name, block = root / match[1], match[2] or "", match[3]
        if not program.is_file():
            complaints.append(f"{where}: {match[1]} does not exist")
            continue
        wanted = cut(source.read(program), name)
        if wanted is None:
            complaints.append(f"{where}: {match[1]} marks no snippet `{name}`")
        elif wanted != block:
            complaints.append(f"{where}: differs from {match[1]}; it should read\n{wanted}")
    return complaints, len(found)


def main():
    root = source.arguments(__doc__).root.resolve()
    complaints, count = [], 0
    for path in source.files(root, "*.md", "docs/**/*.md", "adapters/*.md"):
        more, found = check(root, path)
        complaints += more
        count += found
    source.finish(complaints, f"{count} snippets agree with their programs")


if __name__ == "__main__":
    main()
