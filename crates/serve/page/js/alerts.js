// SPDX-License-Identifier: MIT OR Apache-2.0
// Alerts that are open and those that are over, behind a button in the head of the page.

import { ask, now } from "./api.js";
import { lately } from "./days.js";
import { html, replace, setAttribute, setText } from "./dom.js";
import { link } from "./route.js";
import { count, duration, sentence } from "./words.js";

/** Alerts are asked for again after this, milliseconds. */
const AGAIN = 5000;
/** So many that are over are listed. */
const MOST_OVER = 10;

/** The button and its list. `hall()` tells the hall that is shown, `say(sentence)` tells those who hear the page. */
export class Alerts {
  #open = null;
  #shown = "";

  constructor(button, list, { hall, say }) {
    Object.assign(this, { button, list, hall, say });
    button.addEventListener("click", () => this.#show(list.hidden));
    list.addEventListener("click", (event) => event.target.closest("a") && this.#show(false));
    button.parentElement.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || list.hidden) return;
      this.#show(false);
      button.focus();
    });
    setInterval(() => this.load(), AGAIN);
  }

  /** Asks for the alerts of the hall. What cannot be asked now is asked again. */
  async load() {
    const hall = this.hall();
    if (!hall) return;
    const told = await ask("/api/alerts", { facility: hall.facility }).catch(() => null);
    if (told && hall === this.hall()) this.#update(told, hall.timezone);
  }

  /** Shows or hides the list. */
  #show(wanted) {
    this.list.hidden = !wanted;
    setAttribute(this.button, "aria-expanded", wanted ? "true" : "false");
  }

  /** Shows what the server told. */
  #update({ open, recent, rules, targets }, zone) {
    this.button.hidden = !rules.length && !open.length;
    if (this.button.hidden) this.#show(false);
    setText(this.button, open.length ? count(open.length, "alert") : "No alert");
    setAttribute(this.button, "class", open.length ? "bell open" : "bell");
    const known = this.#open;
    this.#open = new Set(open.map(({ id }) => id));
    const fresh = known ? open.filter(({ id }) => !known.has(id)) : [];
    if (fresh.length) this.say(fresh.map(({ rule, text }) => `Alert, ${rule}: ${text}`).join(". "));
    const silent = targets.filter(({ error }) => error);
    // What is shown already stays, and with it the focus.
    const shown = JSON.stringify([zone, open.map(({ id, text }) => [id, text]), recent.map(({ id }) => id), silent]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const item = (alert) => html("li", { class: alert.recovered ? "over" : "open" }, entry(alert, zone));
    replace(
      this.list,
      html("h2", null, "Alerts"),
      open.length ? html("ul", null, open.map(item)) : html("p", { class: "nothing" }, "No alert is open."),
      recent.length ? [html("h3", null, "Over"), html("ul", null, recent.slice(0, MOST_OVER).map(item))] : null,
      silent.map(({ name, error, waiting }) => html("p", { class: "failure" }, `${name} is not told${waiting ? `, ${count(waiting, "message")} wait` : ""}: ${error}`)),
    );
  }
}

/** An alert in words; its time leads to the picture of then. */
function entry({ rule, text, since, raised, recovered }, zone) {
  const today = now();
  const lasted = recovered ? `, over after ${duration((Date.parse(recovered) - Date.parse(since)) / 1000)}` : "";
  return [html("b", null, sentence(text)), html("span", { class: "quiet" }, rule, " · ", html("a", { href: link("time", { at: raised }) }, lately(since, zone, today)), lasted)];
}
