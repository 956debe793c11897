// SPDX-License-Identifier: MIT OR Apache-2.0
// The hall as it is now, in a real browser, before the real server.

import assert from "node:assert/strict";

import { state, states } from "./hall.js";
import { thisSecond, visit, withServer } from "./session.js";

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
  assert.match(await banner.innerText(), /^No state for .*\d s\. Shown is \d\d:\d\d:\d\d\.$/);
  const box = await banner.boundingBox();
  assert.ok(box.width >= 1440 && box.height > 40, JSON.stringify(box));
  // A fresh state is enough; on a slow machine it may be old when it is drawn.
  for (let number = 2; await banner.isVisible(); number++) {
    await server.send([state("prod", thisSecond(), time, number)]);
    await banner.waitFor({ state: "hidden", timeout: 3000 }).catch(() => {});
  }
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

withServer(
  "whoever has no token is asked for it",
  async (server) => {
    const page = await visit(server, "#hall");
    await page.getByLabel("Token").fill("open sesame");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await page.getByLabel("Token").fill("let-me-in");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("Nothing has been taken in yet.").or(page.locator(".plan")).waitFor();
  },
  { token: "let-me-in" },
);
