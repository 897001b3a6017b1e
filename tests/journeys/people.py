"""People at a browser: signing in as a persona of the demo, and counting what they do."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

TALLEST = 800


@dataclass
class Visitor:
    """One person, one browser window. `interactions` are keys, clicks and scans; `screens` the pages that followed."""

    page: Page
    base: str
    interactions: int = 0
    screens: list[str] = field(default_factory=list)

    def press(self, key: str) -> None:
        """One key; Enter waits for the page it leads to."""
        self.interactions += 1
        if key == "Enter":
            with self.page.expect_navigation():
                self.page.keyboard.press(key)
            self.screens.append(self.page.url)
        else:
            self.page.keyboard.press(key)

    def click(self, selector: str, *, leads: bool = False) -> None:
        """One click; `leads`: to another page."""
        self.interactions += 1
        if leads:
            with self.page.expect_navigation():
                self.page.click(selector)
            self.screens.append(self.page.url)
        else:
            self.page.click(selector)

    def find(self, text: str) -> None:
        """Find the patient; what follows is counted from there."""
        self.page.goto(f"{self.base}/")
        self.page.fill("#search", text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.interactions, self.screens = 0, [self.page.url]


def sign_in(context: BrowserContext, base: str, persona: str, path: str = "/") -> Visitor:
    """Go to a page and sign in at the demo's provider when it asks."""
    page = context.new_page()
    page.goto(f"{base}{path}")
    page.click(f"button[value={persona}]")
    page.wait_for_url(f"{base}{path}")
    return Visitor(page, base)


def window(
    browser: Browser, *, width: int = 1280, language: str = "fr-FR", scripts: bool = True, zoom: float = 1
) -> BrowserContext:
    """A fresh browser window of that width, as a person with that language has it."""
    return browser.new_context(
        viewport={"width": int(width / zoom), "height": int(TALLEST / zoom)},
        device_scale_factor=zoom,
        locale=language,
        java_script_enabled=scripts,
    )


def faults_of(page: Page) -> list[str]:
    """What axe-core finds wrong, and whether the page scrolls sideways."""
    found = [f"{fault['id']}: {fault['nodes'][0]['target']}" for fault in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found
