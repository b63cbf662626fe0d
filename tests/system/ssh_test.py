#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""ssh over RRDP: rrdp-cat is its ProxyCommand here, and runs sshd there."""

import hashlib
import os
import pathlib
import random
import shlex
import shutil
import subprocess

from kit import main, program, run, skip

CAT = program("rrdp-cat")
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
if not SSHD or not shutil.which("ssh"):
    skip("not installed: openssh-server, openssh-client")
if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] != "4294967295":
    skip("sshd changes users, which only root of the whole machine may")
LINK = f"unix:@rrdp-ssh-test-{os.getpid()}"


def a_command_runs_there_and_octets_go_both_ways(folder):
    for name in ("host", "user"):
        status, _, err = run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                              str(folder / name)])
        assert status == 0, err
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    allowed = folder / "allowed"
    shutil.copy(folder / "user.pub", allowed)
    conf = folder / "conf"
    conf.write_text(f"HostKey {folder}/host\nAuthorizedKeysFile {allowed}\nStrictModes no\n"
                    "PermitRootLogin yes\nUsePAM no\nPidFile none\n")
    there = [CAT, "--link", LINK, "--node", "2", "--peer", "1", "--listen", "22", "--exec",
             f"exec {SSHD} -i -e -f {conf}"]
    here = shlex.join([CAT, "--link", LINK, "--node", "1", "--peer", "2", "--connect", "2:22"])
    octets = random.Random(3).randbytes(3_000_000)
    with subprocess.Popen(there, stderr=subprocess.PIPE) as far:
        try:
            status, out, err = run(
                ["ssh", "-F", "none", "-i", str(folder / "user"), "-o", f"ProxyCommand={here}",
                 "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                 "IdentitiesOnly=yes", "-o", "BatchMode=yes", "root@node2",
                 "sha256sum; seq 100000"], given=octets)
        finally:
            far.terminate()
            said = far.communicate(timeout=30)[1].decode()
    assert status == 0, err + said
    lines = out.decode().splitlines()
    assert lines[0].split()[0] == hashlib.sha256(octets).hexdigest(), lines[0]
    assert lines[1:] == [str(n) for n in range(1, 100_001)]


main([a_command_runs_there_and_octets_go_both_ways])
