# SPDX-License-Identifier: Apache-2.0
"""What the tests of whole programs share: finding them, running them, hosts for them."""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("RRDP_PROGRAMS", ROOT / "build/release/bin")).resolve()
SKIPPED = 77
PATIENCE = 120  # seconds for any one program
# What a program says that lacks a library, a privilege or a kernel for a link: no fault of its own.
ABSENT = ("built without", "Operation not permitted", "Operation not supported",
          "Function not implemented", "cannot load")

sys.path.insert(0, str(ROOT / "examples/tools"))
from crossing import Hosts  # noqa: E402  pylint: disable=wrong-import-position


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def program(name):
    path = BIN / name
    if not path.exists():
        skip(f"{name} was not built")
    return str(path)


def run(command, given=None, patience=PATIENCE):
    """Runs a program to its end: (status, standard output, standard error)."""
    done = subprocess.run(command, input=given, capture_output=True, timeout=patience,
                          stdin=subprocess.DEVNULL if given is None else None)
    return done.returncode, done.stdout, done.stderr.decode()


def checksum(octets):
    """The Internet checksum (RFC 1071) of some octets, whose own field is zero."""
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def fails(command, status, *words, given=None):
    """It ends with `status`, and says one line that has all `words` in it."""
    got, _, said = run(command, given)
    assert got == status, f"status {got} instead of {status}: {said}"
    lines = said.splitlines()
    assert len(lines) == 1, f"not one line: {said!r}"
    for word in words:
        assert word in lines[0], f"{word!r} is not in {lines[0]!r}"
    return lines[0]


def become_root_of_a_world():
    """Goes on in a user namespace, where this process is root, unless it is root already."""
    if os.geteuid() == 0:
        possible = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
        if possible.returncode != 0:
            skip("root here may not make a network namespace")
        return
    world = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    possible = subprocess.run([*world, "ip", "link", "add", "type", "veth"], capture_output=True,
                              check=False)
    if possible.returncode != 0:
        skip("neither root nor unprivileged user namespaces")
    os.execvp(world[0], [*world, sys.executable, *sys.argv])


def main(tests):
    """Runs the tests, each with a folder of its own; all of them, even after one has failed."""
    failed = 0
    for test in tests:
        with tempfile.TemporaryDirectory(prefix="rrdp-") as folder:
            try:
                test(pathlib.Path(folder))
                print(f"ok      {test.__name__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED  {test.__name__}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)


__all__ = ["Hosts", "BIN", "become_root_of_a_world", "fails", "main", "program", "run", "skip"]
