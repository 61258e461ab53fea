"""Where the programs are, and how those that are not the command are built."""

import functools
import pathlib
import shutil
import subprocess
import sys

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent.parent
BUILT = ROOT / ".build" / "benchmarks"

SWIFTGATE = ROOT / ".build" / "release" / "swiftgate"
FLOOR = BUILT / "epoll_echo"
TLS_FLOOR = BUILT / "tls_echo"
WEBSOCKET_PACKAGE = BENCHMARKS / "floor" / "websocket_echo"
WEBSOCKET_FLOOR = BUILT / "websocket" / "release" / "websocket_echo"
CERTIFICATE, KEY = BUILT / "certificate.pem", BUILT / "key.pem"
BASELINE = BUILT / "baseline"
BASELINE_SCRIPT = BENCHMARKS / "baseline" / "baseline.lua"
SCRIPTS_CONFIG = "Tests/Benchmarks/scripts/config"
ECHO_CONFIG = "examples/echo/config"


def build():
    """Builds the floor and the baseline, and the command where `make bench` has not done so already."""
    BUILT.mkdir(parents=True, exist_ok=True)
    compile_c(FLOOR, [BENCHMARKS / "floor" / "epoll_echo.c"], [])
    lua = subprocess.check_output(["pkg-config", "--cflags", "--libs", "lua5.4"], text=True).split()
    compile_c(BASELINE, sorted((BENCHMARKS / "baseline").glob("*.c")), lua)
    openssl = subprocess.check_output(["pkg-config", "--cflags", "--libs", "openssl"], text=True).split()
    compile_c(TLS_FLOOR, [BENCHMARKS / "floor" / "tls_echo.c"], openssl)
    if not SWIFTGATE.exists():
        subprocess.check_call(["make", "build"], cwd=ROOT)


def compile_c(program, sources, libraries):
    compiler = shutil.which("cc") or shutil.which("clang")
    subprocess.check_call([compiler, "-O2", "-Wall", "-Wextra", "-o", program, *sources, *libraries])


@functools.cache
def certificate():
    """Makes a certificate of our own, of the kind that costs a server least, and returns its file and its key's."""
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    subprocess.run(["openssl", "req", *kind, *name, "-keyout", KEY, "-out", CERTIFICATE], check=True, capture_output=True)
    return CERTIFICATE, KEY


@functools.cache
def websocket_floor():
    """Builds the echo on NIOWebSocket with the command's versions of what it depends on; returns the program."""
    shutil.copy(ROOT / "Package.resolved", WEBSOCKET_PACKAGE / "Package.resolved")
    scratch = ["--scratch-path", BUILT / "websocket", "--package-path", WEBSOCKET_PACKAGE]
    subprocess.run(["swift", "build", "-c", "release", *scratch], check=True, stdout=sys.stderr)
    return WEBSOCKET_FLOOR
