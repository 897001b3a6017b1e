// The clock of an access: shown from the server's time, said at five minutes and at one, and the page asked again at
// the end. The server alone decides; this only shows.
import { onKey } from "./keys.js";

const clock = document.querySelector("[data-expires]");
const speaker = document.querySelector("[data-announce]");
const SAID_AT = [5, 1];

if (clock) {
  const total = Number(clock.dataset.expires) - Number(clock.dataset.now);
  const loaded = performance.now();
  const left = () => total - (performance.now() - loaded);
  let shown = Math.ceil(total / 60000);
  const show = () => {
    const minutes = Math.max(0, Math.ceil(left() / 60000));
    if (minutes !== shown) {
      shown = minutes;
      clock.textContent = clock.dataset.label.replace("{}", minutes);
      if (SAID_AT.includes(minutes)) speaker.textContent = clock.dataset.say.replace("{}", minutes);
    }
    if (left() <= 0) location.reload();
    else setTimeout(show, Math.min(1000, left() + 50));
  };
  show();
  // A workstation that slept: look again at once.
  document.addEventListener("visibilitychange", () => document.hidden || show());
}

// Focus never hides under the identity, whatever its height.
const identity = document.querySelector(".identity.open");
if (identity) {
  new ResizeObserver(() => {
    const sticky = getComputedStyle(identity).position === "sticky";
    document.documentElement.style.setProperty("--sticky", `${sticky ? identity.offsetHeight + 12 : 12}px`);
  }).observe(identity);
}

onKey((key) => {
  if (key === "Escape") document.querySelector("[data-back]")?.click();
  if (key === "/") location.assign("/");
});
