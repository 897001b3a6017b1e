"""Shutting a named professional out, and letting them in again: each is confirmed on a page that says what it means."""

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import NotFound
from gateway.portal.standing import Right
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.patient.whose import add_page, whose_of
from gateway.web.session import holder


def add_blocking(app: Flask) -> None:
    """`/patient/accesses/{id}/block` and `/patient/blocks`."""
    add_page(app, "/accesses/<access_id>/block", block_page, ("GET", "POST"))
    add_page(app, "/blocks", blocks_page, ("GET",))
    add_page(app, "/blocks/<block_id>/remove", unblock_page, ("GET", "POST"))


@entrance(Entrance.PATIENT)
def block_page(access_id: str, whose: str = "") -> ResponseReturnValue:
    """What a block means; once said yes to, the professional of this access is shut out."""
    seen = whose_of(whose)
    seen.need(Right.BLOCK)
    if request.method == "POST":
        done = gateway().portal.blocking.block(holder(), access_id, seen.key)
        return redirect(f"{seen.root}/blocks?done={done.block_id}", 303)
    view = gateway().portal.history.access(holder(), access_id, seen.key)
    return render_template("patient/block.html", whose=seen, view=view)


@entrance(Entrance.PATIENT)
def blocks_page(whose: str = "") -> ResponseReturnValue:
    """Who is blocked."""
    seen = whose_of(whose)
    blocks = gateway().portal.blocking.blocks(holder(), seen.key)
    done = next((one for one in blocks if one.block_id == request.args.get("done")), None)
    removed = "removed" in request.args
    return render_template("patient/blocks.html", whose=seen, blocks=blocks, done=done, removed=removed)


@entrance(Entrance.PATIENT)
def unblock_page(block_id: str, whose: str = "") -> ResponseReturnValue:
    """What it means to let somebody in again; once said yes to, it is done."""
    seen = whose_of(whose)
    seen.need(Right.BLOCK)
    blocking = gateway().portal.blocking
    if request.method == "POST":
        blocking.unblock(holder(), block_id, seen.key)
        return redirect(f"{seen.root}/blocks?removed=1", 303)
    block = next((one for one in blocking.blocks(holder(), seen.key) if one.block_id == block_id), None)
    if block is None:
        raise NotFound("no such block of theirs")
    return render_template("patient/unblock.html", whose=seen, block=block)
