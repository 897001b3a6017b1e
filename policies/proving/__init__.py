"""What no test can show: the rules translated for the z3 solver, and held to account over every question at once.

This room alone imports z3, and nothing that serves requests imports this room: it runs as a child process,
`python -m policies.proving`, with limits of time and memory (`policies.prover` starts it). It must never say "proved"
of what it could not translate, and never show a counterexample that Cedar itself did not confirm.
"""
