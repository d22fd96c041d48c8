/** plan and task_card: steps with a spinner, a tick or a cross; what is behind a step is folded away, as Slack does. */

import { h, link } from "./dom.js";
import { icon } from "./icons.js";
import { drawRichText } from "./richtext.js";

/**
 * @typedef {import("./types.js").Ink} Ink
 * @typedef {import("./types.js").Block} Block
 */

const STATES = {
  pending: ["none", "Pending"],
  in_progress: ["play", "In progress"],
  complete: ["check", "Complete"],
  error: ["cross", "Failed"],
};
const TURN = 1_000;

/**
 * A plan, open until the reader folds it.
 * @param {Block} block
 * @param {Ink} ink
 * @returns {HTMLElement}
 */
export function drawPlan(block, ink) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter(({ status }) => status === "complete").length;
  const title = h("h3", { class: "block-plan-title" }, words(block.title));
  const count = h("span", { class: "block-plan-count" }, `${done} of ${tasks.length}`, h("span", { class: "unseen" }, " done"));
  return h(
    "details",
    { class: "block-plan", open: true, "data-open": `plan ${block.block_id ?? ""}` },
    h("summary", { "data-focus": `plan ${block.block_id ?? ""}` }, title, count, icon("chevron")),
    h(
      "ul",
      { class: "tasks" },
      tasks.map((task, number) => drawTask(task, ink, task.task_id ?? String(number))),
    ),
  );
}

/**
 * A task that is no part of a plan.
 * @param {Block} block
 * @param {Ink} ink
 * @returns {HTMLElement}
 */
export function drawTaskAlone(block, ink) {
  return h("ul", { class: "tasks tasks-alone" }, drawTask(block, ink, block.task_id ?? ""));
}

function drawTask(task, ink, id) {
  const [picture, word] = STATES[task.status] ?? ["none", task.status];
  const behind = [
    ...[task.details, task.output].filter(Boolean).map((text) => drawRichText(text, ink)),
    ...(task.sources ?? []).map((source) => link(source.url, source.text ?? source.url, { class: "task-source" })),
  ];
  const title = [h("span", { class: "task-title" }, words(task.title)), h("span", { class: "task-word" }, word)];
  return h(
    "li",
    { class: `task task-${task.status}`, "data-testid": "task" },
    dot(task.status, picture),
    behind.length > 0 ? fold(id, title, behind) : h("div", { class: "task-body" }, title),
  );
}

/** Drawn again in the middle of a turn, the spinner goes on where it was. */
function dot(status, picture) {
  const node = h("span", { class: "task-dot" }, icon(picture));
  if (status === "in_progress") node.style.animationDelay = `${-(Date.now() % TURN)}ms`;
  return node;
}

function fold(id, title, behind) {
  return h(
    "details",
    { class: "task-body", "data-open": `task ${id}` },
    h("summary", { "data-focus": `task ${id}` }, h("span", null, title), icon("chevron")),
    h("div", { class: "task-behind" }, behind),
  );
}

/** A title is plain text; a text object in its place, which Slack refuses, is shown all the same. */
function words(title) {
  return title?.text ?? title;
}
