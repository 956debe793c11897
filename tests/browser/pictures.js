// SPDX-License-Identifier: MIT OR Apache-2.0
// Pictures of each page for the documentation, of the simulated hall: node pictures.js [FOLDER]

import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

import { launch, open } from "./browser.js";
import { Server } from "./server.js";

const PAGES = ["hall", "time", "flows", "cameras", "reports", "logbook"];
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const SHOWN = { hall: ".plan .loco .number", time: ".stay", flows: "tbody button", cameras: ".status", reports: ".report table", logbook: ".visit" };
/** The simulated hall is looked at after this, so that numbers are read and cameras have failed. Milliseconds. */
const PASSED = Number(process.env.PASSED ?? 150000);
/** The first states come when the history of the simulated hall has been made, milliseconds. */
const LONGEST = 300000;

/** Python with the package for pictures, as scripts/setup.sh --checks makes it. */
const cache = process.env.ROUNDHOUSE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "roundhouse");
const python = join(cache, "python/bin/python");

const folder = process.argv[2] ?? new URL("../../docs/images", import.meta.url).pathname;
const pictures = [];
const server = await Server.start({ demo: true });
const browser = await launch();
try {
  const waiting = await open(browser, server.page);
  await waiting.locator(SHOWN.hall).first().waitFor({ timeout: LONGEST });
  await waiting.waitForTimeout(PASSED);
  await waiting.close();
  for (const [size, shape] of Object.entries(SIZES)) {
    for (const theme of ["light", "dark"]) {
      const page = await open(browser, server.page, { ...shape, theme });
      for (const name of PAGES) {
        await page.goto(`${server.page}#${name}`);
        await page.locator(`.view-${name} ${SHOWN[name]}`).first().waitFor({ timeout: LONGEST });
        if (name === "hall" && size === "desktop") await page.locator(".plan .loco .button").nth(3).click();
        await page.waitForTimeout(1500);
        pictures.push(join(folder, `serve-${name}-${size}-${theme}.png`));
        await page.screenshot({ path: pictures.at(-1) });
      }
      if (page.faults.length) throw new Error(page.faults.join("\n"));
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
}
execFileSync(python, ["palette.py", ...pictures]);
