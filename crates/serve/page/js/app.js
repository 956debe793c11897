// SPDX-License-Identifier: MIT OR Apache-2.0
// The frame around all pages: which hall and flow, where one is, and how fresh the picture is.

import { Alerts } from "./alerts.js";
import { ask, failure, now, Refused } from "./api.js";
import { clock } from "./days.js";
import { html, replace, setAttribute, setText } from "./dom.js";
import { facilityOf } from "./facility.js";
import { Live } from "./live.js";
import { login } from "./login.js";
import { current, link, parse } from "./route.js";
import { switchBy } from "./theme.js";
/** The pages; each is fetched when it is first shown, or when there is nothing else to do. */
const VIEWS = {
  hall: () => import("./views/hall.js"),
  time: () => import("./views/time.js"),
  flows: () => import("./views/flows.js"),
  cameras: () => import("./views/cameras.js"),
  reports: () => import("./views/reports.js"),
  plan: () => import("./views/plan.js"),
  logbook: () => import("./views/logbook.js"),
};
/** New halls and flows are looked for after this, milliseconds. */
const NEWS = 30000;
/** The other pages are fetched after this, so that they can be opened while the server is away. Milliseconds. */
const IDLE = 3000;
/** Pages that show the newest state. */
const OF_NOW = ["hall", "cameras", "plan"];
/** Pages that are not of one flow. */
const OF_ALL_FLOWS = ["flows", "cameras"];
/** While there is nothing to show, the server is asked again after this, milliseconds. */
const AGAIN = 2000;

const find = (id) => document.getElementById(id);

/** What all views know: the hall, its description, the flow, the stream. */
const app = { hall: null, facility: null, flow: "", live: null };
let halls = [];
let view = null;
let shown = "";
let banner = "";
let starts = 0;
let turns = 0;

/** Draws at most once a frame, however fast states come. */
let waiting = 0;
function later() {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    if (app.live.state) view?.state?.(app.live.state);
  });
}

/** Which hall and flow an address asks for. */
function wanted(parameters) {
  const chosen = halls.find(({ facility }) => facility === parameters.facility) ?? halls[0];
  const flow = chosen.flows?.includes(parameters.flow) ? parameters.flow : chosen.flows?.includes("prod") ? "prod" : (chosen.flows?.[0] ?? "prod");
  return { chosen, flow };
}

/** Asks the server for its halls, until it has one. */
async function begin() {
  const turn = (starts += 1);
  try {
    halls = await ask("/api/halls");
    if (turn !== starts) return;
    if (halls.length) return await go();
    tell("Nothing has been taken in yet.", "As soon as a state of a hall arrives, it is shown here.");
  } catch (error) {
    if (turn !== starts) return;
    if (error instanceof Refused && error.status === 401) return void replace(find("view"), login(begin));
    tell("The hall cannot be shown.", failure(error));
  }
  setTimeout(begin, AGAIN);
}

/** Says in the middle of the page why there is nothing. */
function tell(...sentences) {
  view?.close?.();
  view = null;
  shown = "";
  replace(find("view"), html("section", { class: "sheet tell" }, sentences.map((sentence, i) => html(i ? "p" : "h2", null, sentence))));
}

/** Shows what the address says. */
async function go() {
  const turn = (turns += 1);
  const { page, parameters } = current();
  if (!halls.length) return;
  const name = VIEWS[page] ? page : "hall";
  const { chosen, flow } = wanted(parameters);
  if (app.hall?.facility !== chosen.facility) app.facility = null;
  app.hall = chosen;
  app.flow = flow;
  if (!app.facility) {
    const facility = await facilityOf(chosen, flow);
    if (turn !== turns) return;
    app.facility = facility;
    app.hall.timezone = facility.timezone ?? chosen.timezone ?? "UTC";
  }
  app.live.open(chosen.facility, flow);
  alerts.load();
  dressHead(name);
  const here = `${name} ${chosen.facility} ${flow}`;
  if (here === shown && view?.address) return view.address(parameters);
  const module = await VIEWS[name]();
  if (turn !== turns) return;
  view?.close?.();
  shown = here;
  const root = find("view");
  replace(root);
  root.className = `view-${name}`;
  view = module.show(root, app, parameters);
  document.title = `${module.title} · ${chosen.facility} · Roundhouse`;
  later();
}

/** Tabs, hall and flow in the head of the page. */
function dressHead(name) {
  const { parameters } = current();
  const kept = { facility: parameters.facility, flow: parameters.flow };
  for (const tab of document.querySelectorAll("#tabs a")) {
    const { page } = parse(tab.getAttribute("href"));
    tab.setAttribute("href", link(page, kept));
    setAttribute(tab, "aria-current", page === name ? "page" : null);
    if (page === "plan") tab.hidden = !app.hall.plan;
  }
  choose(find("hall-choice"), halls.map(({ facility }) => facility), app.hall.facility, (facility) => link(name, { facility }));
  choose(find("flow-choice"), OF_ALL_FLOWS.includes(name) ? [] : (app.hall.flows ?? []), app.flow, (flow) => link(name, { ...parameters, flow }));
  setText(find("hall-name"), app.hall.facility);
  setAttribute(find("clock"), "title", `Time in ${app.hall.timezone}`);
}

/** A choice in the head; hidden where there is none. */
function choose(select, values, chosen, address) {
  select.parentElement.hidden = values.length < 2;
  replace(select, values.map((value) => html("option", { value, selected: value === chosen }, value)));
  select.onchange = () => {
    location.hash = address(select.value);
  };
}

/** Looks for halls and flows that are new. */
async function lookForNews() {
  if (!app.hall) return;
  const names = (list) => list.map(({ facility, flows }) => [facility, ...(flows ?? [])].join(" ")).join();
  const before = names(halls);
  halls = await ask("/api/halls");
  const hall = halls.find(({ facility }) => facility === app.hall.facility);
  if (!hall || names(halls) === before) return;
  app.hall.flows = hall.flows;
  // A page of one flow is not disturbed; that of all flows has another one to show.
  if (current().page === "flows") shown = "";
  await go();
}

/** Says once a second how fresh the picture is. */
function tick() {
  const zone = app.hall?.timezone;
  setText(find("clock"), zone ? clock(now(), zone) : "");
  if (!zone) return;
  const { level, short, sentence } = app.live.condition(zone, !OF_NOW.includes(current().page));
  const lamp = find("freshness");
  setAttribute(lamp, "class", `lamp-text ${level}`);
  setText(lamp.lastElementChild, short);
  const bar = find("banner");
  // Those who hear the page are told once, not every second.
  if (level !== banner) setText(find("alert"), sentence);
  banner = level;
  bar.hidden = !sentence;
  setText(bar, sentence);
  document.documentElement.dataset.fresh = sentence ? "no" : "yes";
}

const alerts = new Alerts(find("alerts"), find("alert-list"), { hall: () => app.hall, say: (sentence) => setText(find("alert"), sentence) });
app.live = new Live({ onState: later, onHealth: (data) => view?.health?.(data) });
switchBy(find("theme"));
find("skip").addEventListener("click", () => find("view").focus());
addEventListener("hashchange", () => go().catch((error) => tell("The hall cannot be shown.", failure(error))));
setInterval(tick, 1000);
setInterval(() => lookForNews().catch(() => {}), NEWS);
begin().then(() => {
  tick();
  setTimeout(() => Promise.allSettled(Object.values(VIEWS).map((fetchView) => fetchView())), IDLE);
});
