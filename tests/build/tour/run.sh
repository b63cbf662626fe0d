#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The steps of docs/guides/tour.md, as its reader types them, in a folder of its own:
# run.sh ROOT, the root of the source tree. What is typed stands between the marks.
set -euo pipefail

root=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$root/tests/build/tour/"{CMakeLists.txt,greet.cpp} "$folder"
ln -s "$root" "$folder/rrdp"
cd "$folder"

fail() { echo "tour: $*" >&2; exit 1; }
# both LINK: the two programs, with all they print.
both() {
    timeout 60 build/greet "$1" 2 1 >heard &
    local server=$!
    timeout 60 build/greet "$1" 1 2 'hello over RRDP' >said || fail "the one who asks: $(cat said)"
    wait "$server" || fail "the one who answers"
    grep -q '^20 messages confirmed' said || fail "$1: $(cat said)"
    [[ $(grep -c '^15 octets: hello over RRDP$' heard) == 20 ]] || fail "$1: $(cat heard)"
}

#-- begin snippet build
cmake -S . -B build
cmake --build build
#-- end snippet

both "unix:@tour-$$"
both "unix:@tour-$$+faulty(loss=0.2,seed=7)"
grep -q ', [1-9][0-9]* sent again' said || fail "frames are lost, and none was sent again"
both "unix:@tour-$$+captured(trace.pcapng)"
[[ -s trace.pcapng ]] || fail "there is no capture"

if ! unshare -Urn true 2>/dev/null; then
    echo "the tour is walked but for raw Ethernet: no user namespaces here"
    exit 0
fi
cat >ethernet <<'STEPS'
#-- begin snippet ethernet
ip link add v1 address 02:00:00:00:00:01 type veth peer name v2 address 02:00:00:00:00:02
ip link set v1 up
ip link set v2 up
build/greet packet-ring:v2 2 1 &
build/greet packet-ring:v1 1 2 'hello over Ethernet'
#-- end snippet
STEPS
export PATH=$PATH:/usr/sbin:/sbin
timeout 60 unshare -Urn bash -e ethernet >said || fail "ethernet: $(cat said)"
grep -q '^20 messages confirmed' said || fail "ethernet: $(cat said)"
echo "the tour is walked"
