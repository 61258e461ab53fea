"""Servers under measurement: started on a free port of loopback, waited for, and ended by their process number."""

import contextlib
import os
import random
import socket
import subprocess
import tempfile
import time

from . import programs

STARTING = 20  # seconds a server may take until it accepts
ENDING = 20  # seconds it may take to end after SIGTERM


class Server:
    """A running server process, the ports it listens on, and what is spoken there."""

    def __init__(self, process, ports, output, scheme="tcp"):
        self.process, self.ports, self.output, self.scheme = process, ports, output, scheme
        self.pid = process.pid
        self.beside = []  # further servers that work for this one

    def pids(self):
        """All processes whose costs count: it, its children and those beside it."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as children:
            own = [self.pid] + [int(pid) for pid in children.read().split()]
        return own + [pid for server in self.beside for pid in server.pids()]

    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.ports[0]}"

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def text(self):
        """What it has printed so far."""
        self.output.seek(0)
        return self.output.read()

    def figures(self, limit):
        """Waits until the start script has reported all it measured; returns name -> value."""
        deadline = time.monotonic() + limit
        while True:
            found = parse_figures(self.text())
            if "done" in found:
                return found
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the script reported no figures:\n{self.text()[-2000:]}")
            time.sleep(0.05)


def parse_figures(text):
    lines = (line.split("\t") for line in text.splitlines())
    return {parts[1]: float(parts[2]) for parts in lines if len(parts) == 3 and parts[0] == "figure"}


def free_ports(count):
    """Neighbouring free ports below those the system gives to clients."""
    while True:
        first = random.randrange(15000, 30000)
        ports = list(range(first, first + count))
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in ports:
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return ports


def wait_until_accepting(server, port):
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        time.sleep(0.02)
    raise RuntimeError(f"the server does not accept on port {port}:\n{server.text()[-2000:]}")


@contextlib.contextmanager
def running(command, ports, accepts=True, processors=None, scheme="tcp"):
    """Starts a command, on some processors only if so asked, and yields its Server; ends it in every case."""
    with tempfile.TemporaryFile(mode="w+") as output:
        words = [str(word) for word in command]
        place = {"cwd": programs.ROOT, "preexec_fn": stay_on(processors)}
        server = Server(subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, **place), ports, output, scheme)
        try:
            for port in ports if accepts else []:
                wait_until_accepting(server, port)
            yield server
        finally:
            server.end()


def stay_on(processors):
    return (lambda: os.sched_setaffinity(0, processors)) if processors else None


def floor(processors=None):
    ports = free_ports(1)
    return running([programs.FLOOR, ports[0]], ports, processors=processors)


def tls_floor(processors=None):
    ports = free_ports(1)
    return running([programs.TLS_FLOOR, ports[0], *programs.certificate()], ports, processors=processors, scheme="tls")


def websocket_floor(processors=None):
    ports = free_ports(1)
    return running([programs.websocket_floor(), ports[0]], ports, processors=processors, scheme="ws")


NGINX = """daemon off;
worker_processes 1;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
stream {{
    server {{
        listen 127.0.0.1:{port} ssl backlog=1024;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        proxy_pass 127.0.0.1:{behind};
    }}
}}
"""


@contextlib.contextmanager
def nginx_before(start):
    """nginx, which ends TLS and passes the rest on to a plain server."""
    certificate, key = programs.certificate()
    with start() as behind, tempfile.TemporaryDirectory() as folder:
        ports = free_ports(1)
        names = {"folder": folder, "port": ports[0], "certificate": certificate, "key": key, "behind": behind.ports[0]}
        with open(f"{folder}/nginx.conf", "w") as file:
            file.write(NGINX.format(**names))
        command = ["/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", f"{folder}/nginx.conf"]
        with running(command, ports, scheme="tls") as server:
            server.beside.append(behind)
            yield server


def node(config, gates=1, accepts=True, processors=None, scheme="tcp", **settings):
    """A swiftgate node; `settings` go over those of the configuration file."""
    ports = free_ports(gates)
    settings = {"port": ports[0], "gates": gates, **settings}
    if scheme != "tcp":
        settings["address"] = f"{scheme}://127.0.0.1"
    if scheme in ("tls", "wss"):
        settings["tls_certificate"], settings["tls_key"] = programs.certificate()
    choices = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return running([programs.SWIFTGATE, config, *choices], ports, accepts, processors, scheme)


def echo_example(**settings):
    return node(programs.ECHO_CONFIG, **settings)


def script(name, **settings):
    """A node whose start script is one of ours."""
    return node(programs.SCRIPTS_CONFIG, start=name, **settings)
