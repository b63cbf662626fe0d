#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the documents as a site, with a reference of the headers: docs/site.py, then open
build/docs/site/index.html.

docs/mkdocs.yml says which pages there are and in which order. Its paths are those of docs/; what
begins with ../ is a document elsewhere in the tree, and `folder/*` stands for all pages of a
folder. Pages link to each other as they do in the tree; links to sources lead to a copy of them.

--pages looks only whether every document is in the navigation, which takes no tool. Without it, any
warning of MkDocs or Doxygen, and any link of the built site that leads nowhere, is an error.
"""

import argparse
import html
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

import links

SKIPPED = 77  # what a test answers that lacks something
ENTRY = re.compile(r"^(?P<lead>\s*- )(?P<title>[^:\n]*: )?(?P<path>[\w./-]+(?:\.md|/\*))$", re.M)
FRONT = """The headers that programs include
<a href="files.html">Headers</a>; classes and concepts are in the menu above. Back to the
<a href="../index.html">documents</a>."""
COPIED = {".svg", ".json", ".png", ".tsv"}
SOURCE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title><style>
:root{{color-scheme:light dark}}body{{margin:2em;font:14px/1.45 monospace}}pre{{tab-size:4}}
</style></head><body><h1>{name}</h1>{body}</body></html>
"""


def relative(target, page):
    """How `page` refers to `target`; both are paths of the site."""
    return os.path.relpath(target, os.path.dirname(page) or ".")


class Tree:
    """The documents of a source tree, and where each is in the site."""

    def __init__(self, root):
        self.root, self.docs = root, root / "docs"
        self.config = (self.docs / "mkdocs.yml").read_text(encoding="utf-8")
        self.shown = []  # the files in the navigation, in its order
        self.nav = ENTRY.sub(self.entry, self.config)
        self.sources = {}  # file or folder -> its page, of those that a page links to

    def entry(self, match):
        """The lines of one entry of the navigation, with paths of the site."""
        path = match["path"]
        if not path.endswith("/*"):
            return match["lead"] + (match["title"] or "") + self.show(self.docs / path)
        pages = sorted((self.docs / path[:-2]).glob("*.md"),
                       key=lambda page: (page.name != "README.md", page.name))
        indent = " " * (len(match["lead"]) + 2)
        lines = [f"{match['lead']}{match['title'] or path[:-2] + ': '}".rstrip()]
        return "\n".join(lines + [f"{indent}- {self.show(page)}" for page in pages])

    def show(self, file):
        self.shown.append(pathlib.Path(os.path.normpath(file)))
        return self.place(self.shown[-1])

    def place(self, file):
        """Where the site has a page of the navigation."""
        path = file.relative_to(self.root).as_posix()
        return path.removeprefix("docs/") if path.startswith("docs/") else "tree/" + path

    def complaints(self):
        """Documents that nobody would find, and entries without a document."""
        name = lambda file: file.relative_to(self.root).as_posix()
        lost = [page for page in sorted(self.docs.glob("**/*.md")) if page not in self.shown]
        twice = {page for page in self.shown if self.shown.count(page) > 1}
        return ([f"{name(page)}: not in the navigation: a line for it in docs/mkdocs.yml"
                 for page in lost] +
                [f"docs/mkdocs.yml: {name(page)} does not exist"
                 for page in self.shown if not page.is_file()] +
                [f"docs/mkdocs.yml: {name(page)} stands there twice" for page in sorted(twice)])

    def target(self, file):
        """The page of the site that shows what a document links to."""
        if file.is_dir() and (file / "README.md") in self.shown:
            file = file / "README.md"
        if file in self.shown:
            return self.place(file)
        path = file.relative_to(self.root).as_posix()
        if path.startswith("docs/") and file.suffix in COPIED:
            return path.removeprefix("docs/")
        self.sources[file] = "source/" + (path + "/index.html" if file.is_dir() else path + ".html")
        return self.sources[file]

    def page(self, file):
        """The text of a page, with the links that the site needs."""
        here = self.place(file)

        def moved(match):
            path, mark, anchor = match[1].partition("#")
            if not path or re.match(r"[a-z]+:", path):
                return match[0]
            at = pathlib.Path(os.path.normpath(file.parent / path))
            if not at.exists():
                return match[0]  # MkDocs complains
            goal = relative(self.target(at), here) + mark + anchor
            return match[0][:match.start(1) - match.start()] + goal + ")"

        parts = re.split(r"(^```.*?^```)", file.read_text(encoding="utf-8"), flags=re.M | re.S)
        return "".join(part if index % 2 else links.LINK.sub(moved, part)
                       for index, part in enumerate(parts))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def source_page(root, path):
    """A source as a page of its own; of a folder, the names in it."""
    name = html.escape(path.relative_to(root).as_posix())
    if path.is_dir():
        names = sorted(p.name + "/" * p.is_dir() for p in path.iterdir() if p.name[0] != "_")
        return SOURCE.format(name=name + "/", body=f"<pre>{html.escape(chr(10).join(names))}</pre>")
    text = path.read_text(encoding="utf-8", errors="replace")
    return SOURCE.format(name=name, body=f"<pre>{html.escape(text)}</pre>")


