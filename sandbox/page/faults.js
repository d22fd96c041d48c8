/** The Faults panel: what the network and the two services do wrong on purpose, added and taken back. */

import { h, reconcile, redraw } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { mountKilling } from "./killing.js";
import { mountLimiting } from "./limiting.js";

/**
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Fault} Fault
 */

const SERVICES = [
  { value: "pulumi", label: "Pulumi Cloud" },
  { value: "slack", label: "Slack" },
];
const KINDS = [
  { name: "slow", label: "Slow answers (3 s)", fault: { kind: "latency", seconds: 3 } },
  { name: "429", label: "429, wait 5 s", fault: { kind: "status", status: 429, retry_after: 5 } },
  { name: "429-bare", label: "429 that names no time", fault: { kind: "status", status: 429 } },
  { name: "503", label: "503 Service unavailable", fault: { kind: "status", status: 503 } },
  { name: "html", label: "502 with an HTML page", fault: { kind: "status", status: 502, body: "html" } },
  { name: "cut", label: "Connection cut, not handled", fault: { kind: "drop", when: "before" } },
  { name: "cut-after", label: "Connection cut, but handled", fault: { kind: "drop", when: "after" } },
  { name: "slow-body", label: "Body in drips (5 s)", fault: { kind: "slow-body", seconds: 5 } },
];
const TIMES = [
  { value: 1, label: "Once" },
  { value: 5, label: "5 times" },
  { value: 0, label: "Until removed" },
];

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {{element: HTMLElement, render: () => void}}
 */
export function mountFaults(view, actions) {
  const choice = { service: "pulumi", name: KINDS[0].name, times: 1 };
  const { element, body, count, form, kinds, list, twice, said } = build(choice);
  const tell = async (work) => (said.textContent = (await work).problem ?? "");
  const killing = mountKilling(view, actions, tell);
  const limiting = mountLimiting(view, actions, tell);
  body.prepend(killing.element);
  said.before(limiting.element);
  const add = () => {
    const { fault } = KINDS.find(({ name }) => name === choice.name);
    return actions.addFault({ ...fault, service: choice.service, times: choice.times });
  };
  const render = () => {
    killing.render();
    limiting.render();
    const { faults, switches } = view.trouble;
    const active = faults.filter(isActive).length;
    redraw(count, active, () => (active ? [h("span", { class: "faults-count" }, `${active} active`)] : []));
    reconcile(
      list,
      faults.map((fault) => faultItem(fault, (id) => tell(actions.removeFault(id)))),
    );
    twice.checked = switches.copies > 1;
  };
  kinds.addEventListener("change", () => (choice.name = kinds.value));
  form.addEventListener("submit", (event) => (event.preventDefault(), tell(add())));
  twice.addEventListener("change", () => tell(actions.setSwitch({ copies: twice.checked ? 2 : 1 })));
  element.addEventListener("toggle", () => {
    actions.showFaults(element.open);
    if (element.open) element.scrollIntoView({ block: "end" });
  });
  return { element, render };
}

function build(choice) {
  const count = h("span");
  const kinds = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "select", "aria-label": "Fault", "data-testid": "fault-kind" },
      KINDS.map(({ name, label }) => h("option", { value: name }, label)),
    )
  );
  const list = h("ul", { class: "fault-list", "aria-label": "Faults set", "data-testid": "fault-list" });
  const twice = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", "data-testid": "fault-twice" }));
  const said = h("p", { class: "play-problem", role: "status" });
  const submit = h("button", { type: "submit", class: "button", "data-testid": "fault-add" }, "Add");
  const form = h(
    "form",
    { class: "fault-form", "aria-label": "Add a fault" },
    pick("Service", "fault-service", SERVICES, choice.service, (value) => (choice.service = value)),
    h("div", { class: "select-box" }, kinds, icon("updown")),
    h(
      "div",
      { class: "play-end" },
      pick("How often", "fault-times", TIMES, choice.times, (value) => (choice.times = Number(value))),
      submit,
    ),
  );
  const summary = h("summary", { class: "faults-title" }, icon("bolt"), h("h3", null, "Faults"), count);
  const each = h("label", { class: "fault-switch" }, twice, h("span", null, "Slack delivers every event twice"));
  const body = h("div", { class: "faults-body scroller", tabindex: "0", role: "group", "aria-label": "Faults" });
  body.append(form, list, each, said);
  const element = /** @type {HTMLDetailsElement} */ (
    h("details", { class: "faults", "data-testid": "faults" }, summary, body)
  );
  return { element, body, count, form, kinds, list, twice, said };
}

function pick(legend, name, options, chosen, choose) {
  return h(
    "fieldset",
    { class: "speeds" },
    h("legend", { class: "unseen" }, legend),
    options.map(({ value, label }) =>
      h(
        "label",
        { class: "speed" },
        h("input", { type: "radio", name, value, checked: value === chosen, change: () => choose(String(value)) }),
        h("span", null, label),
      ),
    ),
  );
}

/** @param {Fault} fault */
function isActive({ times, fired }) {
  return times === 0 || fired < times;
}

function faultItem(fault, remove) {
  return { key: String(fault.id), signature: JSON.stringify(fault), draw: () => drawFault(fault, remove) };
}

function drawFault(fault, remove) {
  const service = SERVICES.find(({ value }) => value === fault.service)?.label ?? fault.service;
  const where = fault.match ? ` · ${fault.match}` : "";
  const click = () => remove(fault.id);
  return h(
    "li",
    { class: isActive(fault) ? "fault" : "fault fault-over", "data-testid": "fault" },
    h("span", { class: "fault-what" }, `${service} · ${describe(fault)}${where}`),
    h("span", { class: "fault-fired" }, fired(fault)),
    iconButton("close", `Remove: ${service}, ${describe(fault)}`, { "data-focus": `fault ${fault.id}`, click }),
  );
}

function fired({ fired: count, times }) {
  if (times > 0) return count < times ? `${count} of ${times} done` : "all done";
  return count === 1 ? "1 time so far" : `${count} times so far`;
}

/** @param {Fault} fault */
function describe({ kind, seconds, status, body, when }) {
  if (kind === "latency") return `answers ${seconds} s late`;
  if (kind === "slow-body") return `body over ${seconds} s`;
  if (kind === "drop") return when === "after" ? "cut, but handled" : "cut, not handled";
  return body === "json" ? String(status) : `${status} as ${body === "html" ? "HTML" : body}`;
}
