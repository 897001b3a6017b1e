"""Where a page finds the rest of the gateway: in the application it runs in, put there once by `create_web`."""

from typing import Literal, cast

from flask import current_app

from gateway.assembly import Gateway

EXTENSION = "gateway"

Person = Literal["staff", "patient"]


def gateway() -> Gateway:
    """The gateway behind the page being answered."""
    return cast(Gateway, current_app.extensions[EXTENSION])
