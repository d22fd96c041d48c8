/** Files that a message shares: name, size, and a link that saves them. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const OURS = "/slack/files/";
const UNITS = ["bytes", "KB", "MB"];

/**
 * @param {import("./types.js").SharedFile} file
 * @returns {HTMLElement}
 */
export function drawFile(file) {
  const title = file.title || file.name;
  const about = `${file.name === title ? kindOf(file) : file.name} · ${sizeOf(file.size)}`;
  const href = file.url.startsWith(OURS) ? file.url : null;
  return h(
    "div",
    { class: "file", "data-testid": "file" },
    h("span", { class: "file-icon" }, icon("file")),
    h("span", { class: "file-name" }, title),
    h("span", { class: "file-about" }, about),
    href &&
      h(
        "a",
        { class: "file-save", href, download: file.name, "aria-label": `Download ${file.name}`, title: "Download" },
        icon("down"),
      ),
  );
}

function kindOf({ name, mimetype }) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toUpperCase() : mimetype;
}

/** @param {number} size */
function sizeOf(size) {
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), UNITS.length - 1);
  const number = size / 1000 ** power;
  return `${power ? number.toFixed(1) : number} ${UNITS[power]}`;
}
