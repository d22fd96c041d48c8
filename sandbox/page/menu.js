/** A menu of choices that opens beside its button and is worked with the arrow keys. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {{checked: boolean, props: Record<string, any>, content: any, choose: () => void}} Item */

/**
 * Open the menu; it closes by choice, Escape, Tab or a click elsewhere.
 * @param {HTMLElement} button
 * @param {string} label
 * @param {Item[]} items
 * @returns {void}
 */
export function openMenu(button, label, items) {
  if (button.getAttribute("aria-expanded") === "true") return;
  const close = (refocus) => {
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", elsewhere);
    if (refocus) button.focus();
  };
  const elsewhere = (event) => !menu.contains(event.target) && !button.contains(event.target) && close(false);
  const menu = h(
    "div",
    { class: "menu", role: "menu", "aria-label": label },
    items.map((item) => drawItem(item, close)),
  );
  menu.addEventListener("keydown", (event) => onKey(event, menu, close));
  document.addEventListener("pointerdown", elsewhere);
  button.setAttribute("aria-expanded", "true");
  button.after(menu);
  const first = /** @type {HTMLElement|null} */ (menu.querySelector("[aria-checked=true]") ?? menu.firstElementChild);
  first?.focus();
}

function drawItem({ checked, props, content, choose }, close) {
  const click = () => {
    close(true);
    choose();
  };
  const attributes = {
    type: "button",
    class: "menu-item",
    role: "menuitemradio",
    "aria-checked": String(checked),
    tabindex: "-1",
  };
  return h("button", { ...attributes, ...props, click }, content, checked && icon("check"));
}

function onKey(event, menu, close) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[(to + items.length) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
