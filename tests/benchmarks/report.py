"""What a run prints."""

from rich.console import Console
from rich.table import Table

from tests.benchmarks.figures import Figures

WORDS = {
    "commit": "durable commit of an opening's rows, bare driver",
    "bare": "document read without the gateway (bare Flask)",
    "open": "break-glass open, POST /api/v1/accesses",
    "read": "document read, GET …/documents/{id}",
}


def show(console: Console, figures: Figures, *, memory_mb: dict[str, float], about: list[str]) -> None:
    """Two tables and the memory, under the lines that say how the figures were made."""
    for line in about:
        console.print(line, highlight=False)
    ratios = Table(title="Ratios of p50, taken within each round (median of the rounds; least to most)")
    for column in ("engine", "clients", "", "times", "least", "most"):
        ratios.add_column(column, justify="right" if column in {"clients", "times", "least", "most"} else "left")
    for one in figures.ratios():
        words = f"{WORDS[one.activity].split(',')[0]} / {WORDS[one.below]}"
        ratios.add_row(one.engine, str(one.clients), words, f"{one.ratio:.2f}", f"{one.least:.2f}", f"{one.most:.2f}")
    console.print(ratios)
    loads = Table(title="Latency and throughput on this machine, on this day")
    for column in ("engine", "clients", "activity", "p50 ms", "p99 ms", "per second"):
        loads.add_column(column, justify="left" if column in {"engine", "activity"} else "right")
    for load in figures.loads():
        loads.add_row(
            load.engine,
            str(load.clients),
            WORDS[load.activity],
            f"{load.p50_ms:.2f}",
            f"{load.p99_ms:.2f}",
            f"{load.per_second:.0f}",
        )
    console.print(loads)
    for engine, size in memory_mb.items():
        console.print(f"Memory of a worker process, {engine}: {size:.0f} MB (PSS, /proc/PID/smaps_rollup)")
