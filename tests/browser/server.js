// SPDX-License-Identifier: MIT OR Apache-2.0
// `roundhouse serve` as a process that tests start, kill and start again in the same folder.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { facility } from "./hall.js";

const PROGRAM = process.env.ROUNDHOUSE ?? "roundhouse";

export class Server {
  /**
   * A server with an empty store, or, with `demo`, with the simulated hall; with `token`, whoever wants to see must have it. `plan` and
   * `alerts` are texts of such files.
   */
  static async start({ demo = false, token = null, plan = null, alerts = null } = {}) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), "roundhouse-page-"));
    server.arguments = ["serve", "--data", join(server.folder, "data")];
    if (demo) {
      server.arguments.push("--demo");
    } else {
      const file = join(server.folder, "facility.toml");
      await writeFile(file, facility());
      server.arguments.push("--facility", file);
    }
    if (token) {
      const file = join(server.folder, "tokens");
      await writeFile(file, `page read ${createHash("sha256").update(token).digest("hex")}\n`);
      server.arguments.push("--tokens", file);
    }
    for (const [name, text] of Object.entries({ plan, alerts })) {
      if (text === null) continue;
      const file = join(server.folder, name);
      await writeFile(file, text);
      server.arguments.push(`--${name}`, file);
    }
    await server.run("127.0.0.1:0");
    return server;
  }

  /** Starts the process and learns its address. */
  async run(listen) {
    this.child = spawn(PROGRAM, [...this.arguments, "--listen", listen], { stdio: ["ignore", "ignore", "pipe"] });
    const said = [];
    for await (const line of createInterface({ input: this.child.stderr })) {
      said.push(line);
      const found = /http:\/\/([^/\s]+)\//.exec(line);
      if (found) {
        this.address = found[1];
        this.child.stderr.resume();
        return;
      }
    }
    throw new Error(`the server never said where it is, but:\n${said.join("\n")}`);
  }

  /** The page's address. */
  get page() {
    return `http://${this.address}/`;
  }

  /** Ends the process at once, as a power cut would. */
  async kill() {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }

  /** Starts it again in the same place. */
  async restart() {
    await this.run(this.address);
  }

  /** Ends it and removes what it kept. */
  async close() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Sends documents; all must be taken. */
  async send(documents) {
    for (let i = 0; i < documents.length; i += 200) {
      const body = documents.slice(i, i + 200).map((document) => JSON.stringify(document)).join("\n");
      const answer = await fetch(`${this.page}api/events`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body });
      if (!answer.ok) throw new Error(`the server refused events: ${answer.status} ${await answer.text()}`);
    }
  }

  /** Asks the server. */
  async ask(path) {
    const answer = await fetch(this.page + path);
    return answer.json();
  }
}
