"""The three emergency settings, each changed on a page that says what the change means; and how one is told."""

from dataclasses import replace

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import NotFound
from gateway.portal.choices import EmergencySetting, NoticePreferences
from gateway.portal.standing import Right
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import LANGUAGES
from gateway.web.parts import gateway
from gateway.web.patient.reading import choose_print
from gateway.web.patient.whose import Whose, add_page, whose_of
from gateway.web.session import holder


def add_choosing(app: Flask) -> None:
    """`/patient/settings`, one page a setting, and `/patient/notices`."""
    add_page(app, "/settings", settings_page, ("GET",))
    add_page(app, "/settings/<name>", setting_page, ("GET", "POST"))
    add_page(app, "/notices", preferences_page, ("GET", "POST"))


@entrance(Entrance.PATIENT)
def settings_page(whose: str = "") -> ResponseReturnValue:
    """What is allowed in an emergency now, and how one is told."""
    seen = whose_of(whose)
    choosing = gateway().portal.choosing
    settings = choosing.settings(holder(), seen.key) if seen.may(Right.EMERGENCY_SETTINGS) else None
    return render_template(
        "patient/settings.html",
        whose=seen,
        settings=settings,
        names=tuple(EmergencySetting),
        done=request.args.get("done", ""),
    )


@entrance(Entrance.PATIENT)
def setting_page(name: str, whose: str = "") -> ResponseReturnValue:
    """What changing this setting means; once said yes to, it is changed, to what the page said and nothing else."""
    seen = whose_of(whose)
    seen.need(Right.EMERGENCY_SETTINGS)
    if name not in set(EmergencySetting):
        raise NotFound("no such setting")
    setting, choosing = EmergencySetting(name), gateway().portal.choosing
    wanted = request.form.get("allow", "")
    if request.method == "POST" and wanted in ("yes", "no"):
        choosing.set(holder(), setting, wanted == "yes", seen.key)
        return redirect(f"{seen.root}/settings?done={name}", 303)
    allowed = choosing.settings(holder(), seen.key).allows(setting)
    return render_template("patient/setting.html", whose=seen, name=name, allowed=allowed)


@entrance(Entrance.PATIENT)
def preferences_page(whose: str = "") -> ResponseReturnValue:
    """How notices reach this person."""
    seen = whose_of(whose)
    seen.need(Right.PREFERENCES)
    choosing = gateway().portal.choosing
    known = choosing.preferences(holder(), seen.key)
    if request.method == "POST":
        wanted = wanted_preferences(known)
        choosing.prefer(holder(), wanted, seen.key)
        if seen.own:
            choose_print(large=wanted.large_print)
        return redirect(f"{seen.root}/notices?done=1", 303)
    return _preferences(seen, known)


def wanted_preferences(known: NoticePreferences) -> NoticePreferences:
    """What the form asks for: `channel` is the first one, `channel_2` the second... A rank left to the hospital is
    passed over, a channel named twice keeps its first rank, and what nobody named follows in the hospital's order."""
    ranks = ["channel", *(f"channel_{rank}" for rank in range(2, len(known.offered) + 1))]
    named = [one for one in (request.form.get(rank, "") for rank in ranks) if one in known.offered]
    channels = tuple(dict.fromkeys((*named, *known.offered))) if named else ()
    language = request.form.get("language", "")
    return replace(
        known,
        channels=channels,
        all_accesses=request.form.get("all_accesses") == "yes",
        large_print=request.form.get("large_print") == "yes",
        language=language if language in LANGUAGES else known.language,
    )


def _preferences(seen: Whose, known: NoticePreferences) -> ResponseReturnValue:
    return render_template("patient/preferences.html", whose=seen, known=known, done="done" in request.args)
