// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements made and changed. Text from data enters the page here alone, as text nodes: nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Puts attributes, listeners (`onclick`) and properties of forms on an element. */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Appends children: elements as they are, everything else as text. */
function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** An HTML element. */
export function html(tag, attributes, ...children) {
  const element = document.createElement(tag);
  dress(element, attributes);
  return fill(element, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  dress(element, attributes);
  return fill(element, children);
}

/** Sets the text of an element, if it differs. */
export function setText(element, text) {
  const wanted = text === undefined || text === null ? "" : String(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Sets or, for `null`, removes an attribute, if it differs. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** Replaces the children of an element. */
export function replace(element, ...children) {
  element.replaceChildren();
  return fill(element, children);
}

/**
 * Keeps one child for each item, by key and in order: new ones are made by `create(item)`, all are changed by `update(node, item)`,
 * those without an item are removed. Nodes stay, and with them focus and what is selected.
 */
export function keyed(parent, items, key, create, update) {
  const known = parent.knownChildren ?? (parent.knownChildren = new Map());
  const wanted = new Map(items.map((item) => [key(item), item]));
  for (const [id, node] of known) {
    if (wanted.has(id)) continue;
    node.remove();
    known.delete(id);
  }
  let place = parent.firstChild;
  for (const [id, item] of wanted) {
    let node = known.get(id);
    if (!node) {
      node = create(item);
      known.set(id, node);
    }
    update(node, item);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

/** The page's font, as style sheets have it: for measuring texts. */
export const FAMILY = "Inter, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif";

const canvas = document.createElement("canvas").getContext("2d");
const widths = new Map();

/** Width of a text in pixels. */
export function textWidth(text, font) {
  const key = `${font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    canvas.font = font;
    width = canvas.measureText(text).width;
    if (widths.size > 2000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The first of some texts, given from long to short, that fits into so many pixels; none if none does. */
export function fitting(texts, font, width) {
  return texts.find((text) => text && textWidth(text, font) <= width) ?? "";
}
