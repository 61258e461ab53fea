"""The rows of the table: what each goal is, and how a scenario's figures are held against it."""

import collections

from . import scenarios

Result = collections.namedtuple("Result", "figure baseline met")
Row = collections.namedtuple("Row", "name what goal measure")


def times(run, key, limit, sides=("gate", "floor"), scale=1, unit="µs"):
    """A figure that may be at most `limit` times its baseline."""
    figure, baseline = (run[side][key] / scale for side in sides)
    ratio = figure / baseline if baseline else float("inf")
    return Result(f"{figure:.3g} {unit} = {ratio:.2f} ×", f"{baseline:.3g} {unit}", ratio <= limit)


def over(run, key, share, sides=("gate", "floor")):
    """A rate that must be more than a share of its baseline."""
    figure, baseline = (run[side][key] for side in sides)
    return Result(f"{figure:.0f} /s = {figure / baseline:.2f} ×", f"{baseline:.0f} /s", figure > share * baseline)


def at_most(figure, limit, unit, baseline=""):
    return Result(f"{figure:.3g} {unit}", baseline, figure <= limit)


def longest(run, key, limit, beside):
    return at_most(run["gate"][key] / 1e3, limit, "ms", f"{beside}: {run[beside][key] / 1e3:.3g} ms")


def both(run, keys, limit, unit, baseline_keys):
    """Two figures, each held against its own baseline in plain Lua or C."""
    figures = [run["node"][key] for key in keys]
    baselines = [run["plain"][key] for key in baseline_keys]
    ratios = [figure / baseline for figure, baseline in zip(figures, baselines)]
    figure = f"{figures[0]:.0f} / {figures[1]:.0f} ns = {ratios[0]:.2f} / {ratios[1]:.2f} {unit}"
    return Result(figure, " / ".join(f"{baseline:.0f}" for baseline in baselines) + " ns", max(ratios) <= limit)


def switches():
    run, key = scenarios.lone(), "serverVoluntarySwitchesEach"
    # A handful of switches before the first and after the last packet are nobody's packet.
    return at_most(run["gate"][key], 1.005, "", f"{run['floor'][key]:.3g}")


def client_memory():
    run = scenarios.idle_clients()["gate"]
    grown = run["serverResidentBytesAfter"] - run["serverResidentBytesBefore"]
    return at_most(grown / run["count"] / 1024, 4, "KB")


def idle():
    run = scenarios.idle_node()["gate"]
    return at_most(run["serverVoluntarySwitches"] / run["seconds"], 0, "/s")


NETPACK = ("packNanoseconds", "filterNanoseconds")
CALL = ("callNanoseconds", "call64Nanoseconds")
PAIR = ("pairNanoseconds", "pairNanoseconds")

ROWS = [
    Row("cpu", "CPU per packet, 50 connections, 1 in flight", "≤ 1.7 × floor",
        lambda: times(scenarios.fifty(1), "serverCPUMicrosecondsEach", 1.7)),
    Row("cpu16", "the same, 16 in flight", "≤ 5 × floor",
        lambda: times(scenarios.fifty(16), "serverCPUMicrosecondsEach", 5)),
    Row("p50", "p50 of one lone connection, 1 in flight", "≤ 1.5 × floor",
        lambda: times(scenarios.lone(), "p50Microseconds", 1.5)),
    Row("p99", "p99 at 50 connections, 1 in flight", "≤ 2 × floor",
        lambda: times(scenarios.fifty(1), "p99Microseconds", 2)),
    Row("switches", "voluntary context switches per packet, lone connection", "≤ 1", switches),
    Row("call", "round trip of skynet.call, one / 64 at a time", "≤ 25 pairs",
        lambda: both(scenarios.in_node("call"), CALL, 25, "pairs", PAIR)),
    Row("newservice", "start of a service", "≤ 3 × newstate + openlibs",
        lambda: times(scenarios.in_node("newservice"), "startNanoseconds", 3, ("node", "plain"), 1e3)),
    Row("service-memory", "memory of such an idle service", "≤ 48 KB",
        lambda: at_most(scenarios.in_node("newservice")["node"]["serviceBytes"] / 1024, 48, "KB")),
    Row("client-memory", "memory of an idle client, gate only", "≤ 4 KB", client_memory),
    Row("connects", "connects served, gate only", "≥ 0.5 × floor",
        lambda: over(scenarios.connects(), "perSecond", 0.5)),
    Row("disconnects", f"longest wait of others while {scenarios.DROPPED} clients disconnect", "≤ 50 ms",
        lambda: longest(scenarios.disconnects(), "maxMicroseconds", 50, "floor")),
    Row("idle", "wake-ups, 1,000 idle clients", "0 /s", idle),
    Row("spin", "p99 of the others while one service spins", "≤ 20 ms",
        lambda: longest(scenarios.spinning(), "p99Microseconds", 20, "idle")),
    Row("netpack", "pack + tostring / filter + pop in a batch of 100", "≤ 1.3 × plain C",
        lambda: both(scenarios.in_node("packets"), NETPACK, 1.3, "×", NETPACK)),
    Row("threads", "packets of eight gates, thread = 2 against 1", "more",
        lambda: over(scenarios.eight_gates(), "perSecond", 1, ("two", "one"))),
]