def stage(tree, output):
    """Lays out what MkDocs reads: its configuration, the pages, and what they link to."""
    pages = output / "pages"
    for folder in (pages, output / "site"):  # and nothing else: the rest may be CMake's
        shutil.rmtree(folder, ignore_errors=True)
    write(output / "mkdocs.yml", tree.nav)
    for file in tree.shown:
        write(pages / tree.place(file), tree.page(file))
    for file in tree.docs.glob("**/*"):
        if file.suffix in COPIED:
            target = pages / file.relative_to(tree.docs)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    for file, page in tree.sources.items():
        write(pages / page, source_page(tree.root, file))
    write(output / "front.dox", f"/** \\mainpage {FRONT} */\n")


def run(command, output, log, **options):
    """Runs a tool; what it said, when it failed or warned."""
    result = subprocess.run(command, cwd=output, text=True, check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, **options)
    write(output / log, result.stdout)
    said = [line for line in result.stdout.split("\n")
            if re.search(r"^(?:WARNING|ERROR)\b|\b(?:warning|error):", line)]
    return said or ([result.stdout] if result.returncode else [])


def reference(root, output):
    """Writes the reference of the headers into the site."""
    lines = [f'@INCLUDE = "{root}/docs/Doxyfile"', f'OUTPUT_DIRECTORY = "{output}/site"',
             f'INPUT += "{output}/front.dox"',
             f'STRIP_FROM_PATH = "{root}/include" "{root}/adapters"',
             f'STRIP_FROM_INC_PATH = "{root}/include" "{root}/adapters"']
    version = root / "include/rrdp/version.hpp"
    if version.exists():
        numbers = re.findall(r"#define RRDP_VERSION_\w+ (\d+)", version.read_text("utf-8"))
        lines.append(f"PROJECT_NUMBER = {'.'.join(numbers)}")
    return run(["doxygen", "-"], root, os.path.relpath(output / "doxygen.log", root),
               input="\n".join(lines) + "\n")


class Page(html.parser.HTMLParser):
    """What a page links to, and the places in it that others may link to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.anchors.add(value)
            elif value and name in ("href", "src") and tag != "base":
                self.links.add(value)


def broken(site):
    """Links of the built site that lead nowhere in it."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8", errors="replace"))
             for path in sorted(site.glob("**/*.html"))}
    complaints = []
    for path, page in pages.items():
        for link in sorted(page.links):
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc or path.name == "404.html" or link == "#nested-classes":
                continue  # the last one Doxygen writes for private classes, too
            file = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            file = file / "index.html" if file.is_dir() else file
            where = f"{path.relative_to(site.resolve())}: {link}"
            anchor = urllib.parse.unquote(url.fragment)
            if not file.exists():
                complaints.append(f"{where} leads nowhere")
            elif anchor and file in pages and anchor not in pages[file].anchors:
                complaints.append(f"{where}: no such place")
    return complaints, len(pages)


def finish(complaints):
    if complaints:
        print("\n".join(complaints))
        sys.exit(f"{len(complaints)} complaint(s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the root of the source tree")
    parser.add_argument("--output", type=pathlib.Path, help="default: build/docs of the tree")
    parser.add_argument("--pages", action="store_true", help="check the navigation, build nothing")
    options = parser.parse_args()
    root = options.root.resolve()
    output = (options.output or root / "build/docs").resolve()
    tree = Tree(root)
    finish(tree.complaints())
    if options.pages:
        print(f"{len(tree.shown)} pages are in the navigation")
        return
    for tool in ("mkdocs", "doxygen"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed (Debian: mkdocs mkdocs-material doxygen)")
            sys.exit(SKIPPED)
    stage(tree, output)
    finish(run(["mkdocs", "build", "--strict"], output, "mkdocs.log"))
    finish(reference(root, output))
    complaints, count = broken(output / "site")
    finish(complaints)
    print(f"{count} pages, every link leads somewhere: {output}/site/index.html")


if __name__ == "__main__":
    main()
