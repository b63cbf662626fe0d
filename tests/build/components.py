# SPDX-License-Identifier: Apache-2.0
"""What a project is told that asks for parts of RRDP: find_package(rrdp COMPONENTS …) where it is
installed, RRDP_COMPONENTS where its sources are inside. Nothing is compiled."""

import os
import pathlib
import re
import subprocess
import tempfile

import compiler
import source

HEAD = "cmake_minimum_required(VERSION 3.25)\nproject(yours LANGUAGES CXX)\n"
BRINGING = ["asio", "dpdk", "pcap", "pcap_replay"]  # want somebody else's library

# A machine that has no library but the compiler's own.
BARE = ("-DCMAKE_IGNORE_PATH=/usr/include;/usr/local/include;/usr/lib;/usr/lib/x86_64-linux-gnu;"
        "/usr/lib/aarch64-linux-gnu;/usr/local/lib")


def plain(root):
    """Those that need nobody else's library: each is a line of adapters/CMakeLists.txt."""
    text = source.read(root / "adapters/CMakeLists.txt")
    names = re.findall(r"^rrdp_add_(?:adapter|interface)\((\w+)", text, re.MULTILINE)
    return sorted(name for name in names if not name.endswith(("_options", "_headers")))


def found(components, *more):
    return HEAD + f"find_package(rrdp 0.1 REQUIRED {components})\n" + "".join(more)


def inside(root, *components):
    return HEAD + f"set(RRDP_COMPONENTS {' '.join(components)})\nadd_subdirectory({root} rrdp)\n"


def has(*targets):
    return "".join(f"if(NOT TARGET rrdp::{name})\n  message(FATAL_ERROR \"no rrdp::{name}\")\n"
                   "endif()\n" for name in targets)


OPTIONAL = """foreach(name asio pcap nonsense)
  if(rrdp_${name}_FOUND OR TARGET rrdp::${name})
    message(FATAL_ERROR "${name} is said to be there")
  endif()
endforeach()
"""
# Whether links are opened by libpcap is asked for with the component, and not otherwise.
OPENS = """get_target_property(has rrdp::open_link INTERFACE_COMPILE_DEFINITIONS)
file(GENERATE OUTPUT says CONTENT "${has}")
"""
PCAP = OPENS + """if(TARGET rrdp::pcap AND NOT rrdp_pcap_FOUND)
  message(FATAL_ERROR "there, and not said to be")
endif()
file(GENERATE OUTPUT there CONTENT "$<$<TARGET_EXISTS:rrdp::pcap>:RRDP_HAVE_PCAP=1>")
"""


def cases(root, old):
    """(project, settings, what is said when it fails; None: it must not)"""
    asio = f"-DRRDP_ASIO_INCLUDE_DIR={old}"
    names = plain(root)
    every = " ".join(sorted(names + BRINGING))
    return [
        (found(f"COMPONENTS {' '.join(names)}", has(*names)), [BARE], None),
        (found("COMPONENTS udp asoi"), [],
         f"There is no component asoi. There are: {every}."),
        (found("COMPONENTS asio_replay"), [], "There is no component asio_replay."),
        (found("COMPONENTS asio"), [BARE], "rrdp::asio wants Boost 1.81 or later, which was not "
         "found (Debian: libboost1.81-dev)"),
        (found("COMPONENTS asio"), [asio], f"and that of {old} is older: 107400"),
        (found("COMPONENTS asio"), [BARE, "-DRRDP_ASIO_STANDALONE=ON"],
         "rrdp::asio wants Asio 1.22 or later, which was not found (Debian: libasio-dev)"),
        (found("COMPONENTS pcap dpdk pcap_replay"), [BARE], "rrdp::pcap wants libpcap with its "
         "headers, which was not found (Debian: libpcap-dev). rrdp::dpdk wants libdpdk, which "
         "pkg-config did not find (Debian: libdpdk-dev and pkg-config). rrdp::pcap_replay wants"),
        (found("OPTIONAL_COMPONENTS asio pcap nonsense", OPTIONAL), [BARE], None),
        (found("", OPENS), [], None),
        (found("OPTIONAL_COMPONENTS pcap", PCAP), [], None),
        (HEAD + "find_package(rrdp 0.2 REQUIRED)\n", [], 'compatible with requested version "0.2"'),
        (HEAD + "find_package(rrdp 1 REQUIRED)\n", [], 'compatible with requested version "1"'),
        (inside(root, "udp"), [BARE], None),
        (inside(root, "udp", "asoi"), [], f"there is no rrdp::asoi. There are: {every}"),
        (inside(root, "pcap_replay"), [BARE], "RRDP_COMPONENTS: rrdp::pcap_replay wants libpcap"),
    ]


def check(options, prefix, folder, number, case):
    """What is wrong with one of them; nothing, if all is well."""
    text, settings, wanted = case
    place = folder / str(number)
    place.mkdir()
    (place / "CMakeLists.txt").write_text(text, encoding="utf-8")
    bare = {"PKG_CONFIG_LIBDIR": str(folder), "PKG_CONFIG_PATH": ""} if BARE in settings else {}
    done = subprocess.run(
        ["cmake", "-S", place, "-B", place / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={options.compiler}", *settings], capture_output=True, text=True,
        check=False, env={**os.environ, **bare})
    said = re.sub(r"\s+", " ", done.stderr)
    if wanted is None and done.returncode != 0:
        return [f"{text}: {done.stderr}"]
    if wanted is not None and (done.returncode == 0 or wanted not in said):
        return [f"{text}: status {done.returncode}, and it says\n{done.stderr}, not\n{wanted}"]
    says, there = place / "build/says", place / "build/there"
    if says.exists() and source.read(says) != (source.read(there) if there.exists() else ""):
        return [f"{text}: open_link has {source.read(says)!r}"]
    return []


def main():
    options = source.arguments(
        __doc__, ("--build", {"type": pathlib.Path, "required": True}), *compiler.ARGUMENTS)
    with tempfile.TemporaryDirectory(prefix="rrdp-") as name:
        folder = pathlib.Path(name)
        subprocess.run(["cmake", "--install", options.build, "--prefix", folder / "prefix"],
                       check=True, stdout=subprocess.DEVNULL)
        (folder / "old/boost").mkdir(parents=True)
        (folder / "old/boost/asio.hpp").touch()
        (folder / "old/boost/version.hpp").write_text("#define BOOST_VERSION 107400\n")
        all_cases = list(enumerate(cases(options.root.resolve(), folder / "old")))
        wrong = compiler.in_parallel(
            lambda case: check(options, folder / "prefix", folder, *case), all_cases)
    source.finish(sum(wrong, []), f"{len(all_cases)} projects were told what they have to know")


if __name__ == "__main__":
    main()
