# SPDX-License-Identifier: Apache-2.0
"""Running the compiler that the tree is configured for, with its flags."""

import concurrent.futures
import os
import shlex
import subprocess
import tempfile

import source

ARGUMENTS = (("--compiler", {"required": True}), ("--flags", {"default": ""}))


# Headers that bring a library which few have, and the library's name for pkg-config.
BRING = {f"rrdp/adapters/{name}.hpp": "libdpdk"
         for name in ("dpdk", "dpdk_port", "detail/dpdk_api", "detail/dpdk_device")}


# What the headers for Asio want.
NEW_ENOUGH = "#include <boost/version.hpp>\nstatic_assert(BOOST_VERSION >= 108100);\n"


def flags_of_libraries(header, has_asio=True):
    """The flags that a header's library wants, none for most; None where the library is missing."""
    if header.startswith("rrdp/asio") and not has_asio:
        return None
    if header not in BRING:
        return []
    try:
        said = subprocess.run(["pkg-config", "--cflags", BRING[header]], capture_output=True,
                              text=True, check=False)
    except FileNotFoundError:
        return None
    flags = said.stdout.replace("-I", "-isystem ")
    return shlex.split(flags) if said.returncode == 0 else None


class Compiler:
    def __init__(self, options):
        self.root = options.root.resolve()
        self.command = [options.compiler, *shlex.split(options.flags), "-pthread",
                        f"-I{self.root / 'include'}", f"-I{self.root / 'adapters'}"]

    def run(self, text, *more, standard="c++20"):
        """Compiles `text` as a file of its own; (succeeded, what was written)."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "unit.cpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return self.run_file(path, *more, standard=standard)

    def run_file(self, path, *more, standard="c++20"):
        result = subprocess.run([*self.command, f"-std={standard}", *more, str(path)],
                                capture_output=True, text=True, check=False)
        return result.returncode == 0, result.stdout + result.stderr

    def has_asio(self):
        return self.run(NEW_ENOUGH, "-fsyntax-only")[0]

    def headers(self, folder):
        """The names by which the headers of `include` or `adapters` are included."""
        top = self.root / folder
        return [path.relative_to(top).as_posix() for path in source.files(top, "rrdp/**/*.hpp")]


def including(headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def in_parallel(work, items):
    """[work(item) for item in items], on as many processors as there are."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))
