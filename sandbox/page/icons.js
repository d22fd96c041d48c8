/** The page's own line icons, on a 24 × 24 grid. */

import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  layers: ["M12 3 20 7l-8 4-8-4z", "m4 12 8 4 8-4", "m4 17 8 4 8-4"],
  hash: ["M9.5 4 7.5 20", "M16.5 4l-2 16", "M4.5 9H20", "M4 15h15.5"],
  archive: ["M4 5h16v4H4z", "M5.5 9v10.5h13V9", "M10 13h4"],
  lock: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  eye: [
    "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z",
    "M12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  ],
  send: ["M4 20 21 12 4 4l2.5 8z", "M6.5 12H13"],
  sun: [
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  ],
  moon: ["M20 14.2A8.3 8.3 0 0 1 9.8 4a8.3 8.3 0 1 0 10.2 10.2z"],
  menu: ["M4 7h16M4 12h16M4 17h16"],
  close: ["M6 6l12 12M18 6 6 18"],
  back: ["M11 5.5 4.5 12l6.5 6.5", "M5 12h15"],
  window: ["M9 5H5v14h14v-4", "M13 4.5h6.5V11", "M19 5l-8 8"],
  power: ["M12 3.5v8", "M7 6.5a8 8 0 1 0 10 0"],
  search: ["M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "m16 16 4.5 4.5"],
  play: ["M8 5.5v13l10.5-6.5z"],
  skip: ["M5 6v12l8-6z", "M13 6v12l6-6z", "M20 6v12"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  cross: ["M7 7l10 10M17 7 7 17"],
  stop: ["M6 12h12"],
  none: ["M9 12h6"],
  warning: ["M12 4 2.8 19.5h18.4z", "M12 10v4.5M12 17v.2"],
  reply: ["M4 5h16v11h-9l-4 4v-4H4z", "M8 9.5h8M8 12.5h5"],
  down: ["M12 5v13M6.5 12.5 12 18l5.5-5.5"],
  chevron: ["m6.5 9.5 5.5 5.5 5.5-5.5"],
  updown: ["m8 9 4-4 4 4", "m8 15 4 4 4-4"],
  bolt: ["M13 3 5 13.5h6L10 21l8.5-10.5h-6z"],
  file: ["M6 3.5h8l4 4v13H6z", "M14 3.5v4h4", "M9 12h6M9 15.5h6"],
  cloud: ["M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.2A3.9 3.9 0 0 1 17.5 18.5z"],
};

/**
 * An icon; it is decoration, so the words beside it (or its button's label) carry the meaning.
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/**
 * A button that shows an icon only; its label is what screen readers say and what hovering shows.
 * @param {keyof typeof PATHS} name
 * @param {string} label
 * @param {Record<string, any>} props
 * @returns {HTMLElement}
 */
export function iconButton(name, label, props) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...props }, icon(name));
}
