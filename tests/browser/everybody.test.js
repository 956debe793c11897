// SPDX-License-Identifier: MIT OR Apache-2.0
// Whether everybody can use the page: by keyboard, by ear, in light and dark, on a phone, over a slow line.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { it } from "node:test";

import { PAGES, ready, Told, visit } from "./session.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** First load, bytes. */
const LIGHT = 150000;

const told = Told.forAll();

it("everything can be done with the keyboard alone", async () => {
  const page = await visit(told.server, "#hall");
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
  await page.goto(told.server.page + told.at("time", 100));
  const slider = page.getByRole("slider", { name: "Time" });
  await page.locator(".view-time .summary", { hasText: told.clock(100) }).waitFor();
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await page.locator(".view-time .summary", { hasText: told.clock(101) }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Play" }).waitFor();
});

for (const theme of ["light", "dark"]) {
  it(`axe finds nothing serious in ${theme} colours`, async () => {
    const page = await visit(told.server, "#hall", { theme });
    const found = [];
    for (const name of Object.keys(PAGES)) {
      await page.goto(told.server.page + told.at(name, 500));
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
  const page = await visit(told.server, "#hall", { width: 360, height: 780 });
  for (const name of Object.keys(PAGES)) {
    await page.goto(told.server.page + told.at(name, 500));
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
  const page = await visit({ page: "about:blank" }, "");
  const files = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    // Once there is nothing else to do, the other pages are fetched.
    if (!/^\/api\/|\/views\/(?!hall)/.test(pathname)) files.push(response.body());
  });
  await page.goto(told.server.page);
  await page.locator(".plan .loco").first().waitFor();
  const bytes = (await Promise.all(files)).reduce((sum, file) => sum + file.length, 0);
  assert.ok(bytes > 20000 && bytes < LIGHT, `${bytes} bytes`);
});
