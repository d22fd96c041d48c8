/** Slack's rate limits in the Faults panel: on or off, and what was refused, by method and by channel. */

import { h, redraw } from "./dom.js";

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @param {(work: Promise<{problem?: string}>) => void} tell
 * @returns {{element: HTMLElement, render: () => void}}
 */
export function mountLimiting(view, actions, tell) {
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", "data-testid": "limits-on" }));
  const count = h("p", { class: "limits-count", "data-testid": "limits-count" });
  const list = h("ul", { class: "limits-list" });
  const label = h("label", { class: "fault-switch" }, box, h("span", null, "Slack limits how often one may call"));
  const element = h("section", { class: "limits", "aria-label": "Slack's rate limits" }, label, count, list);
  box.addEventListener("change", () => tell(actions.setLimits({ on: box.checked })));
  const render = () => {
    const { limits } = view.trouble;
    box.checked = limits.on;
    redraw(count, limits.refused, () => [words(limits.refused)]);
    redraw(list, refusals(view, limits), () => refusals(view, limits).map((line) => h("li", null, line)));
  };
  return { element, render };
}

function words(refused) {
  if (refused === 0) return "Nothing was refused.";
  return refused === 1 ? "1 call was refused with 429." : `${refused} calls were refused with 429.`;
}

/** @returns {string[]} */
function refusals(view, { methods, channels }) {
  const name = (id) => view.workspace?.channels.find((channel) => channel.id === id)?.name;
  return [
    ...methods.filter(({ refused }) => refused).map(({ method, refused }) => `${method}: ${refused}`),
    ...channels.filter(({ refused }) => refused).map(({ channel, refused }) => `posts to ${name(channel) ? `#${name(channel)}` : channel}: ${refused}`),
  ];
}
