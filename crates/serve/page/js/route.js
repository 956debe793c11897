// SPDX-License-Identifier: MIT OR Apache-2.0
// Where one is: `#time?at=…`. The address holds everything that a view shows, so that it can be sent to a colleague.

/** The page and the parameters of an address. */
export function parse(hash) {
  const [page, query] = hash.replace(/^#/, "").split("?");
  return { page: page || "hall", parameters: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

/** The address of a page; parameters that are empty are left out. */
export function link(page, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `#${page}?${text}` : `#${page}`;
}

/** The page shown now. */
export function current() {
  return parse(location.hash);
}

/** Changes parameters of this page's address without a step in the history. */
export function note(changes) {
  const { page, parameters } = current();
  history.replaceState(null, "", link(page, { ...parameters, ...changes }));
}
