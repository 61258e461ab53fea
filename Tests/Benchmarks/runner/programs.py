"""Where the programs are, and how those in C are built."""

import pathlib
import shutil
import subprocess

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent.parent
BUILT = ROOT / ".build" / "benchmarks"

SWIFTGATE = ROOT / ".build" / "release" / "swiftgate"
FLOOR = BUILT / "epoll_echo"
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
    if not SWIFTGATE.exists():
        subprocess.check_call(["make", "build"], cwd=ROOT)


def compile_c(program, sources, libraries):
    compiler = shutil.which("cc") or shutil.which("clang")
    subprocess.check_call([compiler, "-O2", "-Wall", "-Wextra", "-o", program, *sources, *libraries])
