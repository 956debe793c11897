// SPDX-License-Identifier: MIT OR Apache-2.0
// The page in a real browser, before the real server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, describe, it } from "node:test";

import { launch, open } from "./browser.js";
import { state, states, text } from "./hall.js";
import { Server } from "./server.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = ["hall", "time", "flows", "cameras", "reports", "logbook"];
/** First load, bytes. */
const LIGHT = 150000;
/** The story of the hall began this long ago and was heard for so long, seconds. */
const [AGO, HEARD] = [3600, 840];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Opens a page at an address of the hall, and closes it after the test, which fails if the browser complained. */
const opened = [];
async function visit(server, hash, settings) {
  const page = await open(browser, server.page + hash, settings);
  opened.push(page);
  return page;
}
afterEach(async () => {
  const faults = [];
  for (const page of opened.splice(0)) {
    faults.push(...page.faults);
    await page.close();
  }
  assert.deepEqual(faults, []);
});

/** This second, milliseconds. */
function thisSecond() {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** A test with a server of its own. */
function withServer(name, test) {
  it(name, async () => {
    const server = await Server.start();
    try {
      await test(server);
    } finally {
      await server.close();
    }
  });
}

describe("what is now", () => {
  withServer("a state is shown as soon as it comes", async (server) => {
    await server.send([state("prod", thisSecond(), thisSecond() - 300000, 1)]);
    const page = await visit(server, "#hall");
    const leaving = page.locator(".plan [data-id=L3]");
    await leaving.waitFor();
    assert.match(await leaving.getByRole("button").getAttribute("aria-label"), /^15110463, D23 on T2 from 20\.0 m to 43\.0 m, head at 43\.0 m/);
    await page.getByRole("cell", { name: "20.0 – 43.0 m" }).waitFor();
    // Two minutes later in the story it moves on.
    await server.send([state("prod", thisSecond(), thisSecond() - 420000, 2)]);
    await page.locator(".plan [data-id=L3].moving").waitFor();
    await page.getByRole("cell", { name: /^Moving, 0\.8 m\/s$/ }).waitFor();
  });

  withServer("uncertainty is shown and said", async (server) => {
    const begin = thisSecond() - 600000;
    await server.send([state("prod", thisSecond(), begin, 1)]);
    const page = await visit(server, "#hall");
    await page.locator(".plan [data-id=L8].tentative").waitFor();
    await page.locator(".plan [data-id=L5].coasting").waitFor();
    const remarks = page.locator("tbody td.wide");
    await remarks.filter({ hasText: "Tentative, 42 %" }).waitFor();
    await remarks.filter({ hasText: "Not seen for 3 min 10 s" }).waitFor();
    await remarks.filter({ hasText: "Head 58 % sure" }).waitFor();
    // Blind stretches are hatched, with the reason.
    await page.locator(".unseen.blind title", { hasText: "T1, 44.0 m to 66.0 m: not seen now: C03" }).waitFor({ state: "attached" });
    await page.locator(".unseen.never title", { hasText: "T4, 44.0 m to 66.0 m: covered by no camera" }).waitFor({ state: "attached" });
    await page.locator(".plan [data-id=L5] .button").click();
    const panel = page.getByRole("complementary", { name: "Locomotive" });
    await panel.getByText("Likely", { exact: true }).waitFor();
    assert.match(await panel.innerText(), /Likely 81 %[\s\S]*11205531 Almost certain 97 %[\s\S]*± 1\.7 m/);
  });

  withServer("a script as number is shown as text", async (server) => {
    await server.send(states("prod", thisSecond() - 60000, thisSecond(), thisSecond() - 300000));
    const page = await visit(server, "#hall");
    await page.getByRole("button", { name: "<script>window.hacked=1</script>", exact: true }).click();
    await page.getByRole("heading", { name: "<script>window.hacked=1</script>" }).waitFor();
    await page.goto(`${server.page}#logbook`);
    await page.locator(".visit", { hasText: "<script>window.hacked=1</script>" }).waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("main script").count(), 0);
  });

  withServer("old data cannot be overlooked", async (server) => {
    const time = thisSecond() - 40000;
    await server.send([state("prod", time, time - 300000, 1)]);
    const page = await visit(server, "#hall");
    const banner = page.locator("#banner");
    await banner.waitFor();
    assert.match(await banner.innerText(), /^(No state for|States come) .*(4\d|5\d) s.*Shown is \d\d:\d\d:\d\d\.$/);
    const box = await banner.boundingBox();
    assert.ok(box.width >= 1440 && box.height > 40, JSON.stringify(box));
    await server.send([state("prod", thisSecond(), time, 2)]);
    await banner.waitFor({ state: "hidden" });
  });

  withServer("after a crash of the server no state is missing and none comes twice", async (server) => {
    const begin = thisSecond() - 300000;
    const say = (from, to) => server.send(Array.from({ length: to - from + 1 }, (_, i) => state("prod", begin + (from + i) * 1000, begin - 200000, from + i)));
    await say(1, 1);
    const page = await visit(server, "#hall");
    await page.locator(".plan [data-id=L1]").waitFor();
    await say(2, 20);
    await page.waitForFunction(() => window.heard.at(-1) === 20);
    await server.kill();
    await page.locator("#banner", { hasText: "No connection to the server" }).waitFor();
    await server.restart();
    // Some come before the browser is back, some after.
    await say(21, 30);
    await page.waitForFunction(() => window.heard.at(-1) === 30);
    await say(31, 40);
    await page.waitForFunction(() => window.heard.at(-1) === 40);
    assert.deepEqual(await page.evaluate(() => window.heard), Array.from({ length: 40 }, (_, i) => i + 1));
    await page.locator("#banner", { hasText: "No connection" }).waitFor({ state: "hidden" });
  });
});

