# SPDX-License-Identifier: Apache-2.0
"""The house style, as far as it can be counted: columns, lengths, nesting, and banned words."""

import re

import source

COLUMNS = 100
HEADER_LINES = 300   # include/
ADAPTER_LINES = 400  # adapters/
EXAMPLE_LINES = 80   # examples/, but not examples/tools/
FUNCTION_LINES = 60
NESTING = 3          # include/ and adapters/

CPP = ("include/**/*.hpp", "adapters/**/*.hpp", "examples/**/*.[ch]pp", "tests/**/*.[ch]pp",
       "fuzz/**/*.[ch]pp")
SCRIPTS = ("**/*.py", "**/*.sh", "**/*.cmake", "**/CMakeLists.txt", "**/run", ".ci/*",
           "tests/campaign", "tests/build/layers.txt", ".clang-format", ".clang-tidy")
TEXTS = ("**/*.md", "**/*.json", "**/*.txt", ".editorconfig", ".gitignore")

# (pattern over code without comments and literals, what to say)
EVERYWHERE = [
    (r"\bassert\s*\(", "use RRDP_ASSERT"),
    (r"\bstd\s*::\s*endl\b", "std::endl flushes: write '\\n'"),
    (r"^using namespace\b(?! std::\w*literals;)", "`using namespace` at namespace scope"),
]
HEADERS = [
    (r"(?<!operator )\bnew\b(?!\s*>)", "raw new"),
    (r"^(?:static\b(?! constexpr\b.*\(\) const)|namespace \{|namespace$)",
     "internal linkage in a header: use inline"),
]
LAYERS = HEADERS + [
    (r"(?:::|\.)\s*now\s*\(", "the engine reads no clock"),
    (r"\bthrow\b|\btry\b|\bcatch\b", "the engine throws nothing"),
    (r"\breinterpret_cast\b", "reinterpret_cast"),
    (r"\bdynamic_cast\b|\btypeid\b", "the engine has no run-time types"),
    (r"\busing namespace\b", "`using namespace`"),
    (r"\bstd::(?:thread|mutex|function|string|vector|shared_ptr|unique_ptr)\b", "banned type"),
]
CONDITIONAL = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif|else)\b")
CONDITIONAL_ALLOWED = {"include/rrdp/base/assert.hpp", "include/rrdp/version.hpp",
                       "include/rrdp/wire/crc32c_instruction.hpp"}  # what a processor has
LAYER_FOLDERS = ("base/", "core/", "endpoint/", "framings/", "link/", "wire/")

