"""What is measured; several rows of the table may share one scenario, which then runs once."""

import functools

from . import servers
from .measuring import baseline_once, interleaved, load, load_apart, load_once, script_once

DROPPED = 15000


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
