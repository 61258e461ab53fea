"""The rows of the table: what each goal is, and how a scenario's figures are held against it."""

import collections

from . import scenarios, servers

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


def idle_memory(scheme, limit):
    run = scenarios.idle_over(scheme)["gate"]
    grown = run["serverResidentBytesAfter"] - run["serverResidentBytesBefore"]
    return at_most(grown / run["count"] / 1024, limit, "KB")


def websockets():
    """Two figures with goals of their own."""
    runs = [(scenarios.fifty_over("ws", servers.websocket_floor, in_flight), limit)
            for in_flight, limit in ((1, 1.3), (16, 2))]
    both = [times(run, "serverCPUMicrosecondsEach", limit) for run, limit in runs]
    return Result(" / ".join(one.figure for one in both), " / ".join(one.baseline for one in both),
                  all(one.met for one in both))


def handshakes():
    """Handshakes in a second of the server's CPU."""
    run = scenarios.handshakes()
    for side, figures in run.items():
        share = figures["resumed"] / figures["count"]
        if (share > 0.99) != side.endswith("_resumed"):
            raise RuntimeError(f"{share:.0%} of the handshakes of {side} were resumed")
    rates = {side: 1e6 / figures["serverCPUMicrosecondsEach"] for side, figures in run.items()}
    shares = [rates["gate"] / rates["floor"], rates["gate_resumed"] / rates["floor_resumed"]]
    figure = f"{rates['gate']:.0f} / {rates['gate_resumed']:.0f} /s = {shares[0]:.2f} / {shares[1]:.2f} ×"
    return Result(figure, f"{rates['floor']:.0f} / {rates['floor_resumed']:.0f} /s", min(shares) >= 0.8)


def slow_handshakes():
    run = scenarios.slow_handshakes()
    gate, alone = run["gate"], run["alone"]["p99Microseconds"] / 1e3
    grown = gate["stalledServerResidentBytesAfter"] - gate["stalledServerResidentBytesBefore"]
    each, p99 = grown / scenarios.STALLED / 1024, gate["p99Microseconds"] / 1e3
    held, left = gate["stalledHeld"], gate["stalledCount"]
    figure = f"{p99:.3g} ms, {each:.3g} KB each, {left:.0f} of {held:.0f} left"
    met = p99 <= max(20, 2 * alone) and each <= 4 and left == 0 and held == scenarios.STALLED
    return Result(figure, f"alone: {alone:.3g} ms", met)


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
    Row("tls", "CPU per packet over TLS, 50 connections, 1 in flight", "≤ 1.3 × bare echo",
        lambda: times(scenarios.fifty_over("tls", servers.tls_floor), "serverCPUMicrosecondsEach", 1.3)),
    Row("ws", "the same over a WebSocket, 1 / 16 in flight", "≤ 1.3 / 2 × bare echo", websockets),
    Row("tlsproxy", "CPU per packet over TLS, all processes, 50 connections, 1 in flight", "≤ 0.6 × nginx + plain gate",
        lambda: times(scenarios.tls_proxy(), "serverCPUMicrosecondsEach", 0.6, ("gate", "proxy"))),
    Row("idletls", "memory of an idle client over TLS, gate only", "≤ 20 KB", lambda: idle_memory("tls", 20)),
    Row("idlews", "the same over a WebSocket", "≤ 8 KB", lambda: idle_memory("ws", 8)),
    Row("idlewss", "the same over a WebSocket over TLS", "≤ 24 KB", lambda: idle_memory("wss", 24)),
    Row("handshakes", "full / resumed TLS handshakes per CPU second, gate only", "≥ 0.8 × bare echo", handshakes),
    Row("slowhandshakes", f"{scenarios.STALLED} clients that never end their handshake: p99 of others, memory, who is left",
        "≤ 20 ms or 2 × alone, ≤ 4 KB each, 0", slow_handshakes),
]
