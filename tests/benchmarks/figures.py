"""From latencies to figures: each ratio is taken within one round, and the median over the rounds is what is told."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from statistics import median

ACTIVITIES = ("commit", "bare", "open", "read")
CLIENTS = (1, 8, 32)
RATIOS = (("open", "commit"), ("open", "bare"), ("read", "commit"), ("read", "bare"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One activity at one number of clients: medians over the rounds."""

    engine: str
    activity: str
    clients: int
    p50_ms: float
    p99_ms: float  # of all the rounds' latencies together
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times the p50 of `below` the p50 of `activity` is; `least` and `most` are the rounds' extremes."""

    engine: str
    activity: str
    below: str
    clients: int
    ratio: float
    least: float
    most: float


class Figures:
    """Collects the rounds of a run."""

    def __init__(self) -> None:
        self._rounds: dict[tuple[str, str, int], list[tuple[list[float], float]]] = defaultdict(list)

    def add(self, engine: str, activity: str, clients: int, latencies_ms: list[float], seconds: float) -> None:
        """One round of one activity."""
        self._rounds[engine, activity, clients].append((latencies_ms, seconds))

    def loads(self) -> list[Load]:
        """One line for each engine, number of clients and activity."""
        return [
            Load(
                engine=engine,
                activity=activity,
                clients=clients,
                p50_ms=median(median(latencies) for latencies, _ in rounds),
                p99_ms=_p99([one for latencies, _ in rounds for one in latencies]),
                per_second=median(len(latencies) / seconds for latencies, seconds in rounds),
            )
            for (engine, activity, clients), rounds in self._rounds.items()
        ]

    def ratios(self) -> list[Ratio]:
        """Every ratio of `RATIOS`, for each engine and number of clients."""
        places = dict.fromkeys((engine, clients) for engine, _, clients in self._rounds)
        found = []
        for engine, clients in places:
            for activity, below in RATIOS:
                each = [
                    median(above_ms) / median(below_ms)
                    for (above_ms, _), (below_ms, _) in zip(
                        self._rounds[engine, activity, clients], self._rounds[engine, below, clients], strict=True
                    )
                ]
                found.append(
                    Ratio(
                        engine=engine,
                        activity=activity,
                        below=below,
                        clients=clients,
                        ratio=median(each),
                        least=min(each),
                        most=max(each),
                    )
                )
        return found

    def to_json(self) -> dict[str, object]:
        """All of it, plain."""
        return {
            "loads": [asdict(load) for load in self.loads()],
            "ratios": [asdict(ratio) for ratio in self.ratios()],
        }


def _p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
