/** The first run: what this is, in one sentence and a few steps; and commands to try in an empty channel. */

import { h, redraw } from "./dom.js";
import { iconButton } from "./icons.js";
import { colleague } from "./sidebar.js";
import { recall, remember } from "./store.js";

const DISMISSED = "welcome.dismissed";
const TRY = ["status", "stack ls", "why shop/prod", "help"];

/**
 * Chips that send a command.
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {HTMLElement}
 */
export function drawTryThese(view, actions) {
  return h(
    "div",
    { class: "try", role: "group", "aria-label": "Try these" },
    h("span", { class: "try-label", "aria-hidden": "true" }, "Try"),
    TRY.map((words) => chip(command(view, words), actions)),
  );
}

function command(view, words) {
  return `${view.workspace.commands[0]?.command ?? "/pulumi"} ${words}`;
}

function chip(text, actions) {
  return h("button", { type: "button", class: "chip", "data-testid": "try", click: () => actions.say(text) }, text);
}

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @param {{showPlay: () => void}} page
 * @returns {() => void} its renderer
 */
export function mountWelcome(view, actions, page) {
  const strip = document.getElementById("welcome");
  const dismiss = () => {
    remember(DISMISSED, "yes");
    strip.hidden = true;
  };
  strip.hidden = recall(DISMISSED) === "yes";
  return () =>
    view.workspace && redraw(strip, [view.workspace.commands, view.person, view.workspace.users], () => drawWelcome(view, actions, page, dismiss));
}

function approving(view, step) {
  const other = colleague(view.workspace.users, view.person);
  return other && step("Approve it as", h("a", { class: "chip", href: `?as=${other.id}`, target: "_blank" }, other.real_name));
}

function drawWelcome(view, actions, page, dismiss) {
  const step = (text, ...rest) => h("li", { class: "step" }, h("span", null, text), rest);
  return [
    h(
      "p",
      { class: "welcome-text" },
      h("b", null, "Welcome. "),
      "This is a Slack workspace and a Pulumi Cloud on your own machine, with the real bot between them: nothing here can break anything.",
    ),
    h(
      "ol",
      { class: "steps" },
      step("Look around", chip(command(view, "status"), actions)),
      step("Make one fail", h("button", { type: "button", class: "chip", click: page.showPlay }, "Play an update")),
      step("Ask why", chip(command(view, "why shop/prod"), actions)),
      step("Ask for a change", chip(command(view, "tag set web/dev owner me"), actions)),
      approving(view, step),
    ),
    iconButton("close", "Dismiss the welcome", { "data-testid": "dismiss-welcome", click: dismiss }),
  ];
}
