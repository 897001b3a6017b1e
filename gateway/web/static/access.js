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
  let timer = 0;
  const show = () => {
    clearTimeout(timer);
    const minutes = Math.max(0, Math.ceil(left() / 60000));
    if (minutes !== shown) {
      shown = minutes;
      clock.textContent = clock.dataset.label.replace("{}", minutes);
      if (SAID_AT.includes(minutes)) speaker.textContent = clock.dataset.say.replace("{}", minutes);
    }
    if (left() <= 0) location.reload();
    else timer = setTimeout(show, Math.min(1000, left() + 50));
  };
  show();
  // A workstation that slept: look again at once.
  document.addEventListener("visibilitychange", () => document.hidden || show());
}

// Focus never hides under what stays on screen, whatever its height.
const identity = document.querySelector(".identity.open");
if (identity) {
  const parts = [identity, ...identity.querySelectorAll(".name, .clock")];
  const measure = () => {
    const kept = parts.filter((part) => part.offsetHeight && getComputedStyle(part).position === "sticky");
    const height = kept.reduce((sum, part) => sum + part.offsetHeight, 12);
    document.documentElement.style.setProperty("--sticky", `${height}px`);
  };
  const observer = new ResizeObserver(measure);
  parts.forEach((part) => observer.observe(part));
}

onKey((key) => {
  if (key === "Escape") document.querySelector("[data-back]")?.click();
  if (key === "/") location.assign("/");
});
