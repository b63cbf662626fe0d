# SPDX-License-Identifier: Apache-2.0
"""Small mistakes all over the engine: operators exchanged, conditions negated, numbers one off,
statements left out. What the compiler evaluates by itself is left alone."""

import pathlib
import random
import re
import sys
import tomllib

import workshop

sys.path.insert(0, str(workshop.ROOT / "tests/build"))
import source  # noqa: E402

FOLDERS = ("core", "wire", "endpoint")
EXCHANGED = {"==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "&&": "||",
             "||": "&&", "+": "-", "-": "+", "+=": "-=", "-=": "+=", "true": "false",
             "false": "true"}
BOUNDS = {"<", ">", "<=", ">="}
SPACED = {"<", ">", "+", "-"}  # else a bracket of a template, or a sign
OPENS, CLOSES = {"(", "[", "{", "[["}, {")", "]", "}", "]]"}
SCOPES = {"class", "struct", "union", "enum", "namespace", "concept", "requires"}
LEFT_ALONE = {"static_assert", "using", "typedef", "break", "continue", "constexpr", "static",
              "template", "friend", "RRDP_ASSERT", "goto"}
# Hints to the processor, and what only names an argument: nobody can notice them.
NO_EFFECT = re.compile(r"\bprefetch|\bfetch_|^static_cast<void>|^\(void\)")

# The lesser or the greater of two: where they are equal it does not matter which.
OPERAND = r"[\w.:]+(?:\(\))?(?: / \d+)?"
EITHER = re.compile(
    rf"(?<![\w.)\]])(?<![-+*/%] )(?P<l>{OPERAND}) [<>]=? (?P<r>{OPERAND}) "
    r"\? (?:static_cast<[\w:]+>\()?"
    r"(?:(?P=l)\)? : (?P=r)|(?P=r)\)? : (?P=l))(?![\w.(]| [-+*/])"
    rf"|if \((?P<a>{OPERAND}) [<>]=? (?P<b>{OPERAND})\) "
    r"(?:(?P=a) = (?P=b)|(?P=b) = (?P=a));")


class Piece:
    """A token and where it stands."""

    def __init__(self, match):
        self.text, self.start, self.end = match.group(), match.start(), match.end()
        self.kind = match.lastgroup


def pieces(text):
    kept = (match for match in source.TOKEN.finditer(text)
            if not match["comment"] and not match["directive"])
    return [Piece(match) for match in kept]


class Reader:
    """Finds what can be mutated in a header: (kind, first piece, last piece)."""

    def __init__(self, text):
        self.text, self.all, self.found = text, pieces(text), []
        self.scope(0)

    def word(self, at):
        return self.all[at].text if at < len(self.all) else ""

    def closing(self, at):
        """The piece that closes what the one at `at` opens."""
        depth = 0
        while at < len(self.all):
            depth += (self.word(at) in OPENS) - (self.word(at) in CLOSES)
            if depth == 0:
                return at
            at += 1
        return at

    def scope(self, at):
        """Declarations, up to the end of what contains them; what comes behind it."""
        begin = at
        while at < len(self.all) and self.word(at) != "}":
            if self.word(at) == "{":
                at = self.braces(begin, at)
                begin = at
            elif self.word(at) in ("(", "["):
                at = self.closing(at) + 1
            else:
                at += 1
                if self.word(at - 1) in (";", ":"):
                    begin = at
        return at + 1

    def braces(self, begin, at):
        """What begins with the brace at `at`, of a declaration that begins at `begin`."""
        words = {self.word(i) for i in range(begin, at)}
        if words & {"enum", "concept"}:
            return self.closing(at) + 1
        if words & {"class", "struct", "union", "namespace"} and ")" not in words:
            return self.scope(at + 1)
        if self.word(at - 1) in (")", "noexcept", "const"):
            return self.block(at + 1)
        return self.closing(at) + 1  # a value

    def block(self, at):
        """Statements, up to the closing brace; what comes behind it."""
        while at < len(self.all) and self.word(at) != "}":
            at = self.statement(at)
        return at + 1

    def statement(self, at):
        word = self.word(at)
        if word == "{":
            return self.block(at + 1)
        if word in ("else", "do", ";"):
            return at + 1
        if word in ("if", "while", "switch", "for"):
            return self.control(at)
        if word in ("case", "default"):
            while self.word(at) != ":":
                at += 1
            return at + 1
        end = self.end_of(at)
        if word == "return":
            self.value(at + 1, end - 1)
        elif word not in LEFT_ALONE:
            self.plain(at, end)
        return end + 1

    def end_of(self, at):
        """The semicolon of the statement at `at`."""
        while at < len(self.all) and self.word(at) != ";":
            at = self.closing(at) + 1 if self.word(at) in OPENS else at + 1
        return at

    def control(self, at):
        """A head in parentheses; what comes behind it."""
        word, constant = self.word(at), self.word(at + 1) == "constexpr"
        opens = at + 1 + constant
        closes = self.closing(opens)
        parts, i = [opens], opens + 1
        while i < closes:
            if self.word(i) == ";":
                parts.append(i)
            i = self.closing(i) + 1 if self.word(i) in OPENS else i + 1
        parts.append(closes)
        chosen = 1 if word == "for" else len(parts) - 2
        if not constant and word != "switch" and chosen < len(parts) - 1:
            first, last = parts[chosen] + 1, parts[chosen + 1] - 1
            if not any(self.word(i) == "=" for i in range(first, last + 1)):
                self.add("condition", first, last)
        return closes + 1

    def value(self, first, last):
        if first <= last and self.word(first) not in ("{", "["):
            self.add("value", first, last)

    def plain(self, first, end):
        """A declaration with a value, or an expression."""
        equals, i, names = None, first, False
        while i < end and equals is None:
            if self.word(i) in ("=", "+=", "-="):
                equals = i
            elif self.all[i].kind == "word" and self.all[i + 1].kind == "word":
                names = True  # a type and a name
            elif self.word(i) in ("&", "*", ">") and self.word(i + 2) == "=":
                names = True
            i = self.closing(i) + 1 if self.word(i) in OPENS else i + 1
        if names or self.word(first) in ("const", "auto"):
            constant = any(self.word(i) in ("constexpr", "static") for i in range(first, end))
            if equals is not None and not constant:
                self.value(equals + 1, end - 1)
            return
        self.add("statement", first, end)

    def add(self, kind, first, last):
        if first <= last and not NO_EFFECT.search(self.text[self.all[first].start:
                                                            self.all[last].end]):
            self.found.append((kind, first, last))