it("whoever has no token is asked for it", async () => {
  const server = await Server.start({ token: "let-me-in" });
  try {
    const page = await visit(server, "#hall");
    await page.getByLabel("Token").fill("open sesame");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await page.getByLabel("Token").fill("let-me-in");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("Nothing has been taken in yet.").or(page.locator(".plan")).waitFor();
  } finally {
    await server.close();
  }
});

describe("what was", () => {
  let server;
  let begin;
  before(async () => {
    server = await Server.start();
    begin = thisSecond() - AGO * 1000;
    for (const flow of ["prod", "dev"]) await server.send(states(flow, begin, begin + HEARD * 1000, begin));
  });
  after(() => server.close());

  /** The address of a page at a second of the story. */
  const at = (page, seconds, more = "") => `#${page}?at=${text(begin + seconds * 1000)}${more}`;
  /** The time of the story in the summary of a page, seconds. */
  const clockOf = (seconds) => new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", timeStyle: "medium" }).format(begin + seconds * 1000);

  it("a film plays what was stored", async () => {
    const page = await visit(server, at("time", 60, "&speed=60"));
    const summary = page.locator(".view-time .summary");
    await summary.filter({ hasText: `at ${clockOf(60)}` }).waitFor();
    assert.equal(await page.locator(".plan [data-id=L3]").count(), 0);
    await page.getByRole("button", { name: "Play" }).click();
    // It comes in after 80 s and has left at 740 s.
    await page.locator(".plan [data-id=L3].moving").waitFor();
    await page.locator(".plan [data-id=L3]:not(.moving)").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const shown = new URL(page.url()).hash;
    await page.getByRole("button", { name: "Play" }).waitFor();
    assert.notEqual(shown, at("time", 60, "&speed=60"));
  });

  it("one jumps from event to event", async () => {
    const page = await visit(server, at("time", 10));
    const events = page.locator(".view-time tbody tr");
    await events.filter({ hasText: "arrived on T2" }).first().waitFor();
    await events.filter({ hasText: "left from T2" }).waitFor();
    await events.filter({ hasText: "moved on T2" }).waitFor();
    await events.filter({ hasText: "moved on T2" }).getByRole("button").click();
    await page.locator(".plan [data-id=L3]").waitFor();
    const before = new URL(page.url()).hash;
    await page.getByRole("button", { name: "Event ›" }).click();
    await page.waitForFunction((old) => location.hash !== old, before);
    await page.getByRole("button", { name: "Day", exact: true }).click();
    // The picture of the day has a bar for each stay.
    await page.locator(".stay title", { hasText: "15110463 on T2, 20.0 to 43.0 m" }).waitFor({ state: "attached" });
    await page.locator(".stay title", { hasText: "15110463 on T2, 52.0 to 75.0 m" }).waitFor({ state: "attached" });
  });

  it("a disagreement is found and shown", async () => {
    const page = await visit(server, "#flows");
    const rows = page.getByRole("region", { name: "Disagreements, longest first" }).locator("tbody tr");
    const row = rows.filter({ hasText: "Only in prod" }).filter({ hasText: "10371052" });
    await row.getByRole("button").click();
    const plans = page.locator(".plan");
    await plans.nth(0).locator("[data-id=L7].differs").waitFor();
    assert.equal(await plans.nth(1).locator("[data-id=D7]").count(), 0);
    await page.getByRole("region", { name: "Where the flows differ at this time" }).getByText("10371052 at 12.0 to 26.6 m").waitFor();
    await page.getByRole("button", { name: "Back to live" }).click();
    await page.getByText(/^Now: /).waitFor();
  });

  it("the logbook finds a visit by a part of its number", async () => {
    const page = await visit(server, "#logbook");
    await page.getByLabel("Number").fill("1511");
    await page.getByText("1 visit, 0 still inside.").waitFor();
    await page.locator(".visit summary").click();
    const moves = page.locator(".visit .moves li");
    await moves.filter({ hasText: "arrived on T2" }).waitFor();
    assert.equal(await moves.count(), 3);
  });

  it("each report is shown, and taken away as a file", async () => {
    const page = await visit(server, "#reports");
    for (const report of ["Occupancy", "Dwell", "Moves", "Turnaround", "Unidentified", "Cameras", "Completeness", "Flows"]) {
      await page.locator(".kinds a", { has: page.getByText(report, { exact: true }) }).click();
      await page.locator(`.kinds a[aria-current=page] b`, { hasText: report }).waitFor();
      await page.locator(".report h2").waitFor();
      for (const format of ["csv", "json"]) {
        const link = await page.getByRole("link", { name: format.toUpperCase() }).getAttribute("href");
        const answer = await fetch(new URL(link, server.page));
        assert.equal(answer.status, 200, link);
      }
      assert.equal(await page.locator(".report .failure").count(), 0);
    }
  });

  it("everything can be done with the keyboard alone", async () => {
    const page = await visit(server, "#hall");
    await page.locator(".plan [data-id=L1]").waitFor();
    await page.locator("#tabs a[aria-current=page]").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.locator("#tabs a").first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".plan [data-id=L1]").waitFor();
    // Tab from the head of the page to the first locomotive, arrows to the next.
    for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement.matches(".loco .button"))); i++) await page.keyboard.press("Tab");
    const focus = () => page.evaluate(() => document.activeElement.closest("[data-id]")?.dataset.id ?? document.activeElement.tagName);
    const first = await focus();
    await page.keyboard.press("ArrowRight");
    const second = await focus();
    assert.notEqual(second, first);
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "Locomotive" });
    await panel.waitFor();
    assert.equal(await focus(), "H2");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    assert.equal(await focus(), second);
    // The slider and the player.
    await page.goto(server.page + at("time", 100));
    const slider = page.getByRole("slider", { name: "Time" });
    await page.locator(".view-time .summary", { hasText: clockOf(100) }).waitFor();
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".view-time .summary", { hasText: clockOf(101) }).waitFor();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Play" }).waitFor();
  });

  for (const theme of ["light", "dark"]) {
    it(`axe finds nothing serious in ${theme} colours`, async () => {
      const page = await visit(server, "#hall", { theme });
      const found = [];
      for (const name of PAGES) {
        await page.goto(server.page + at(name, 500));
        await ready(page, name);
        if (name === "hall") await page.locator(".plan [data-id=L5] .button").click();
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, impact, nodes } of violations) {
          if (["serious", "critical"].includes(impact)) found.push(`${name}: ${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).slice(0, 3).join("; ")}`);
        }
      }
      assert.deepEqual(found, []);
    });
  }

  it("nothing has to be scrolled sideways on a phone", async () => {
    const page = await visit(server, "#hall", { width: 360, height: 780 });
    for (const name of PAGES) {
      await page.goto(server.page + at(name, 500));
      await ready(page, name);
      const beyond = await page.evaluate(() => {
        if (document.documentElement.scrollWidth <= window.innerWidth) return [];
        const wide = [...document.querySelectorAll("body *")].filter((node) => !node.closest("nav, .table") && node.getBoundingClientRect().right > window.innerWidth);
        return wide.map((node) => `${node.tagName} ${node.getAttribute("class")} ${node.getBoundingClientRect().right}`);
      });
      assert.deepEqual(beyond, [], name);
    }
  });

  it("the first load is light", async () => {
    const page = await browser.newPage();
    opened.push(Object.assign(page, { faults: [] }));
    const files = [];
    page.on("response", (response) => {
      if (!new URL(response.url()).pathname.startsWith("/api/")) files.push(response.body());
    });
    await page.goto(server.page);
    await page.locator(".plan .loco").first().waitFor();
    const bytes = (await Promise.all(files)).reduce((sum, file) => sum + file.length, 0);
    assert.ok(bytes > 20000 && bytes < LIGHT, `${bytes} bytes`);
  });
});

/** Waits until a page shows its data. */
async function ready(page, name) {
  const shown = { hall: ".plan .loco", time: ".stay", flows: ".plan .loco", cameras: ".status", reports: ".report table", logbook: ".visit" };
  await page.locator(`.view-${name} ${shown[name]}`).first().waitFor();
}
