"""What someone without a session can do to the gateway: nothing that stays."""

from flask import Flask


def test_invented_methods_add_no_line_to_the_metrics(web: Flask) -> None:
    client = web.test_client()
    for number in range(20):
        client.open("/healthz", method=f"INVENTED{number}")
    metrics = client.get("/metrics").text
    assert "INVENTED" not in metrics
    assert 'gateway_page_answers_total{method="other",page="none",status="4xx"} 20.0' in metrics
