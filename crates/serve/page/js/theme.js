// SPDX-License-Identifier: MIT OR Apache-2.0
// Light, dark, or as the computer has it.

const KEY = "roundhouse.theme";
const ORDER = ["auto", "light", "dark"];
const TEXT = { auto: "Auto", light: "Light", dark: "Dark" };

/** What was chosen here before. */
function chosen() {
  try {
    const kept = localStorage.getItem(KEY);
    return ORDER.includes(kept) ? kept : "auto";
  } catch {
    return "auto";
  }
}

/** Shows a theme and says so on the button. */
function show(theme, button) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.textContent = TEXT[theme];
  button.setAttribute("aria-label", `Colours: ${TEXT[theme]}. Press to change.`);
}

/** Makes a button switch the theme. */
export function switchBy(button) {
  show(chosen(), button);
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing shows it until the page is closed.
    }
    show(next, button);
  });
}
