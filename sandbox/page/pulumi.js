/** The Pulumi Cloud panel: every stack with where it stands, found by typing, grouped by project. */

import { ago } from "./dates.js";
import { h, reconcile, redraw } from "./dom.js";
import { mountFaults } from "./faults.js";
import { icon } from "./icons.js";
import { mountPlay } from "./play.js";
import { now } from "./store.js";

/**
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Stack} Stack
 */

const STATES = {
  running: { word: "Running", picture: "play" },
  succeeded: { word: "Succeeded", picture: "check" },
  failed: { word: "Failed", picture: "cross" },
  cancelled: { word: "Cancelled", picture: "stop" },
  never: { word: "Never updated", picture: "none" },
};
const FILTERS = [
  { name: "all", label: "All", takes: () => true },
  { name: "running", label: "Running", takes: (stack) => stateOf(stack) === "running" },
  { name: "failed", label: "Failed", takes: (stack) => stateOf(stack) === "failed" },
];

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {{render: () => void, suggestFailure: () => void}}
 */
export function mountPulumi(view, actions) {
  const looking = { text: "", filter: "all" };
  let revealed = false;
  const reveal = (stack) =>
    groups.querySelector(`[data-stack="${CSS.escape(stack)}"]`)?.scrollIntoView({ block: "nearest" });
  const play = mountPlay(view, actions, reveal);
  const faults = mountFaults(view, actions);
  const { organizations, search, filters, none, groups } = build(play.element, faults.element);
  const select = (stack) => {
    play.select(stack);
    render();
  };
  const choose = (change) => {
    Object.assign(looking, change);
    render();
  };
  const render = () => {
    faults.render();
    if (!view.cloud) return;
    play.render();
    organizations.textContent = view.cloud.organizations.join(", ");
    redraw(filters, [looking.filter, counts(view)], () =>
      FILTERS.map((filter) => drawFilter(filter, view, looking, choose)),
    );
    const shown = view.cloud.stacks.filter((stack) => matches(stack, looking));
    none.textContent = shown.length > 0 ? "" : "No stack fits.";
    const hands = { select, selected: play.selected(), finish: actions.finish };
    reconcile(
      groups,
      [...byProject(shown)].map(([project, stacks]) => groupItem(view, project, stacks, hands)),
    );
    if (!revealed && groups.offsetParent) reveal(play.selected());
    revealed ||= groups.offsetParent !== null;
  };
  search.addEventListener("input", () => choose({ text: search.value }));
  return { render, suggestFailure: play.suggestFailure };
}

function build(play, faults) {
  const organizations = h("p", { class: "pane-topic" });
  const props = { placeholder: "Find a stack", "aria-label": "Find a stack", "data-testid": "stack-search" };
  const search = /** @type {HTMLInputElement} */ (h("input", { type: "search", class: "search-text", ...props }));
  const filters = h("div", { class: "filters", role: "group", "aria-label": "Show stacks" });
  const none = h("p", { class: "no-stacks", role: "status" });
  const groups = h("div", { class: "groups" });
  const title = h("h2", { class: "pane-title" }, icon("cloud"), "Pulumi Cloud");
  document
    .getElementById("pulumi")
    .append(
      h("header", { class: "pane-head" }, title, organizations),
      h("div", { class: "search" }, h("label", { class: "search-box" }, icon("search"), search), filters),
      h(
        "section",
        { class: "stacks scroller", tabindex: "0", "aria-label": "Stacks", "data-testid": "stacks" },
        none,
        groups,
      ),
      play,
      faults,
    );
  return { organizations, search, filters, none, groups };
}

/**
 * The state of a stack, as one of our words; a word of Pulumi's that we do not know stays as it is.
 * @param {Stack} stack
 * @returns {string}
 */
export function stateOf(stack) {
  if (stack.running) return "running";
  if (!stack.result) return "never";
  return stack.result === "canceled" ? "cancelled" : stack.result;
}

function counts(view) {
  return FILTERS.map((filter) => view.cloud.stacks.filter(filter.takes).length);
}

