"""One run of the load client, and medians of several."""

import json
import os
import statistics
import subprocess
import sys

from . import programs, servers

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS", "3"))


def load(server, processors=None, **options):
    """Loads a server with `swiftgate bench`; returns the figures it prints."""
    settings = {"seconds": SECONDS, "warmup": 1, **options}
    flags = ["--" + name for name, value in settings.items() if value is True]
    words = [("--port", port) for port in server.ports] if server.scheme == "tcp" else [("--url", server.url())]
    words += [("--server-pid", pid) for pid in server.pids()]
    words += [("--" + name.replace("_", "-"), value) for name, value in settings.items() if value is not True]
    command = [str(programs.SWIFTGATE), "bench", "--json", *flags] + [str(word) for pair in words for word in pair]
    stay = servers.stay_on(processors)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, preexec_fn=stay)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}\nserver: {server.text()[-2000:]}")
    return json.loads(done.stdout)


def load_once(start, **options):
    with start() as server:
        return load(server, **options)


def load_apart(start, **options):
    """The same, with server and client kept on different processors.

    With a single packet under way the system may put both on one processor, where a wake-up costs a quarter.
    """
    *others, last = sorted(os.sched_getaffinity(0))
    with start(processors=others) as server:
        return load(server, processors={last}, **options)


def script_once(name, limit=120, **settings):
    """The figures a start script reports by itself."""
    with servers.script(name, accepts=False, **settings) as server:
        return server.figures(limit)


def baseline_once():
    text = subprocess.check_output([programs.BASELINE, programs.BASELINE_SCRIPT], text=True, timeout=120)
    return servers.parse_figures(text)


def interleaved(**measures):
    """Runs every measure once a round, so that a noisy moment meets them all; returns name -> median figures."""
    results = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            results[name].append(measure())
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: medians(runs) for name, runs in results.items()}


def medians(runs):
    return {key: statistics.median(run[key] for run in runs if key in run) for key in runs[0]}
