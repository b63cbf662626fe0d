#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Programs that know nothing of RRDP meet over it between two hosts: redis and nginx through
rrdp-proxy, each with the benchmark that is made for it, and rsync through rrdp-cat. Beside it the
same over the kernel's TCP, for whoever wants to know what the way costs: figures decide nothing."""

import contextlib
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import time

from kit import Hosts, BIN, become_root_of_a_world, main, program, run, skip

program("rrdp-proxy")
FOLDERS = "/usr/bin:/usr/sbin:/bin:/sbin"
MISSING = [name for name in ("redis-server", "redis-benchmark", "nginx", "wrk", "rsync")
           if not shutil.which(name, path=FOLDERS)]
if MISSING:
    skip(f"not installed: {', '.join(MISSING)}")
become_root_of_a_world()
HOSTS = Hosts(BIN)
FAR, NEAR = "10.0.0.2", "127.0.0.1"


@contextlib.contextmanager
def running(node, *command, ready=None):
    """A program on a host until the end of the block; it has said `ready`, or time has passed."""
    with subprocess.Popen(HOSTS.on(node, *command), stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as process:
        try:
            if ready:
                said = process.stderr.readline().decode()
                assert ready in said, said
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


@contextlib.contextmanager
def carried(port, *more):
    """What `port` of host 2 serves is to be had at the same port of host 1 itself."""
    ready = "rrdp-proxy: ready"
    far = HOSTS.tool(2, "rrdp-proxy", "--verbose", "--listen", "7", "--connect-tcp",
                     f"{NEAR}:{port}", *more)
    near = HOSTS.tool(1, "rrdp-proxy", "--verbose", "--connect", "2:7", "--accept-tcp", str(port),
                      *more)
    # Hosts.tool says where; `running` wants to say it itself.
    with running(2, *far[2:], ready=ready), running(1, *near[2:], ready=ready):
        yield


def until_served(port):
    for _ in range(500):
        status, _, _ = run(HOSTS.on(2, "bash", "-c", f"exec 3<>/dev/tcp/{NEAR}/{port}"))
        if status == 0:
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody serves port {port}")


def asked(*command):
    status, out, err = run(HOSTS.on(1, *command))
    assert status == 0, err
    return out.decode()


def redis_rates(host, port):
    out = asked("redis-benchmark", "-h", host, "-p", str(port), "-n", "20000", "-c", "20", "-t",
                "set,get,lpush", "--csv")
    rows = [line.replace('"', "").split(",") for line in out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["SET", "GET", "LPUSH"], out
    return {row[0]: float(row[1]) for row in rows}


def redis_and_its_benchmark(folder):
    port = 16_379
    with running(2, "redis-server", "--port", str(port), "--bind", NEAR, FAR, "--save", "",
                 "--protected-mode", "no", "--dir", str(folder)), \
         carried(port):
        until_served(port)
        over_rrdp, over_tcp = redis_rates(NEAR, port), redis_rates(FAR, port)
    for verb, rate in over_rrdp.items():
        print(f"        {verb}: {rate:.0f}/s through RRDP, {over_tcp[verb]:.0f}/s over TCP")


NGINX = """
daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen {near}:{port}; listen {far}:{port}; root {folder}; }} }}
"""


def wrk_rate(host, port):
    out = asked("wrk", "-t", "1", "-c", "20", "-d", "3s", f"http://{host}:{port}/page")
    assert "Socket errors" not in out and "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec: *([\d.]+)", out)[1])


def nginx_and_wrk(folder):
    port = 18_080
    (folder / "page").write_bytes(b"w" * 10_000)
    folder.chmod(0o755)
    (folder / "conf").write_text(NGINX.format(folder=folder, near=NEAR, far=FAR, port=port))
    with running(2, "nginx", "-c", str(folder / "conf")), carried(port):
        until_served(port)
        status, page, _ = run(HOSTS.on(1, "bash", "-c",
                                       f"exec 3<>/dev/tcp/{NEAR}/{port}; printf "
                                       "'GET /page HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"))
        assert status == 0 and page.endswith(b"\r\n\r\n" + b"w" * 10_000), page[:300]
        over_rrdp, over_tcp = wrk_rate(NEAR, port), wrk_rate(FAR, port)
    print(f"        {over_rrdp:.0f} pages/s through RRDP, {over_tcp:.0f} over TCP")


def copied(source, copy, *how, env=None):
    """Megabytes a second at which rsync makes a copy, which is then compared."""
    began = time.monotonic()
    done = subprocess.run([*how, f"{copy}/"], check=False, env={**os.environ, **(env or {})},
                          timeout=60, capture_output=True)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert not run(["diff", "-r", str(source), str(copy)])[1]
    sizes = [file.stat().st_size for file in (copy / "deep").iterdir()]
    assert len(sizes) == 31
    return sum(sizes) / took / 1e6


def rsync_brings_a_tree(folder):
    source, port = folder / "source", 18_730
    (source / "deep").mkdir(parents=True)
    for number in range(31):
        size = 30_000_000 if number == 30 else 40_000 * (number % 5)
        (source / "deep" / f"file {number}").write_bytes(random.Random(number).randbytes(size))
    conf = folder / "rsyncd.conf"
    conf.write_text(f"use chroot = no\n[tree]\npath = {source}\nread only = yes\n")
    conf.chmod(0o644)
    daemon = f"exec rsync --server --daemon --config={conf} ."
    far = HOSTS.tool(2, "rrdp-cat", "--listen", "7", "--exec", daemon)
    near = shlex.join(HOSTS.tool(1, "rrdp-cat", "--connect", "2:7"))
    with running(2, *far[2:]):
        over_rrdp = copied(source, folder / "one", "rsync", "-a", "rsync://node2/tree/",
                           env={"RSYNC_CONNECT_PROG": near})
    with running(2, "rsync", "--daemon", "--no-detach", f"--config={conf}", f"--port={port}"):
        until_served(port)
        over_tcp = copied(source, folder / "two",
                          *HOSTS.on(1, "rsync", "-a", f"rsync://{FAR}:{port}/tree/"))
    print(f"        {over_rrdp:.0f} MB/s through RRDP, {over_tcp:.0f} over TCP")


with HOSTS:
    for number in (1, 2):
        HOSTS.ip(number, "link", "set", "lo", "up")
    main([redis_and_its_benchmark, nginx_and_wrk, rsync_brings_a_tree])
