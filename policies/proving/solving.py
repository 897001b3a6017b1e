"""The solver, bounded."""

import z3

LONGEST_CALL = 20.0  # seconds


def solver_within(seconds: float) -> z3.Solver:
    """A solver whose every call ends within this time (and 20 s): what has no answer by then is unknown."""
    solver = z3.Solver()
    solver.set("timeout", int(max(0.1, min(seconds, LONGEST_CALL)) * 1000))
    return solver