# Assembled from parts, so that this file does not accuse itself.
PLACES = r"(?<![\w.~])/(?:wo" r"rk|ho" r"me|ro" r"ot|Us" r"ers)/"
WORDS = [
    (PLACES, "an absolute path of somebody's machine"),
    (r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b", "unfinished: finish it or leave it out"),
    (r"(?i)\b(?:iss" r"ue|tick" r"et) #?\d+\b", "a number that means nothing elsewhere"),
]
CODE_IN_COMMENT = re.compile(r"^\s*//[^/].*(?:\)|\w|\]);\s*$")


class Function:
    """A function body found in a source: where it starts and ends, how deep it nests."""

    def __init__(self, first, last, depth):
        self.first, self.last, self.depth = first, last, depth


class Reader:
    """Finds functions by matching braces: enough for code that clang-format has set."""

    SCOPES = {"namespace", "class", "struct", "union"}
    CONTROL = {"if", "for", "while", "switch"}

    def __init__(self, text):
        self.tokens = [t for t in source.tokens(text) if t.kind not in ("comment", "directive")]
        self.at, self.functions = 0, []
        self.scope()

    def peek(self, ahead=0):
        position = self.at + ahead
        return self.tokens[position].text if position < len(self.tokens) else ""

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def match(self, opening, closing):
        """Skips a balanced pair, starting at its opening token."""
        depth = 0
        while self.at < len(self.tokens):
            text = self.take().text
            depth += (text in opening) - (text in closing)
            if depth == 0:
                return

    def scope(self):
        """Reads declarations up to the brace that closes the scope."""
        head = []
        while self.at < len(self.tokens):
            text = self.peek()
            if text == "}":
                self.take()
                return
            if text == "{":
                self.open_brace(head)
            elif text in ("(", "["):
                head.append(self.tokens[self.at])
                self.match({text}, {")" if text == "(" else "]"})
                head.append(self.tokens[self.at - 1])
            elif text == "[[":
                self.match({"[["}, {"]]"})
            elif text == "template" and self.peek(1) == "<":
                self.take()
                self.angles()
            else:
                ends = text == ";" or (text == ":" and head and head[-1].text in
                                       ("public", "private", "protected"))
                head.append(self.take())
                head = [] if ends else head

    def angles(self):
        depth = 0
        while self.at < len(self.tokens):
            text = self.take().text
            depth += {"<": 1, ">": -1}.get(text, 0)
            if depth == 0:
                return

    def open_brace(self, head):
        """Decides what a brace after `head` opens, reads it, and empties the head if it ends."""
        words = [t.text for t in head]
        if self.SCOPES & set(words) and "(" not in words and "=" not in words:
            self.take()
            self.scope()
        elif "(" not in words or "enum" in words or self.assigned(words):
            first = self.at
            self.match({"{"}, {"}"})
            self.lambdas(first)
            if "enum" not in words:
                return  # an initialiser: the declaration goes on
        else:
            first = self.at
            self.match({"{"}, {"}"})
            if self.peek() in (",", "{"):
                return  # a member initialiser: the body is still to come
            self.record(head[0].line, first)
        head.clear()

    @staticmethod
    def assigned(words):
        return "=" in words and not (
            "operator" in words and words[words.index("=") - 1] == "operator")

    def record(self, line, first):
        """Enters the function whose body is the tokens from `first` to here."""
        end, self.at = self.at, first + 1
        depth = self.block(0)
        self.at = end
        self.functions.append(Function(line, self.tokens[end - 1].line, depth))

    def lambdas(self, first):
        """An initialiser at namespace scope may hold a function: measure it as one."""
        if any(t.text in self.CONTROL for t in self.tokens[first:self.at]):
            self.record(self.tokens[first].line, first)

    def block(self, depth):
        """The deepest nesting of the statements up to the closing brace, itself at `depth`."""
        deepest = depth
        while self.at < len(self.tokens) and self.peek() != "}":
            deepest = max(deepest, self.statement(depth))
        self.at += 1
        return deepest

    def statement(self, depth):
        text = self.take().text
        if text == "{":
            return self.block(depth)
        if text in self.CONTROL:
            if self.peek() == "constexpr":
                self.take()
            if self.peek() == "(":
                self.match({"("}, {")"})
            return self.branches(depth)
        if text in ("do", "try"):
            return self.statement(depth + 1)
        return self.expression(text, depth)

    def branches(self, depth):
        """What a condition controls; `else if` is no deeper than its `if`."""
        deepest = self.statement(depth + 1)
        while self.peek() in ("else", "catch"):
            if self.take().text == "catch":
                self.match({"("}, {")"})
                deepest = max(deepest, self.statement(depth + 1))
            elif self.peek() == "if":
                deepest = max(deepest, self.statement(depth))
            else:
                deepest = max(deepest, self.statement(depth + 1))
        return deepest

    def expression(self, text, depth):
        """Up to the semicolon; statements inside its braces are those of a lambda."""
        deepest, round_depth = depth, 0
        while True:
            round_depth += (text == "(") - (text == ")")
            if text == "{":
                deepest = max(deepest, self.lambda_body(depth))
            elif text == ";" and round_depth <= 0 or text == ":" and round_depth == 0:
                return deepest
            if self.at >= len(self.tokens) or (self.peek() == "}" and round_depth <= 0):
                return deepest
            text = self.take().text

    def lambda_body(self, depth):
        inner = self.block(depth + 1)
        return inner if inner > depth + 1 else depth


def shown(root, path):
    return path.relative_to(root).as_posix()


def check_text(name, text):
    """What holds for every file: no tabs, no trailing blanks, an end, no words of elsewhere."""
    complaints = []
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            complaints.append(f"{name}:{number}: trailing blanks")
        if "\t" in line:
            complaints.append(f"{name}:{number}: a tab")
        complaints += [f"{name}:{number}: {message}" for pattern, message in WORDS
                       if re.search(pattern, line)]
    if text and not text.endswith("\n"):
        complaints.append(f"{name}: the last line has no end")
    return complaints


def check_source(name, text, comment):
    """What holds for every source and script: the licence line and the columns."""
    lines = text.split("\n")
    first = 1 if lines[0].startswith("#!") else 0
    licence = comment + " SPDX-License-Identifier: Apache-2.0"
    complaints = []
    if lines[first:first + 1] != [licence]:
        complaints.append(f"{name}:{first + 1}: the first line is not `{licence}`")
    complaints += [f"{name}:{number}: {len(line)} columns" for number, line in enumerate(lines, 1)
                   if len(line) > COLUMNS]
    return complaints


def check_length(name, text):
    lines = text.count("\n")
    for prefix, limit in (("include/", HEADER_LINES), ("adapters/", ADAPTER_LINES),
                          ("examples/tools/", None), ("examples/", EXAMPLE_LINES)):
        if name.startswith(prefix):
            return [f"{name}: {lines} lines, at most {limit}"] if limit and lines > limit else []
    return []


def check_functions(name, text):
    complaints = []
    deep = name.startswith(("include/", "adapters/"))
    for function in Reader(text).functions:
        length = function.last - function.first + 1
        if length > FUNCTION_LINES:
            complaints.append(f"{name}:{function.first}: a function of {length} lines, "
                              f"at most {FUNCTION_LINES}")
        if deep and function.depth > NESTING:
            complaints.append(f"{name}:{function.first}: a function nested {function.depth} deep, "
                              f"at most {NESTING}")
    return complaints


def banned(name):
    """The word lists that apply to a file."""
    if name.startswith(tuple("include/rrdp/" + folder for folder in LAYER_FOLDERS)):
        rules = EVERYWHERE + LAYERS
        if name == "include/rrdp/base/arena.hpp":  # the one place that obtains memory
            rules = [rule for rule in rules if rule[1] != "raw new"]
        return rules
    return EVERYWHERE + (HEADERS if name.startswith(("include/", "adapters/")) else [])


def check_words(name, text):
    rules, complaints = banned(name), []
    layer = rules[len(EVERYWHERE):][-1:] == LAYERS[-1:]
    for number, line in enumerate(source.code_lines(text), 1):
        if layer and CONDITIONAL.match(line) and name not in CONDITIONAL_ALLOWED:
            complaints.append(f"{name}:{number}: conditional compilation")
        if line.lstrip().startswith("#"):
            continue
        complaints += [f"{name}:{number}: {message}" for pattern, message in rules
                       if re.search(pattern, line)]
    casts = len(re.findall(r"\breinterpret_cast\b", "\n".join(source.code_lines(text))))
    if casts > (1 if name.startswith("adapters/") else 0) and not layer:
        complaints.append(f"{name}: {casts} reinterpret_cast; only an adapter may have one")
    return complaints


def check_cpp(name, text):
    complaints = check_length(name, text) + check_functions(name, text) + check_words(name, text)
    if name.endswith(".hpp") and "#pragma once" not in text.split("\n")[:3]:
        complaints.append(f"{name}: `#pragma once` does not follow the licence line")
    return complaints + [
        f"{name}:{number}: code in a comment" for number, line in enumerate(text.split("\n"), 1)
        if CODE_IN_COMMENT.match(line)]


def main():
    root = source.arguments(__doc__).root.resolve()
    complaints, count = [], 0
    cpp = set(source.files(root, *CPP))
    scripts = set(source.files(root, *SCRIPTS)) - cpp
    for path in sorted(cpp | scripts | set(source.files(root, *TEXTS))):
        name, text = shown(root, path), source.read(path)
        count += 1
        complaints += check_text(name, text)
        if path in cpp | scripts:
            complaints += check_source(name, text, "//" if path in cpp else "#")
        if path in cpp:
            complaints += check_cpp(name, text)
    source.finish(complaints, f"{count} files are tidy")


if __name__ == "__main__":
    main()
