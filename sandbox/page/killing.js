/** The bot's process in the Faults panel: how it is, kill -9, start. */

import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @param {(work: Promise<{problem?: string}>) => void} tell
 * @returns {{element: HTMLElement, render: () => void}}
 */
export function mountKilling(view, actions, tell) {
  const words = h("p", { class: "killing-words", role: "status" });
  const hands = h("div", { class: "killing-hands" });
  const element = h("section", { class: "killing", "aria-label": "The bot's process", hidden: true }, words, hands);
  const act = (deed, restart) => () => tell(actions.handleBot(deed, restart));
  const render = () => {
    const { running = null, connected = false } = view.workspace?.bot ?? {};
    element.hidden = running === null;
    redraw(words, [running, connected], () => drawWords(running, connected));
    redraw(hands, running, () => (running ? drawKills(act) : [drawStart(act)]));
  };
  return { element, render };
}

function drawWords(running, connected) {
  const states = { on: "The bot is up", wait: "The bot is starting", off: "The bot is down" };
  const kind = connected ? "on" : running ? "wait" : "off";
  return [h("span", { class: `state-dot state-${kind}`, "aria-hidden": "true" }), states[kind]];
}

function drawKills(act) {
  const kill = { type: "button", class: "button button-danger", "data-testid": "bot-kill", "data-focus": "bot" };
  const leave = { type: "button", class: "button", "data-testid": "bot-down", "data-focus": "bot-down" };
  return [
    h("button", { ...kill, click: act("kill", true) }, icon("power"), "kill -9 the bot"),
    h("button", { ...leave, click: act("kill", false) }, "Kill, leave it down"),
  ];
}

function drawStart(act) {
  const props = { type: "button", class: "button button-primary", "data-testid": "bot-start", "data-focus": "bot" };
  return h("button", { ...props, click: act("start", true) }, icon("power"), "Start the bot");
}
