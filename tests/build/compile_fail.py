# SPDX-License-Identifier: Apache-2.0
"""What must not compile, and why not.

Each file in compile_fail/ names what every compiler says about the mistake, as a regular
expression in a line `// says: ...`. The file must compile as it is, and must not compile with
-DMISTAKE, which lets the wrong line in: so the wrong line, and nothing else, is what is refused.
Only the compiler's own words count, not the code it quotes.
"""

import re

import compiler
import source

SAYS = re.compile(r"^// says: (.+)$", re.MULTILINE)
WORDS = re.compile(r"\b(?:error|note): (.*)")
STRICT = ("-fsyntax-only", "-Wall", "-Werror")


def check(cxx, path):
    name, says = path.relative_to(cxx.root), SAYS.search(source.read(path))
    if not says:
        return [f"{name}: has no line `// says: ...`"]
    good, said = cxx.run_file(path, *STRICT)
    if not good:
        return [f"{name}: does not compile even without the mistake:\n{said}"]
    good, said = cxx.run_file(path, *STRICT, "-DMISTAKE")
    if good:
        return [f"{name}: the mistake compiles"]
    if not re.search(says[1], "\n".join(WORDS.findall(said))):
        return [f"{name}: the mistake is refused, but nobody says `{says[1]}`:\n{said}"]
    return []


def main():
    options = source.arguments(__doc__, *compiler.ARGUMENTS)
    cxx = compiler.Compiler(options)
    paths = source.files(cxx.root, "tests/build/compile_fail/*.cpp")
    complaints = sum(compiler.in_parallel(lambda path: check(cxx, path), paths), [])
    if not paths:
        complaints = ["tests/build/compile_fail holds no cases"]
    source.finish(complaints, f"{len(paths)} mistakes are refused, each for its reason")


if __name__ == "__main__":
    main()
