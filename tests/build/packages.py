# SPDX-License-Identifier: Apache-2.0
"""The ways to get RRDP besides CMake's own, each used by a project that stands outside:

pkg_config      as it was installed, by a compiler and pkg-config
single_header   one file, made by cmake/single_header.py
debian          two packages, built, unpacked and installed under a root of their own
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import compiler
import source

MAIN = "tests/build/consumer/main.cpp"
SKIPPED = 77


def call(*command, **more):
    """What a command prints; its failure is ours."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def uses(options, main, folder, *flags):
    """Compiles a program with nothing but these flags; what it says when it runs."""
    program = folder / "program"
    call(options.compiler, "-std=c++20", *flags, main, "-o", program)
    return call(program)


def pkg_config(options, folder):
    call("cmake", "--install", options.build, "--prefix", folder / "prefix")
    where = {**os.environ, "PKG_CONFIG_PATH": str(folder / "prefix/share/pkgconfig")}
    flags = call("pkg-config", "--cflags", "rrdp", env=where).split()
    assert flags, "pkg-config has no flags"
    version = call("pkg-config", "--modversion", "rrdp", env=where).strip()
    return uses(options, options.root / MAIN, folder, *flags), version


def single_header(options, folder):
    call(sys.executable, "-B", options.root / "cmake/single_header.py", folder / "rrdp.hpp",
         "rrdp/adapters/loopback.hpp")
    text = source.read(options.root / MAIN)
    assert text.count("#include <rrdp/") == 2
    main = folder / "main.cpp"
    main.write_text(text.replace("#include <rrdp/rrdp.hpp>", '#include "rrdp.hpp"')
                    .replace("#include <rrdp/adapters/loopback.hpp>\n", ""), encoding="utf-8")
    other = folder / "other.cpp"  # a second unit must not bring a second definition
    other.write_text('#include "rrdp.hpp"\nvoid other() {}\n', encoding="utf-8")
    return uses(options, main, folder, "-Wall", "-Wextra", f"-I{folder}", other), None


def debian(options, folder):
    if not shutil.which("dpkg-shlibdeps"):
        print("skipped: dpkg-shlibdeps is not here (Debian's dpkg-dev)")
        sys.exit(SKIPPED)
    call("cpack", "-G", "DEB", "--config", options.build / "CPackConfig.cmake", "-B", folder)
    packages = sorted(folder.glob("*.deb"))
    names = [call("dpkg-deb", "-f", package, "Package").strip() for package in packages]
    assert names == ["librrdp-dev", "rrdp-tools"], names
    assert call("dpkg-deb", "-f", packages[0], "Architecture").strip() == "all"
    assert "libc6" in call("dpkg-deb", "-f", packages[1], "Depends")
    root = folder / "root"
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    call("dpkg", f"--root={root}", "--force-not-root", "--force-depends", "--force-bad-path",
         "-i", *packages)
    programs = sorted(path.name for path in (root / "usr/bin").iterdir())
    ours = {"rrdp-cat", "rrdp-dump", "rrdp-nodes", "rrdp-ping", "rrdp-proxy"}
    assert ours <= set(programs), programs
    for name in programs:
        assert name in call(root / "usr/bin" / name, "--version")
        page = root / "usr/share/man/man1" / f"{name}.1"
        assert page.read_text() == call(root / "usr/bin" / name, "--man"), page
        assert (root / "usr/share/bash-completion/completions" / name).exists(), name
    project, built = options.root / "tests/build/consumer", folder / "built"
    call("cmake", "-S", project, "-B", built, f"-DCMAKE_PREFIX_PATH={root}/usr",
         f"-DCMAKE_CXX_COMPILER={options.compiler}")
    call("cmake", "--build", built)
    return call(built / "consumer"), None


WAYS = {way.__name__: way for way in (pkg_config, single_header, debian)}


def main():
    options = source.arguments(
        __doc__, ("way", {"choices": WAYS}), ("--build", {"type": pathlib.Path}),
        *compiler.ARGUMENTS)
    options.root = options.root.resolve()
    with tempfile.TemporaryDirectory(prefix="rrdp-") as folder:
        said, version = WAYS[options.way](options, pathlib.Path(folder))
    good = said.startswith("RRDP ") and version in (None, said.split()[1])
    source.finish([] if good else [f"it says {said!r}, {version}"],
                  f"{options.way}: {said.strip()}")


if __name__ == "__main__":
    main()