function drawFilter(filter, view, looking, choose) {
  const pressed = looking.filter === filter.name;
  const click = () => choose({ filter: filter.name });
  return h(
    "button",
    { type: "button", class: "filter", "aria-pressed": String(pressed), "data-focus": filter.name, click },
    filter.label,
    " ",
    h("span", { class: "filter-count" }, String(view.cloud.stacks.filter(filter.takes).length)),
  );
}

function matches(stack, { text, filter }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const haystack = `${stack.stack} ${STATES[stateOf(stack)]?.word ?? stack.result}`.toLowerCase();
  return FILTERS.find(({ name }) => name === filter).takes(stack) && words.every((word) => haystack.includes(word));
}

function byProject(stacks) {
  const groups = new Map();
  for (const stack of [...stacks].sort((one, other) => one.stack.localeCompare(other.stack))) {
    const project = stack.stack.slice(0, stack.stack.lastIndexOf("/"));
    groups.set(project, [...(groups.get(project) ?? []), stack]);
  }
  return groups;
}

/** A project: its heading stays, its stacks are drawn one by one, and what runs moves in place. */
function groupItem(view, project, stacks, hands) {
  const fill = (node) => reconcile(node.querySelector("ul"), stacks.map((stack) => stackItem(view, stack, hands)));
  const draw = () => {
    const node = h("section", { class: "group", "aria-label": project }, h("h3", { class: "group-title" }, project), h("ul"));
    fill(node);
    return node;
  };
  const minute = Math.floor(now(view) / 60);
  const signature = JSON.stringify([stacks, minute, hands.selected]);
  return { key: project, signature, shape: project, draw, patch: fill };
}

function stackItem(view, stack, hands) {
  const { running, ...rest } = stack;
  const line = stateLine(view, stack, STATES[stateOf(stack)]?.word ?? "");
  const selected = hands.selected === stack.stack;
  return {
    key: stack.stack,
    signature: JSON.stringify([stack, line, selected]),
    shape: JSON.stringify([rest, running?.update_id, running?.total, line, selected]),
    draw: () => drawStack(view, stack, hands),
    patch: (node) => running && move(node, running),
  };
}

function move(node, { done, total }) {
  node.querySelector("progress").value = done;
  node.querySelector(".running-count").textContent = countOf(done, total);
}

function countOf(done, total) {
  return `${done} of ${total}`;
}

function drawStack(view, stack, hands) {
  const state = stateOf(stack);
  const { word, picture } = STATES[state] ?? { word: state, picture: "none" };
  const selected = hands.selected === stack.stack;
  return h(
    "li",
    { class: "stack-item", "data-testid": "stack", "data-stack": stack.stack, "data-state": state },
    h(
      "button",
      {
        type: "button",
        class: "stack",
        "aria-pressed": String(selected),
        "data-focus": stack.stack,
        title: `Play an update on ${stack.stack}`,
        click: () => hands.select(stack.stack),
      },
      h("span", { class: `dot dot-${state}` }, icon(picture)),
      h("span", { class: "stack-name" }, stack.stack.slice(stack.stack.lastIndexOf("/") + 1)),
      h("span", { class: "stack-version" }, stack.version > 0 ? `v${stack.version}` : ""),
      h("span", { class: "stack-state" }, stateLine(view, stack, word)),
    ),
    stack.running && drawProgress(stack, hands),
  );
}

function stateLine(view, stack, word) {
  if (stack.running) return `${capital(stack.running.kind)} v${stack.running.version} is running`;
  const kind = stack.kind && stack.kind !== "update" ? `${capital(stack.kind)} ${word.toLowerCase()}` : word;
  const when = stack.ended ? ` ${ago(stack.ended, now(view))}` : "";
  return `${kind}${when} · ${stack.resources === 1 ? "1 resource" : `${stack.resources} resources`}`;
}

function capital(word) {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function drawProgress({ stack, running }, hands) {
  return h(
    "div",
    { class: "running" },
    h("progress", { max: running.total || 1, value: running.done, "aria-label": `Progress of ${stack}` }),
    h("span", { class: "running-count" }, countOf(running.done, running.total)),
    h(
      "button",
      {
        type: "button",
        class: "text-button",
        "aria-label": `Finish ${stack} now`,
        "data-testid": "finish",
        "data-focus": `finish ${stack}`,
        click: () => hands.finish(stack),
      },
      icon("skip"),
      "Finish now",
    ),
  );
}
