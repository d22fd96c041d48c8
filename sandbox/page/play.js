/** "Play an update": a scenario, on a stack, at a speed. */

import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";

const SPEEDS = [
  { value: 1, label: "Real time" },
  { value: 5, label: "5×" },
  { value: 20, label: "20×" },
  { value: 0, label: "At once" },
];
const FIRST_CHOICE = "shop/prod";

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @param {(stack: string) => void} started called when an update was started
 * @returns {{element: HTMLElement, render: () => void, select: (stack: string) => void, selected: () => string, suggestFailure: () => void}}
 */
export function mountPlay(view, actions, started) {
  const choice = { stack: "", scenario: "", speed: 5 };
  let played = null;
  const target = h("p", { class: "play-target", "data-testid": "play-stack" });
  const scenarios = h("select", { class: "select", "aria-label": "Scenario", "aria-describedby": "play-about", "data-testid": "play-scenario" });
  const about = h("p", { class: "play-about", id: "play-about" });
  const speeds = h("fieldset", { class: "speeds" }, h("legend", { class: "unseen" }, "Speed"), SPEEDS.map((speed) => drawSpeed(speed, choice)));
  const submit = h("button", { type: "submit", class: "button button-primary", "data-testid": "play-submit" }, icon("play"), "Play");
  const said = h("p", { class: "play-said", role: "status", "data-testid": "play-said" });
  const form = h(
    "form",
    { class: "play", "data-testid": "play", "aria-label": "Play an update" },
    h("h3", { class: "play-title" }, "Play an update"),
    target,
    h("div", { class: "select-box" }, scenarios, icon("updown")),
    about,
    h("div", { class: "play-end" }, speeds, submit),
    said,
  );
  const render = () => {
    if (!view.cloud) return;
    choice.stack ||= firstStack(view.cloud.stacks);
    choice.scenario ||= view.cloud.scenarios[0]?.name ?? "";
    redraw(target, choice.stack, () => [h("span", null, "on "), h("b", null, choice.stack)]);
    redraw(scenarios, view.cloud.scenarios, () => view.cloud.scenarios.map((one) => drawScenario(one, choice)));
    redraw(said, outcome(view.cloud, played), () => drawOutcome(outcome(view.cloud, played)));
    about.textContent = view.cloud.scenarios.find(({ name }) => name === choice.scenario)?.about ?? "";
  };
  const select = (stack) => {
    choice.stack = stack;
    if (played?.stack !== stack) played = null;
  };
  scenarios.addEventListener("change", () => ((choice.scenario = scenarios.value), render()));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { stack } = choice;
    played = { stack, ...(await actions.play({ ...choice })) };
    render();
    if (!played.problem) started(stack);
  });
  const suggestFailure = () => {
    const failing = view.cloud?.scenarios.find(({ name }) => name.includes("fail"));
    if (failing) scenarios.value = choice.scenario = failing.name;
    render();
    scenarios.focus();
  };
  return { element: form, render, select, selected: () => choice.stack, suggestFailure };
}

function firstStack(stacks) {
  return (stacks.find(({ stack }) => stack.endsWith(FIRST_CHOICE)) ?? stacks[0])?.stack ?? "";
}

function drawSpeed({ value, label }, choice) {
  const props = { type: "radio", name: "speed", value, checked: value === choice.speed, "data-testid": "play-speed" };
  return h("label", { class: "speed" }, h("input", { ...props, change: () => (choice.speed = value) }), h("span", null, label));
}

function drawScenario({ name, title }, choice) {
  return h("option", { value: name, selected: name === choice.scenario }, title);
}

/** What became of the update that was played last. */
function outcome(cloud, played) {
  if (!played) return {};
  if (played.problem) return { problem: played.problem };
  const stack = cloud.stacks.find((one) => one.stack === played.stack);
  const over = !stack?.running && stack?.version >= played.version;
  return { news: `v${played.version} of ${played.stack} ${over ? `is over: ${stack.result}` : "is running"}.` };
}

function drawOutcome({ problem, news }) {
  return problem ? [h("span", { class: "play-problem" }, icon("warning"), problem)] : [news];
}
