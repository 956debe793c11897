// SPDX-License-Identifier: MIT OR Apache-2.0
// Tables whose rows are kept when their content changes.

import { html, keyed, setAttribute, setText } from "./dom.js";

/**
 * A table. `columns` are `{ title, class, cell(item) }`, where a cell is a text or an element; `key(item)` names a row; `onOpen(item)` makes
 * the first cell a button. `rowClass(item)` and `current(item)` mark rows.
 */
export class Table {
  constructor({ caption, columns, key, onOpen, rowClass, empty }) {
    Object.assign(this, { columns, key, onOpen, rowClass });
    this.body = html("tbody");
    this.nothing = html("p", { class: "nothing", hidden: true }, empty ?? "Nothing.");
    const head = html("tr", null, columns.map((column) => html("th", { scope: "col", class: column.class }, column.title)));
    this.table = html("table", null, html("caption", { class: "unseen-text" }, caption), html("thead", null, head), this.body);
    this.element = html("div", { class: "table", tabindex: 0, role: "region", "aria-label": caption }, this.table, this.nothing);
  }

  /** Shows items. */
  update(items) {
    this.nothing.hidden = items.length > 0;
    this.table.hidden = items.length === 0;
    keyed(this.body, items, this.key, () => this.#create(), (row, item) => this.#update(row, item));
  }

  /** A row without content. */
  #create() {
    const cells = this.columns.map((column) => html("td", { class: column.class }));
    const row = html("tr", null, cells);
    if (!this.onOpen) return row;
    const button = html("button", { class: "link", type: "button" });
    cells[0].append(button);
    row.classList.add("opens");
    row.button = button;
    row.addEventListener("click", () => this.onOpen(row.item));
    return row;
  }

  /** Puts an item into a row. */
  #update(row, item) {
    row.item = item;
    setAttribute(row, "class", [this.onOpen ? "opens" : "", this.rowClass?.(item) ?? ""].join(" ").trim() || null);
    this.columns.forEach((column, i) => {
      const content = column.cell(item);
      const cell = i === 0 && row.button ? row.button : row.cells[i];
      if (content instanceof Node) cell.replaceChildren(content);
      else setText(cell, content);
    });
  }
}

/** A table of facts: pairs of a name and a text or an element. */
export function facts(pairs) {
  return html("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, ...value]) => [html("dt", null, name), html("dd", null, value)]));
}
