// SPDX-License-Identifier: MIT OR Apache-2.0
// Pictures of each page for the documentation, of the simulated hall: node pictures.js FOLDER

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { launch, open } from "./browser.js";
import { Server } from "./server.js";

const PAGES = ["hall", "time", "flows", "cameras", "reports", "logbook"];
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const SHOWN = { hall: ".plan .loco", time: ".stay", flows: ".plan .loco", cameras: ".status", reports: ".report table", logbook: ".visit" };

const folder = process.argv[2];
if (!folder) throw new Error("usage: node pictures.js FOLDER");
await mkdir(folder, { recursive: true });
const server = await Server.start({ demo: true });
const browser = await launch();
try {
  for (const [size, shape] of Object.entries(SIZES)) {
    for (const theme of ["light", "dark"]) {
      const page = await open(browser, server.page, { ...shape, theme });
      for (const name of PAGES) {
        await page.goto(`${server.page}#${name}`);
        await page.locator(`.view-${name} ${SHOWN[name]}`).first().waitFor({ timeout: 300000 });
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(folder, `serve-${name}-${size}-${theme}.png`) });
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
}