class Mutant:
    """An edit without a number, and what it is called."""

    def __init__(self, path, text, start, old, new, form):
        self.path, self.start, self.old, self.new = path, start, old, new
        self.form, self.line = form, text.count("\n", 0, start) + 1
        self.where = text.splitlines()[self.line - 1].strip()

    def edit(self, number):
        return workshop.Edit(number, self.path, self.start, self.old, self.new, self.form)

    @property
    def key(self):
        return self.path, " ".join(self.old.split()), " ".join(self.new.split())

    @property
    def identity(self):
        """What stays when lines move: the line that it begins in, and what stands there then."""
        return self.path, self.where, self.key[2]

    def __str__(self):
        return f"{self.path}:{self.line}: {self.key[1]}  ->  {self.key[2]}"


def changed(reader, i):
    """What a token may become, or None."""
    piece, text = reader.all[i], reader.text
    if piece.kind == "number" and re.fullmatch(r"\d{1,4}U?", piece.text):
        digits = piece.text.rstrip("U")
        return str(int(digits) + 1) + piece.text[len(digits):]
    if piece.text in SPACED and not (text[piece.start - 1] in " \n" and text[piece.end] in " \n"):
        return None
    if piece.kind == "literal":
        return None
    return EXCHANGED.get(piece.text)


def of_file(path, name):
    """All mutants of a header."""
    text = path.read_text(encoding="utf-8")
    reader, found = Reader(text), []
    ties = [match.span() for match in EITHER.finditer(text)]
    for kind, first, last in reader.found:
        start, end = reader.all[first].start, reader.all[last].end
        old, statement = text[start:end], kind == "statement"
        news = [f"!({old})"] if kind == "condition" else [";"] if statement else []
        for i in range(first, last + 1):
            to, piece = changed(reader, i), reader.all[i]
            if piece.text in BOUNDS and any(a < piece.start < b for a, b in ties):
                continue
            if to is not None:
                news.append(text[start:piece.start] + to + text[piece.end:end])
            elif statement and piece.text in ("++", "--"):
                news.append(text[start:piece.start] + ("--" if piece.text == "++" else "++") +
                            text[piece.end:end])
        found += [Mutant(name, text, start, old, new, kind) for new in news]
    return found


def everywhere():
    """The mutants of the folders, in the order of their files."""
    top = workshop.ROOT / "include/rrdp"
    return [mutant for folder in FOLDERS for path in sorted((top / folder).glob("*.hpp"))
            for mutant in of_file(path, path.relative_to(top).as_posix())]


def shuffled(seed):
    """The same in an order that each has its own place in: where a line changes, what is drawn
    from the others stays."""
    return sorted(everywhere(), key=lambda m: random.Random(f"{seed} {m.identity}").random())


def equivalent():
    """{identity: why nobody can notice it}"""
    text = (workshop.HERE / "equivalent.toml").read_text(encoding="utf-8")
    return {(m["file"], m["line"], m["new"]): m["why"] for m in tomllib.loads(text)["mutant"]}
