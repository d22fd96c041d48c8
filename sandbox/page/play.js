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
const MORNING = { stacks: 30, scenario: "failing-resource" };

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @param {(stack: string) => void} started called when an update was started
 * @returns {{element: HTMLElement, render: () => void, select: (stack: string) => void, selected: () => string,
 *   suggestFailure: () => void}}
 */
export function mountPlay(view, actions, started) {
  const choice = { stack: "", scenario: "", speed: 5 };
  const { form, target, scenarios, about, said, again, morning } = build(choice);
  let played = null;
  const render = () => {
    if (!view.cloud) return;
    choice.stack ||= firstStack(view.cloud.stacks);
    choice.scenario ||= view.cloud.scenarios[0]?.name ?? "";
    redraw(target, choice.stack, () => [h("span", null, "on "), h("b", null, choice.stack)]);
    redraw(scenarios, view.cloud.scenarios, () => view.cloud.scenarios.map((one) => drawScenario(one, choice)));
    redraw(said, outcome(view.cloud, played), () => drawOutcome(outcome(view.cloud, played)));
    showAgain(again, view.cloud, choice.stack);
    about.textContent = view.cloud.scenarios.find(({ name }) => name === choice.scenario)?.about ?? "";
  };
  const select = (stack) => {
    choice.stack = stack;
    if (played?.stack !== stack) played = null;
  };
  const choose = (scenario) => {
    scenarios.value = choice.scenario = scenario;
    render();
  };
  const play = async (scenario = choice.scenario) => {
    const { stack, speed } = choice;
    played = { stack, ...(await actions.play({ stack, scenario, speed })) };
    render();
    if (!played.problem) started(stack);
  };
  const rain = async () => {
    played = { storm: true, ...(await actions.storm({ ...MORNING, speed: choice.speed })) };
    render();
  };
  scenarios.addEventListener("change", () => choose(scenarios.value));
  form.addEventListener("submit", (event) => (event.preventDefault(), play()));
  again.addEventListener("click", () => again.ariaDisabled !== "true" && play(again.dataset.scenario));
  morning.addEventListener("click", rain);
  const suggestFailure = () => {
    choose(view.cloud?.scenarios.find(({ name }) => name.includes("fail"))?.name ?? choice.scenario);
    scenarios.focus();
  };
  return { element: form, render, select, selected: () => choice.stack, suggestFailure };
}

function build(choice) {
  const target = h("p", { class: "play-target", "data-testid": "play-stack" });
  const props = {
    class: "select",
    "aria-label": "Scenario",
    "aria-describedby": "play-about",
    "data-testid": "play-scenario",
  };
  const scenarios = /** @type {HTMLSelectElement} */ (h("select", props));
  const about = h("p", { class: "play-about", id: "play-about" });
  const said = h("p", { class: "play-said", role: "status", "data-testid": "play-said" });
  const legend = h("legend", { class: "unseen" }, "Speed");
  const speeds = h(
    "fieldset",
    { class: "speeds" },
    legend,
    SPEEDS.map((speed) => drawSpeed(speed, choice)),
  );
  const submit = h(
    "button",
    { type: "submit", class: "button button-primary", "data-testid": "play-submit" },
    icon("play"),
    "Play",
  );
  const again = h("button", { type: "button", class: "button", "data-testid": "play-again" }, "Play again");
  const morning = h(
    "button",
    { type: "button", class: "button", title: "30 stacks of their own fail at once", "data-testid": "bad-morning" },
    icon("bolt"),
    "Bad morning",
  );
  const form = h(
    "form",
    { class: "play", "data-testid": "play", "aria-label": "Play an update" },
    h("h3", { class: "play-title" }, "Play an update"),
    target,
    h("div", { class: "select-box" }, scenarios, icon("updown")),
    about,
    h("div", { class: "play-end" }, speeds, submit),
    h("div", { class: "play-more" }, again, morning),
    said,
  );
  return { form, target, scenarios, about, said, again, morning };
}

/** What was played on the stack last, once more. */
function showAgain(button, cloud, name) {
  const stack = cloud.stacks.find((one) => one.stack === name);
  const scenario = stack?.running?.scenario ?? stack?.scenario ?? "";
  const title = cloud.scenarios.find((one) => one.name === scenario)?.title;
  button.dataset.scenario = scenario;
  button.hidden = !title;
  button.ariaDisabled = stack?.running ? "true" : null;
  button.title = title ? `${title}, on ${name}` : "";
}

function firstStack(stacks) {
  return (stacks.find(({ stack }) => stack.endsWith(FIRST_CHOICE)) ?? stacks[0])?.stack ?? "";
}

function drawSpeed({ value, label }, choice) {
  const props = { type: "radio", name: "speed", value, checked: value === choice.speed, "data-testid": "play-speed" };
  return h(
    "label",
    { class: "speed" },
    h("input", { ...props, change: () => (choice.speed = value) }),
    h("span", null, label),
  );
}

function drawScenario({ name, title }, choice) {
  return h("option", { value: name, selected: name === choice.scenario }, title);
}

/**
 * What became of the update that was played last.
 * @returns {{problem?: string, news?: string}}
 */
function outcome(cloud, played) {
  if (!played) return {};
  if (played.problem) return { problem: played.problem };
  if (played.storm) return { news: storm(cloud, played.stacks) };
  const stack = cloud.stacks.find((one) => one.stack === played.stack);
  const over = !stack?.running && stack?.version >= played.version;
  return { news: `v${played.version} of ${played.stack} ${over ? `is over: ${stack.result}` : "is running"}.` };
}

function storm(cloud, names) {
  if (names.length === 0) return "All of them still run.";
  const left = cloud.stacks.filter(({ stack, running }) => running && names.includes(stack)).length;
  const what = names.length === 1 ? "1 stack" : `${names.length} stacks`;
  return left ? `${what} in trouble, ${left} still running.` : `${what} in trouble, all over.`;
}

/** @param {{problem?: string, news?: string}} outcome */
function drawOutcome({ problem, news }) {
  return problem ? [h("span", { class: "play-problem" }, icon("warning"), problem)] : [news];
}
