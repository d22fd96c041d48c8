/** The message box: Enter sends, Shift+Enter breaks the line, arrow-up brings back what was sent, "/" shows the commands. */

import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {{id: string, view: import("./types.js").View, takesCommands: boolean, say: (text: string) => Promise<string>}} Options
 *   say answers with what went wrong, or ""
 */

/**
 * @param {Options} options
 * @returns {{element: HTMLElement, render: (label: string, whyClosed: string) => void, focus: () => void}}
 */
export function createComposer({ id, view, takesCommands, say }) {
  const { element, form, box, hint, error, sender, closed } = build(id);
  const history = createHistory(box);
  const drafts = createDrafts(box);
  const update = () => {
    fit(box);
    sender.toggleAttribute("disabled", box.value.trim() === "");
    if (takesCommands) showHint(hint, box, view.workspace?.commands ?? []);
  };
  const send = async () => {
    const text = box.value.trim();
    if (!text) return;
    setText(box, "");
    error.textContent = "";
    history.add(text);
    error.textContent = await say(text);
    if (error.textContent && box.value === "") setText(box, text);
  };
  form.addEventListener("submit", (event) => (event.preventDefault(), send()));
  box.addEventListener("input", update);
  box.addEventListener("keydown", (event) => onKey(event, { hint, history, send }));
  const render = (label, whyClosed) => {
    closed.textContent = whyClosed;
    form.hidden = whyClosed !== "";
    box.setAttribute("aria-label", label);
    box.placeholder = takesCommands ? `${label}, or type /` : label;
    if (!drafts.moved(`${view.person}/${view.channel}/${view.thread}`)) return;
    error.textContent = "";
    update();
  };
  update();
  return { element, render, focus: () => box.focus() };
}

function build(id) {
  const props = { id, rows: "1", class: "composer-text", "aria-describedby": `${id}-error` };
  const box = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { ...props, "data-testid": id === "message" ? "composer" : "reply" })
  );
  const hint = h("div", { class: "hint", "data-testid": `${id}-hint`, hidden: true });
  const error = h("p", { class: "composer-error", id: `${id}-error`, role: "alert", "data-testid": `${id}-error` });
  const closed = h("p", { class: "composer-closed" });
  const sender = h(
    "button",
    { type: "submit", class: "send", "aria-label": "Send", "data-testid": `${id}-send` },
    icon("send"),
  );
  const keys = h(
    "span",
    { class: "composer-keys" },
    h("kbd", null, "Enter"),
    " sends, ",
    h("kbd", null, "Shift + Enter"),
    " starts a new line",
  );
  const form = h("form", { class: "composer" }, hint, box, h("div", { class: "composer-end" }, keys, sender));
  return { element: h("div", null, form, closed, error), form, box, hint, error, sender, closed };
}

/**
 * Put text into a message box as if it had been typed.
 * @param {HTMLTextAreaElement} box
 * @param {string} text
 * @returns {void}
 */
export function setText(box, text) {
  box.value = text;
  box.dispatchEvent(new Event("input"));
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

function onKey(event, { hint, history, send }) {
  if (event.isComposing) return;
  const chosen = hint.hidden ? null : hint.querySelector("[data-completes]");
  if (chosen && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) take(event, () => chosen.click());
  else if (event.key === "Escape" && !hint.hidden) take(event, () => (hint.hidden = true));
  else if (event.key === "Enter" && !event.shiftKey) take(event, send);
  else if (event.key === "ArrowUp" && history.applies()) take(event, () => history.move(-1));
  else if (event.key === "ArrowDown" && history.browsing()) take(event, () => history.move(1));
}

function take(event, act) {
  event.preventDefault();
  event.stopPropagation();
  act();
}

function createHistory(box) {
  const sent = [];
  let at = 0;
  const browsing = () => at < sent.length && box.value === sent[at];
  return {
    add: (text) => (at = sent.push(text)),
    browsing,
    applies: () => sent.length > 0 && (box.value === "" || browsing()),
    move: (step) => {
      at = Math.max(0, Math.min(sent.length, (browsing() ? at : sent.length) + step));
      setText(box, sent[at] ?? "");
    },
  };
}

/** What was typed and not sent stays with its place: a channel or a thread, per person. */
function createDrafts(box) {
  const kept = new Map();
  let place = "";
  const moved = (to) => {
    if (to === place) return false;
    if (place) kept.set(place, box.value);
    place = to;
    box.value = kept.get(place) ?? "";
    return true;
  };
  return { moved };
}

function showHint(hint, box, commands) {
  const typed = box.value;
  const [word] = typed.split(/\s/, 1);
  const fitting = typed.startsWith("/") ? commands.filter(({ command }) => command.startsWith(word)) : [];
  hint.hidden = fitting.length === 0 || typed.includes("\n");
  redraw(hint, [fitting, word], () => [
    h("p", { class: "hint-title" }, "Commands"),
    fitting.map((command) => drawCommand(command, word, box)),
  ]);
}

function drawCommand({ command, description, usage_hint: usage }, word, box) {
  const complete = () => {
    setText(box, `${command} `);
    box.focus();
  };
  const completes = word !== command;
  return h(
    "button",
    {
      type: "button",
      class: "hint-command",
      tabindex: "-1",
      "data-completes": completes,
      click: completes ? complete : () => box.focus(),
    },
    h("span", { class: "hint-usage" }, h("b", null, command), " ", usage),
    h("span", { class: "hint-about" }, description),
  );
}
