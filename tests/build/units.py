# SPDX-License-Identifier: Apache-2.0
"""Writes files that include test files, several each, and prints their names.

Most of the work of compiling a test file is the engine's templates: files that are compiled
together share them. What two files call by the same name keeps them apart.
"""

import argparse
import pathlib
import re

# What a file declares at the start of a line, which is where namespaces end up; read roughly.
TYPE = re.compile(r"^(?:template <.*> )?(?:struct|class|enum(?: class)?) (\w+)(?! *;)",
                  re.MULTILINE)
OTHER = re.compile(r"^(?!using|namespace|template|return|static_assert|[A-Z_]+\()"
                   r"[A-Za-z_][\w:<>,&* ]*?[ &*](\w+)(?:\(|\{|\[| =|;)", re.MULTILINE)
BOUND = re.compile(r"^(?:#define (\w+)|(?:using|namespace) (\w+) =)", re.MULTILINE)


def names(path):
    text = path.read_text(encoding="utf-8")
    return {match[match.lastindex] for kind in (TYPE, OTHER, BOUND)
            for match in kind.finditer(text)}


class Unit:
    def __init__(self):
        self.paths, self.names = [], set()

    def takes(self, path, most):
        """Whether `path` could be added."""
        found = names(path)
        if len(self.paths) >= most or found & self.names:
            return False
        self.paths.append(path)
        self.names |= found
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("prefix", help="of the files to write; each gets a number")
    parser.add_argument("most", type=int, help="files in one unit")
    parser.add_argument("paths", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    units = []
    for path in options.paths:
        if not any(unit.takes(path, options.most) for unit in units):
            units.append(Unit())
            units[-1].takes(path, options.most)
    for number, unit in enumerate(units):
        written = pathlib.Path(f"{options.prefix}{number}.cpp")
        text = "".join(f'#include "{path.as_posix()}"\n' for path in unit.paths)
        if not written.exists() or written.read_text(encoding="utf-8") != text:
            written.write_text(text, encoding="utf-8")
        print(written.as_posix())


if __name__ == "__main__":
    main()
