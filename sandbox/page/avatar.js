/** Coloured squares with initials; the app has its own mark. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const COLOURS = 8;

/**
 * A user's picture.
 * @param {import("./types.js").User|undefined} user
 * @param {boolean} app whether it is the app itself
 * @returns {HTMLElement}
 */
export function avatar(user, app) {
  if (app || user?.bot) return h("span", { class: "avatar avatar-app", "aria-hidden": "true" }, icon("layers"));
  const name = user?.real_name || user?.name || "?";
  return h("span", { class: `avatar avatar-${hue(user?.id ?? name)}`, "aria-hidden": "true" }, initials(name));
}

/**
 * The letters that stand for a name.
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => Array.from(word)[0])
    .join("")
    .toUpperCase();
}

function hue(text) {
  return Array.from(text).reduce((sum, char) => (sum * 13 + char.codePointAt(0)) % 9973, 7) % COLOURS;
}
