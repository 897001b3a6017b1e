"""Every page says for whom it is, and one that forgets is closed to everyone."""

from flask import Flask

from gateway.web.entrance import Entrance, entrance_of
from tests.web.fake_gateway import FakeGateway


def test_every_route_declares_who_may_enter(web: Flask) -> None:
    undeclared = {
        rule.endpoint for rule in web.url_map.iter_rules() if entrance_of(web.view_functions[rule.endpoint]) is None
    }
    assert undeclared == set()


def test_a_view_without_a_declaration_is_closed_to_everyone(web: Flask, fake: FakeGateway) -> None:
    web.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    client = fake.client(web, "interne")
    answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.data


def test_nobody_enters_a_guarded_page_without_signing_in(web: Flask) -> None:
    open_to_all = {Entrance.ANYONE}
    for rule in web.url_map.iter_rules():
        if entrance_of(web.view_functions[rule.endpoint]) in open_to_all or "GET" not in (rule.methods or set()):
            continue
        address = rule.build(dict.fromkeys(rule.arguments, "x"))
        assert address is not None
        answer = web.test_client().get(address[1])
        assert answer.status_code == 303, rule.rule
        assert "/auth/sign-in" in answer.headers["Location"]


def test_a_page_for_another_role_is_refused_without_a_hint(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    for address in ("/it", "/dpo"):
        assert client.get(address).status_code == 403
    assert fake.client(web, "informatique").get("/dpo").status_code == 403
    for address in ("/it/versions/1/activate", "/it/drafts/any/case"):  # the DPO looks on, and changes no rule
        assert fake.client(web, "dpo").get(address).status_code == 403
    assert fake.client(web, "dpo").get("/").status_code == 403


def test_a_staff_session_does_not_enter_the_patients_portal_nor_the_reverse(web: Flask, fake: FakeGateway) -> None:
    assert fake.client(web, "interne").get("/patient").status_code == 303
    assert fake.client(web, "patiente").get("/").status_code == 303
