"""Somebody who never touches a mouse: what the keys cannot reach, or is not seen when it is reached, is a failure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState

from tests.journeys.people import TALLEST

LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
EVERYONE = [(width, language) for width in (320, 1280) for language in LANGUAGES]
MOST_STOPS = 120

# Where the focus is: its place among the elements of the page, whether one sees it, and what it is, for a failure.
_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inside = box.width > 0 && box.bottom > 1 && box.top < innerHeight - 1 && box.right > 1 && box.left < innerWidth;
  const held = one.closest('label') ?? one;
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const covered = ![[.5, .5], [.1, .2], [.9, .8]].some(([across, down]) => {
    const seen = document.elementFromPoint(left + (right - left) * across, top + (bottom - top) * down);
    return seen && (held.contains(seen) || seen.contains(one));
  });
  const all = document.getElementsByTagName('*');
  let place = 0;
  while (all[place] !== one) place += 1;
  const why = [marked, inside, !covered].join();
  return { place, seen: marked && inside && !covered, why, what: one.outerHTML.slice(0, 90) };
}"""

_PLACE = "one => [...document.querySelectorAll('*')].indexOf(one)"

# What Tab must stop at: one radio button a group, nothing in a fold that is closed.
_STOPS = """() => {
  const groups = new Set();
  return [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')].filter(one => {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility()) return false;
    const fold = one.closest('details:not([open])');
    if (fold && one.parentElement !== fold) return false;
    if (one.type !== 'radio') return true;
    const group = [...document.querySelectorAll(`input[type=radio][name="${one.name}"]`)].filter(
      other => other.form === one.form);
    const chosen = group.find(other => other.checked) ?? group[0];
    return one === chosen;
  }).map(one => [...document.querySelectorAll('*')].indexOf(one));
}"""


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus. On the way each stop is seen, and comes after the one before it."""
    place, wanted = -1, target.evaluate(_PLACE)
    stop = page.evaluate(_FOCUS)
    for _press in range(MOST_STOPS):
        if stop is not None and stop["place"] == wanted:
            assert stop["seen"], f"the focus is not seen: {stop}"
            return
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS)
        if stop is None:
            place = -1  # past the end: the browser's own bar, then the top again
            continue
        if stop["place"] == place:
            continue  # a date has several stops of its own, which the browser marks
        assert stop["seen"], f"the focus is not seen: {stop}"
        assert stop["place"] > place or _is_first(page, stop["place"]), f"the focus goes back up: {stop}"
        place = stop["place"]
    pytest.fail(f"the keyboard never reaches {target}")


def walk(page: Page) -> None:
    """Tab through the whole page and leave it: every stop is met, in the order of the page, and nothing holds one."""
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
    )
    stops: set[int] = set(page.evaluate(_STOPS))
    met: list[int] = []
    for _press in range(len(stops) + 16):  # a date has several stops of its own
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS)
        if stop is None or (met and stop["place"] < met[-1]):
            break
        assert stop["seen"] or met[-1:] == [stop["place"]], f"the focus is not seen: {stop}"
        met.append(stop["place"])
    else:
        pytest.fail(f"the focus is held on {page.url}")
    assert stops <= set(met), f"never reached on {page.url}: {_told(page, stops - set(met))}"


def follow(page: Page, target: Locator) -> None:
    """Go to what one presses, and press it; the next page is there when this returns."""
    reach(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, name: str, value: str) -> None:
    """Choose one of the answers of a question: Tab to the question, Space or the arrows to the answer."""
    group = page.locator(f"[name={name}]")
    chosen = page.locator(f"[name={name}]:checked")
    reach(page, chosen if chosen.count() else group.first)
    if not chosen.count():
        page.keyboard.press("Space")
    for _press in range(group.count()):
        if page.locator(f"[name={name}][value='{value}']").is_checked():
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"the arrows never reach {value}")


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The first button of that name in the page's content."""
    return page.locator("main").get_by_role("button", name=name).first


def link(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The first link of that name in the page's content."""
    return page.locator("main").get_by_role("link", name=name).first


@dataclass
class Doors:
    """Windows of people who signed in by the keys: each persona once, then as often as wanted without asking again."""

    browser: Browser
    base: str
    kept: dict[str, StorageState] = field(default_factory=dict)

    @contextmanager
    def visit(
        self, persona: str, path: str, *, width: int = 1280, language: str = "fr", scripts: bool = True
    ) -> Iterator[Page]:
        """That page as the persona sees it, in a window of that width; an empty persona is nobody in particular."""
        with self.browser.new_context(
            viewport={"width": width, "height": TALLEST},
            locale=LANGUAGES[language],
            java_script_enabled=scripts,
            storage_state=self.kept.get(persona),
        ) as context:
            page = context.new_page()
            page.goto(f"{self.base}{path}")
            if persona and persona not in self.kept:
                follow(page, page.locator(f"button[value={persona}]"))
                page.wait_for_url(f"{self.base}{path}")
                self.kept[persona] = context.storage_state()
            yield page


def small_targets(page: Page) -> list[str]:
    """What one presses and is under 44 px high, links inside a sentence left aside (WCAG 2.2, 2.5.8)."""
    small = page.eval_on_selector_all(
        "button, .button, .choice, .tools a, .ways a, .more, .back, .phone, summary, select, input:not([type=hidden])",
        "all => all.filter(one => one.checkVisibility() && !one.closest('.choice input')"
        " && !['radio', 'checkbox'].includes(one.type) && one.getBoundingClientRect().height < 43.5)"
        ".map(one => one.outerHTML.slice(0, 80))",
    )
    return [f"small: {one}" for one in small]


def _is_first(page: Page, place: int) -> bool:
    return bool(place == min(page.evaluate(_STOPS), default=-1))


def _told(page: Page, places: set[int]) -> list[str]:
    script = "places => places.map(one => [...document.querySelectorAll('*')][one].outerHTML.slice(0, 90))"
    return list(page.evaluate(script, sorted(places)))
