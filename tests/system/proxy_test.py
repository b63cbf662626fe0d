#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""rrdp-proxy: programs that speak TCP meet over RRDP and notice nothing of it."""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time

from kit import fails, main, program, run

PROXY = program("rrdp-proxy")
LINK = f"unix:@rrdp-proxy-test-{os.getpid()}"
HERE = "127.0.0.1"


def free_port():
    with socket.create_server((HERE, 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def proxied(server_port, *more, descriptors=None, near_only=()):
    """A port that leads to `server_port` over RRDP, and what both proxies say at their end."""
    entrance, said = free_port(), []
    here = [PROXY, "--link", LINK, "--verbose", *more]
    with subprocess.Popen([*here, "--node", "2", "--peer", "1", "--listen", "7", "--connect-tcp",
                           f"{HERE}:{server_port}"], stderr=subprocess.PIPE) as far, \
         subprocess.Popen([*here, "--node", "1", "--peer", "2", "--connect", "2:7",
                           "--accept-tcp", str(entrance), *near_only],
                          stderr=subprocess.PIPE) as near:
        try:
            for proxy in (far, near):
                first = proxy.stderr.readline().decode()
                assert first == "rrdp-proxy: ready\n", first
            if descriptors:
                resource.prlimit(near.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
            yield entrance, said
        finally:
            for proxy in (near, far):
                proxy.send_signal(signal.SIGTERM)
                said.append(proxy.communicate(timeout=30)[1].decode())
        assert near.returncode == far.returncode == 0, said


def wait_for(port, process):
    """Until a process listens on a port, by the kernel's list: a connection would be carried."""
    for _ in range(500):
        assert process.poll() is None, process.communicate()
        with open("/proc/net/tcp", encoding="ascii") as table:
            if any(f"0100007F:{port:04X} 00000000:0000 0A" in line for line in table):
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while octets := self.request.recv(65536):
            self.request.sendall(octets)


class Digest(socketserver.BaseRequestHandler):
    """Answers with a hash when the client has ended, so that half a connection is needed."""

    def handle(self):
        seen = hashlib.sha256()
        while octets := self.request.recv(65536):
            seen.update(octets)
        self.request.sendall(seen.hexdigest().encode())


class Reset(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.request.close()


@contextlib.contextmanager
def server(handler):
    class Threads(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Threads((HERE, 0), handler) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one.server_address[1]
        one.shutdown()


def call(port):
    return socket.create_connection((HERE, port), timeout=60)


def everything(connection):
    parts = []
    while octets := connection.recv(65536):
        parts.append(octets)
    return b"".join(parts)


def what_is_sent_comes_back(_):
    with server(Echo) as port, proxied(port) as (entrance, said):
        with call(entrance) as client:
            for size in (1, 100, 5000):
                message = random.Random(size).randbytes(size)
                client.sendall(message)
                got = b""
                while len(got) < size:
                    got += client.recv(65536)
                assert got == message, f"{size} octets came back otherwise"
    assert "1 connections, 0 broken; 5101 octets to RRDP, 5101 to TCP" in said[0], said


def an_end_is_passed_on_and_the_other_way_stays_open(_):
    octets = random.Random(5).randbytes(20_000_000)
    with server(Digest) as port, proxied(port) as (entrance, _said):
        with call(entrance) as client:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            assert everything(client).decode() == hashlib.sha256(octets).hexdigest()


def over_a_bad_wire_too(_):
    octets = random.Random(6).randbytes(2_000_000)
    with server(Digest) as port, \
         proxied(port, "--faulty", "loss=0.05,duplicate=0.02,reorder=0.1") as (entrance, _said):
        with call(entrance) as client:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            assert everything(client).decode() == hashlib.sha256(octets).hexdigest()


def many_at_a_time(_):
    count, right = 60, []

    def one(entrance, number):
        octets = random.Random(number).randbytes(50_000)
        with call(entrance) as client:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            right.append(everything(client).decode() == hashlib.sha256(octets).hexdigest())

    with server(Digest) as port, proxied(port) as (entrance, said):
        crew = [threading.Thread(target=one, args=(entrance, n)) for n in range(count)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join(timeout=120)
    assert right == [True] * count, right
    assert f"{count} connections, 0 broken" in said[0], said


def more_than_it_may_open_wait_for_those_that_go(_):
    # UBSan opens a pipe to see whether an object may be read, and takes a refusal for a bad object.
    if b"__ubsan_" in pathlib.Path(PROXY).read_bytes():
        print("        (a sanitizer that needs descriptors watches it: skipped)", flush=True)
        return
    with server(Echo) as port, proxied(port, descriptors=24) as (entrance, said):
        with contextlib.ExitStack() as crowd:
            for _client in range(40):
                crowd.enter_context(call(entrance))
            time.sleep(0.2)  # it has tried to take more than it can
        with call(entrance) as client:
            client.sendall(b"still there?")
            assert client.recv(100) == b"still there?"
    assert "broken" in said[0], said


def a_reset_is_passed_on(_):
    with server(Reset) as port, proxied(port) as (entrance, _said):
        with call(entrance) as client:
            client.sendall(b"x")
            try:
                assert client.recv(1) == b"", "the server said something"
                raise AssertionError("the connection ended in good order")
            except ConnectionResetError:
                pass


def without_a_server_the_client_is_reset(_):
    with proxied(free_port()) as (entrance, said):
        with call(entrance) as client:
            try:
                client.sendall(b"x")
                assert client.recv(1) != b"", "the connection ended in good order"
                raise AssertionError("somebody answered")
            except ConnectionResetError:
                pass
    assert "1 broken" in said[1], said


def redis_is_used_by_its_own_benchmark(folder):
    """Programs that know nothing of RRDP, as they come; they are skipped where they are not."""
    if not shutil.which("redis-server"):
        print("        (redis-server is not here: skipped)", flush=True)
        return
    port = free_port()
    with subprocess.Popen(["redis-server", "--port", str(port), "--bind", HERE, "--save", "",
                           "--dir", str(folder)], stdout=subprocess.DEVNULL) as redis:
        try:
            wait_for(port, redis)
            with proxied(port) as (entrance, said):
                status, out, err = run(["redis-benchmark", "-h", HERE, "-p", str(entrance), "-n",
                                        "5000", "-c", "20", "-t", "set,get,lpush", "--csv"])
            assert status == 0 and not err.strip(), err
            rows = [line.split(b",")[0] for line in out.splitlines()[1:]]
            assert rows == [b'"SET"', b'"GET"', b'"LPUSH"'], out
            assert " 0 broken" in said[0], said
        finally:
            redis.terminate()


def what_was_carried_is_written_for_programs(folder):
    file = folder / "counts.json"
    with server(Echo) as port, proxied(port, near_only=("--json", str(file))) as (entrance, _), \
         socket.create_connection((HERE, entrance), timeout=30) as client:
        client.sendall(b"hello")
        assert client.recv(5, socket.MSG_WAITALL) == b"hello"
    told = json.loads(file.read_text())
    assert told["connections"] == 1 and told["broken"] == 0, told
    assert told["octets_to_rrdp"] == told["octets_to_tcp"] == 5, told
    assert told["frames_out"] > 2, told
    assert told["dropped"].keys() <= {"duplicate"}, told  # a slow machine makes an end probe


def wrong_options_are_told_of(_):
    usage = 2
    fails([PROXY, "--link", LINK, "--peer", "2"], usage, "--accept-tcp with --connect")
    fails([PROXY, "--accept-tcp", "nowhere:80", "--connect", "2:7"], usage, "--accept-tcp",
          "nowhere:80")
    fails([PROXY, "--accept-tcp", "80", "--connect", "2:7", "--link", "loopback"], usage,
          "no other end")
    taken = socket.create_server((HERE, 0))
    with taken:
        fails([PROXY, "--link", LINK, "--node", "1", "--peer", "2", "--connect", "2:7",
               "--accept-tcp", str(taken.getsockname()[1])], 1, "Address already in use")
    said = fails([PROXY, "--link", LINK, "--node", "1", "--peer", "2", "--connect", "2:7",
                  "--accept-tcp", "192.0.2.1:80"], 1, "Cannot assign requested address")
    assert said == "rrdp-proxy: --accept-tcp: Cannot assign requested address", said


main([what_is_sent_comes_back, an_end_is_passed_on_and_the_other_way_stays_open,
      over_a_bad_wire_too, many_at_a_time, more_than_it_may_open_wait_for_those_that_go,
      a_reset_is_passed_on, without_a_server_the_client_is_reset,
      redis_is_used_by_its_own_benchmark, what_was_carried_is_written_for_programs,
      wrong_options_are_told_of])
