# SPDX-License-Identifier: Apache-2.0
"""The ways to get RRDP, each used by a stranger's project (tests/build/consumer) in a folder of its
own, outside of the tree, with each compiler: two engines exchange messages there.

fetch_content   cloned by CMake from a repository
subdirectory    the sources beside those of the project
find_package    as it was installed, found by CMake
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

CONSUMER = "tests/build/consumer"
SKIPPED = 77


def call(*command, **more):
    """What a command prints; its failure is ours."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def wants(program, package):
    """Skips the test where a program of others is missing."""
    if not shutil.which(program):
        print(f"skipped: {program} is not here (Debian's {package})")
        sys.exit(SKIPPED)


def sources(root):
    """What a checkout has: the files that git knows or would, else all but build trees."""
    try:
        known = call("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard")
        names = known.splitlines()
    except (SystemExit, FileNotFoundError):
        names = [path.relative_to(root) for path in source.files(root, "**/*")]
    return [name for name in names if (root / name).is_file()]


def copy_of(root, to):
    """The tree as somebody else has it, who may have nothing to do with git."""
    for name in sources(root):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, to / name)
    return to


def project(options, way, folder, cxx):
    """The stranger's folder."""
    place = folder / f"stranger-{pathlib.Path(cxx).name}"
    shutil.copytree(options.root / CONSUMER / way, place)
    shutil.copy(options.root / CONSUMER / "main.cpp", place)
    return place


def cmake(options, place, cxx, *settings):
    """Configures and builds his project; what his program says."""
    checks = options.root / CONSUMER / "checks.cmake"
    call("cmake", "-S", place, "-B", place / "build", "-G", "Ninja", "-Werror=dev",
         f"-DCMAKE_CXX_COMPILER={cxx}", f"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={checks}",
         "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", *settings)
    call("cmake", "--build", place / "build")
    return call(place / "build/your_program")


def script(options, way, folder, cxx, **environment):
    """The same for one who has a script and no CMake."""
    place = folder / f"stranger-{pathlib.Path(cxx).name}"
    place.mkdir()
    (place / "rrdp").symlink_to(options.root)
    main = source.read(options.root / CONSUMER / "main.cpp")
    if way == "single_header":
        assert main.count("#include <rrdp/") == 2
        main = main.replace("#include <rrdp/rrdp.hpp>", '#include "rrdp.hpp"').replace(
            "#include <rrdp/adapters/loopback.hpp>\n", "")
        # A second unit must not bring a second definition.
        (place / "other.cpp").write_text('#include "rrdp.hpp"\nvoid other() {}\n')
    (place / "main.cpp").write_text(main, encoding="utf-8")
    call(options.root / CONSUMER / f"{way}.sh", cwd=place,
         env={**os.environ, "CXX": f"{cxx} -Wall -Wextra -Werror", **environment})
    return call(place / "your_program")


def installed(options, folder):
    call("cmake", "--install", options.build, "--prefix", folder / "prefix")
    for document in ("LICENSE", "CHANGELOG.md"):
        assert (folder / "prefix/share/doc/rrdp" / document).is_file(), document
    return folder / "prefix"


def fetch_content(options, folder):
    wants("git", "git")
    repository = copy_of(options.root, folder / "repository")
    git = ("git", "-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-C", repository)
    call(*git, "init", "-q", "-b", "main")
    call(*git, "add", "--all")
    call(*git, "commit", "-q", "-m", "All of it")
    commit = call(*git, "rev-parse", "HEAD").strip()  # there is no tag before the first release
    return lambda cxx: cmake(options, project(options, "fetch_content", folder, cxx), cxx,
                             f"-DURL_OF_RRDP={repository.as_uri()}", f"-DCOMMIT_OF_RRDP={commit}")


def subdirectory(options, folder):
    tree = copy_of(options.root, folder / "tree")

    def use(cxx):
        place = project(options, "subdirectory", folder, cxx)
        (place / "rrdp").symlink_to(tree)
        return cmake(options, place, cxx)
    return use


def find_package(options, folder):
    prefix = installed(options, folder)
    return lambda cxx: cmake(options, project(options, "find_package", folder, cxx), cxx,
                             f"-DCMAKE_PREFIX_PATH={prefix}")


def pkg_config(options, folder):
    wants("pkg-config", "pkg-config")
    prefix = installed(options, folder)
    where = {"PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")}
    said = call("pkg-config", "--modversion", "rrdp", env={**os.environ, **where}).strip()
    assert said == options.version, said
    return lambda cxx: script(options, "pkg_config", folder, cxx, **where)


def single_header(options, folder):
    return lambda cxx: script(options, "single_header", folder, cxx)


def debian(options, folder):
    wants("dpkg-shlibdeps", "dpkg-dev")
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
    for name in names:
        for document in ("copyright", "changelog.gz", "changelog.Debian.gz"):
            assert (root / "usr/share/doc" / name / document).is_file(), (name, document)
    programs = sorted(path.name for path in (root / "usr/bin").iterdir())
    ours = {"rrdp-cat", "rrdp-dump", "rrdp-nodes", "rrdp-ping", "rrdp-proxy",
            "rrdp-stat"}
    assert ours <= set(programs), programs
    for name in programs:
        assert name in call(root / "usr/bin" / name, "--version")
        page = root / "usr/share/man/man1" / f"{name}.1"
        assert page.read_text() == call(root / "usr/bin" / name, "--man"), page
        assert (root / "usr/share/bash-completion/completions" / name).exists(), name
    return lambda cxx: cmake(options, project(options, "find_package", folder, cxx), cxx,
                             f"-DCMAKE_PREFIX_PATH={root}/usr")


WAYS = {way.__name__: way for way in (fetch_content, subdirectory, find_package, pkg_config,
                                      single_header, debian)}


def main():
    options = source.arguments(
        __doc__, ("way", {"choices": WAYS}), ("--build", {"type": pathlib.Path}),
        ("--version", {"required": True}), *compiler.ARGUMENTS)
    options.root = options.root.resolve()
    compilers = [options.compiler]
    for other in ("g++", "clang++"):
        if shutil.which(other) and other not in pathlib.Path(options.compiler).name:
            compilers.append(other)
    with tempfile.TemporaryDirectory(prefix="rrdp-") as folder:
        use = WAYS[options.way](options, pathlib.Path(folder))
        said = compiler.in_parallel(use, compilers)
    wanted = f"RRDP {options.version}: 9 octets came back\n"
    wrong = [f"{cxx}: it says {text!r}" for cxx, text in zip(compilers, said) if text != wanted]
    source.finish(wrong, f"{options.way} with {' and '.join(compilers)}: {said[0].strip()}")


if __name__ == "__main__":
    main()
