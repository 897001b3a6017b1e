"""For machines that watch: is it alive, is it ready, how fast is it. Nothing of any person."""

from collections.abc import Callable
from time import perf_counter

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})


def add_operations(app: Flask) -> None:
    """`/healthz`, `/readyz` and `/metrics`."""
    registry = CollectorRegistry()
    answers = Counter("gateway_page_answers", "Answers of pages", ["page", "method", "status"], registry=registry)
    notices = Gauge("gateway_notices", "Notices by state", ["state"], registry=registry)
    parts = Gauge("gateway_part_ready", "1 while the part does its work in time", ["part"], registry=registry)
    seconds = Histogram("gateway_page_seconds", "Server time of pages", ["page"], registry=registry)

    def start_clock() -> None:
        g.started = perf_counter()

    def count(response: Response) -> Response:
        page = request.endpoint or "none"
        # A stranger may invent methods without end, and each would be a line kept for ever.
        method = request.method if request.method in _METHODS else "other"
        answers.labels(page, method, f"{response.status_code // 100}xx").inc()
        if "started" in g:
            seconds.labels(page).observe(perf_counter() - g.started)
        return response

    app.before_request(start_clock)
    app.after_request(count)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", endpoint="metrics", view_func=metrics_of(registry, notices, parts))


@entrance(Entrance.ANYONE)
def healthz() -> ResponseReturnValue:
    """200 while the process answers."""
    alive = gateway().health.live()
    return {"status": "ok" if alive else "failing"}, 200 if alive else 503


@entrance(Entrance.ANYONE)
def readyz() -> ResponseReturnValue:
    """200 when everything it needs answers; each check by name, without its details."""
    checks = gateway().health.ready()
    ready = all(check.ok for check in checks if check.required)
    body = {"status": "ok" if ready else "failing", "checks": {check.name: bool(check.ok) for check in checks}}
    return body, 200 if ready else 503


def metrics_of(registry: CollectorRegistry, notices: Gauge, parts: Gauge) -> Callable[[], ResponseReturnValue]:
    """The view that shows this registry in Prometheus' text format, the two gauges as they are at that moment."""

    @entrance(Entrance.ANYONE)
    def metrics() -> ResponseReturnValue:
        notices.clear()
        for state, number in gateway().health.notice_states().items():
            notices.labels(state).set(number)
        for check in gateway().health.ready():
            parts.labels(check.name).set(check.ok)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return metrics
