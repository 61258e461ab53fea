"""The rows of the table: what each goal is, and how a scenario's figures are held against it."""

import collections

from . import scenarios

Result = collections.namedtuple("Result", "figure yardstick met")
Row = collections.namedtuple("Row", "name what goal measure")


def times(figure, yardstick, limit, unit):
    """A figure that may be at most `limit` times its yardstick."""
    ratio = figure / yardstick if yardstick else float("inf")
    return Result(f"{figure:.3g} {unit} = {ratio:.2f} ×", f"{yardstick:.3g} {unit}", ratio <= limit)


def at_most(figure, limit, unit, yardstick=""):
    return Result(f"{figure:.3g} {unit}", yardstick, figure <= limit)


def at_least(figure, yardstick, share):
    ratio = figure / yardstick
    return Result(f"{figure:.0f} /s = {ratio:.2f} ×", f"{yardstick:.0f} /s", ratio > share)


def against_floor(run, key, limit):
    return times(run["gate"][key], run["floor"][key], limit, "µs")


def switches():
    run, key = scenarios.lone(), "serverVoluntarySwitchesEach"
    return at_most(run["gate"][key], 1.005, "", f"{run['floor'][key]:.3g}")


def call():
    run = scenarios.calls()
    pair = run["plain"]["pairNanoseconds"]
    alone, crowded = (run["node"][key] for key in ("callNanoseconds", "call64Nanoseconds"))
    figure = f"{alone:.0f} / {crowded:.0f} ns = {alone / pair:.1f} / {crowded / pair:.1f} pairs"
    return Result(figure, f"{pair:.0f} ns", max(alone, crowded) <= 25 * pair)


def newservice():
    run, key = scenarios.births(), "birthNanoseconds"
    return times(run["node"][key] / 1e3, run["plain"][key] / 1e3, 3, "µs")


def client_memory():
    run = scenarios.idle_clients()["gate"]
    grown = run["serverResidentBytesAfter"] - run["serverResidentBytesBefore"]
    return at_most(grown / run["count"] / 1024, 4, "KB")


def connects():
    run, key = scenarios.connects(), "perSecond"
    return at_least(run["gate"][key], run["floor"][key], 0.5)


def farewell():
    run, key = scenarios.farewell(), "maxMicroseconds"
    return at_most(run["gate"][key] / 1e3, 50, "ms", f"floor {run['floor'][key] / 1e3:.3g} ms")


def idle():
    run = scenarios.idle_node()["gate"]
    return at_most(run["serverVoluntarySwitches"] / run["seconds"], 0, "/s")


def spin():
    run, key = scenarios.spinning(), "p99Microseconds"
    return at_most(run["gate"][key] / 1e3, 20, "ms", f"calm {run['calm'][key] / 1e3:.3g} ms")


def netpack():
    run, keys = scenarios.packets(), ("packNanoseconds", "filterNanoseconds")
    node, plain = ([run[side][key] for key in keys] for side in ("node", "plain"))
    ratios = [figure / yardstick for figure, yardstick in zip(node, plain)]
    figure = f"{node[0]:.0f} / {node[1]:.0f} ns = {ratios[0]:.2f} / {ratios[1]:.2f} ×"
    return Result(figure, f"{plain[0]:.0f} / {plain[1]:.0f} ns", max(ratios) <= 1.3)


def threads():
    run, key = scenarios.eight_gates(), "perSecond"
    return at_least(run["two"][key], run["one"][key], 1)


ROWS = [
    Row("cpu", "CPU per packet, 50 connections, 1 in flight", "≤ 1.7 × floor",
        lambda: against_floor(scenarios.fifty(), "serverCPUMicrosecondsEach", 1.7)),
    Row("cpu16", "the same, 16 in flight", "≤ 5 × floor",
        lambda: against_floor(scenarios.fifty_busy(), "serverCPUMicrosecondsEach", 5)),
    Row("p50", "p50 of one lone connection, 1 in flight", "≤ 1.5 × floor",
        lambda: against_floor(scenarios.lone(), "p50Microseconds", 1.5)),
    Row("p99", "p99 at 50 connections, 1 in flight", "≤ 2 × floor",
        lambda: against_floor(scenarios.fifty(), "p99Microseconds", 2)),
    Row("switches", "voluntary context switches per packet, lone connection", "≤ 1", switches),
    Row("call", "round trip of skynet.call, one / 64 at a time", "≤ 25 pairs", call),
    Row("newservice", "start of a service", "≤ 3 × newstate + openlibs", newservice),
    Row("service-memory", "memory of such an idle service", "≤ 48 KB",
        lambda: at_most(scenarios.births()["node"]["leafBytes"] / 1024, 48, "KB")),
    Row("client-memory", "memory of an idle client, gate only", "≤ 4 KB", client_memory),
    Row("connects", "connects served, gate only", "≥ 0.5 × floor", connects),
    Row("farewell", f"longest wait of others while {scenarios.CROWD} clients leave", "≤ 50 ms", farewell),
    Row("idle", "wake-ups, 1,000 idle clients", "0 /s", idle),
    Row("spin", "p99 of the others while one service spins", "≤ 20 ms", spin),
    Row("netpack", "pack + tostring / filter + pop in a batch of 100", "≤ 1.3 × plain C", netpack),
    Row("threads", "packets of eight gates, thread = 2 against 1", "more", threads),
]
