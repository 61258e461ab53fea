"""What is measured; several rows of the table may share one scenario, which then runs once."""

import concurrent.futures
import functools
import time

from . import servers
from .measuring import baseline_once, interleaved, load, load_apart, load_once, script_once

DROPPED = 15000
STALLED = 10000
DEADLINE = 10  # seconds, as handshake_timeout says in scripts/config


def beside_floor(start, once=load_once, **options):
    return interleaved(floor=lambda: once(servers.floor, **options), gate=lambda: once(start, **options))


def ours(name, **settings):
    """A start script of this folder, to be started as often as needed."""
    return functools.partial(servers.script, name, **settings)


@functools.cache
def fifty(in_flight):
    return beside_floor(servers.echo_example, connections=50, in_flight=in_flight)


@functools.cache
def lone():
    return beside_floor(servers.echo_example, load_apart, connections=1, in_flight=1)


@functools.cache
def in_node(script):
    return interleaved(plain=baseline_once, node=lambda: script_once(script))


def idle_clients():
    return interleaved(gate=lambda: load_once(ours("gate_only"), mode="idle", connections=10000, seconds=1))


def connects():
    return beside_floor(ours("gate_only"), mode="connect", connections=16)


def disconnects():
    return beside_floor(ours("gates"), connections=50, drop=DROPPED, seconds=4)


def idle_node():
    options = {"mode": "idle", "connections": 1000, "warmup": 4, "seconds": 10}
    return interleaved(gate=lambda: load_once(ours("gates"), **options))


def spinning():
    def with_settings(**settings):
        return load_once(ours("gates", thread=2, **settings), connections=50, seconds=5)

    return interleaved(idle=with_settings, gate=lambda: with_settings(spinner=1))


def eight_gates():
    def with_threads(count):
        return load_once(ours("gates", gates=8, thread=count), connections=64, in_flight=16)

    return interleaved(one=lambda: with_threads(1), two=lambda: with_threads(2))


def fifty_over(scheme, floor, in_flight=1):
    """The echo example on another transport, beside the bare echo of the same library."""
    options = {"connections": 50, "in_flight": in_flight}
    return interleaved(floor=lambda: load_once(floor, **options),
                       gate=lambda: load_once(functools.partial(servers.echo_example, scheme=scheme), **options))


def tls_proxy():
    """Who ends TLS: the gate itself, or nginx in front of a plain one."""
    return interleaved(
        proxy=lambda: load_once(functools.partial(servers.nginx_before, servers.echo_example), connections=50),
        gate=lambda: load_once(functools.partial(servers.echo_example, scheme="tls"), connections=50))


def idle_over(scheme, count=10000):
    options = {"mode": "idle", "connections": count, "seconds": 1}
    return interleaved(gate=lambda: load_once(ours("gate_only", scheme=scheme), **options))


def handshakes():
    """Each client has one packet echoed; what the resumed ones take up is the session of the client before."""
    sides = {"floor": servers.tls_floor, "gate": ours("gate_only", scheme="tls")}
    options = {"mode": "connect", "connections": 1}
    measures = {name: functools.partial(load_once, start, **options) for name, start in sides.items()}
    measures |= {name + "_resumed": functools.partial(load_once, start, resume=True, **options)
                 for name, start in sides.items()}
    return interleaved(**measures)


def slow_handshakes():
    """Fifty clients go on while thousands come who never end their handshakes."""
    def alone():
        return load_once(ours("gates", scheme="tls"), connections=50)

    def beside():
        with ours("gates", scheme="tls")() as server, concurrent.futures.ThreadPoolExecutor() as pool:
            others = pool.submit(load, server, connections=50, seconds=DEADLINE + 8)
            time.sleep(2)
            stalled = load(server, mode="stall", connections=STALLED, seconds=DEADLINE)
            figures = {"stalled" + key[0].upper() + key[1:]: value for key, value in stalled.items()}
            return {**others.result(), **figures}

    return interleaved(alone=alone, gate=beside)
