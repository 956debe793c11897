// SPDX-License-Identifier: MIT OR Apache-2.0
// The way in, where the server wants a token.

import { failure, Refused } from "./api.js";
import { html, setText } from "./dom.js";

/** A form for a token; `onOpen()` is called when the server has taken it. The browser keeps it where no script can read it. */
export function login(onOpen) {
  const field = html("input", { type: "password", name: "token", autocomplete: "current-password", required: true });
  const message = html("p", { class: "failure", role: "alert" });
  const form = html("form", { class: "login" }, html("label", null, html("span", null, "Token"), field), html("button", { type: "submit" }, "Open"), message);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setText(message, "");
    try {
      await send(field.value.trim());
      onOpen();
    } catch (error) {
      setText(message, failure(error));
      field.select();
    }
  });
  return html("section", { class: "sheet tell" }, html("h2", null, "This hall is not open to everybody."), html("p", null, "Whoever runs the server gives you a token."), form);
}

/** Gives the token to the server. */
async function send(token) {
  const response = await fetch("/api/login", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) });
  if (response.ok) return;
  const body = await response.json().catch(() => null);
  throw new Refused(response.status, body?.error ?? "the server does not take this token");
}
