/** The modal before the person: drawn from what the server says, with what was typed kept beside it. */

import { drawBlocks } from "./blocks.js";
import { h, reconcile, redraw } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { drawPlain } from "./inline.js";
import { inkFor } from "./message.js";
import { clickKey } from "./store.js";
import { createTyped } from "./typed.js";

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {() => void} its renderer
 */
export function mountModal(view, actions) {
  const typed = createTyped();
  const parts = build();
  const { dialog, form, head, body, problem, foot } = parts;
  let [shownId, shownErrors, said] = ["", "", ""];
  const top = () => (view.shownFor === view.person ? view.workspace?.modals?.at(-1) : undefined);
  const tell = async (work) => {
    said = (await work) ?? "";
    render();
  };
  const close = (all) => top() && tell(actions.closeModal(top().id, all));
  const submit = () => top()?.submit && !top().busy && tell(actions.submitModal(top().id, typed.values(top())));
  const render = () => {
    const modal = top();
    if (!modal) return hide(dialog, typed, () => ((shownId = ""), (said = "")));
    if (modal.id !== shownId) said = "";
    typed.keep(view.workspace.modals);
    redraw(head, [modal.id, modal.title, modal.previous_view_id], () => drawHead(modal, close));
    reconcile(body, items(view, modal, inkIn(view, modal, typed, actions)));
    redraw(problem, [modal.problem, said], () => drawProblem(modal.problem || said));
    redraw(foot, [modal.id, modal.submit, modal.close, modal.busy], () => drawFoot(modal, close));
    if (!dialog.open) dialog.showModal();
    const errors = JSON.stringify(modal.errors);
    if (modal.id !== shownId) focusFirst(parts);
    else if (errors !== shownErrors) focusError(body);
    [shownId, shownErrors] = [modal.id, errors];
  };
  form.addEventListener("submit", (event) => (event.preventDefault(), submit()));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) (event.preventDefault(), submit());
  });
  dialog.addEventListener("cancel", (event) => (event.preventDefault(), close(false)));
  return render;
}

function build() {
  const head = h("header", { class: "modal-head" });
  const body = h("div", { class: "modal-body", "data-testid": "modal-body" });
  const problem = h("div", { class: "modal-problem", role: "alert" });
  const foot = h("footer", { class: "modal-foot" });
  const form = h("form", { class: "modal-form", novalidate: true }, head, body, problem, foot);
  const dialog = /** @type {HTMLDialogElement} */ (
    h("dialog", { class: "modal", "aria-labelledby": "modal-title", "data-testid": "modal" }, form)
  );
  document.body.append(dialog);
  return { dialog, form, head, body, problem, foot };
}

function hide(dialog, typed, forget) {
  if (!dialog.open) return;
  dialog.close();
  typed.keep([]);
  forget();
}

function drawHead(modal, close) {
  const goBack = { "data-testid": "modal-back", "data-focus": "back", click: () => close(false) };
  return [
    modal.previous_view_id && iconButton("back", "Back", goBack),
    h("h2", { id: "modal-title", class: "modal-title" }, drawPlain(modal.title)),
    iconButton("close", modal.previous_view_id ? "Close all" : "Close", {
      "data-testid": "modal-cross",
      "data-focus": "cross",
      click: () => close(true),
    }),
  ];
}

function drawFoot(modal, close) {
  const words = modal.close ?? { text: modal.submit ? "Cancel" : "Close" };
  const closer = { type: "button", class: "button", "data-testid": "modal-close", "data-focus": "close" };
  const busy = modal.busy ? "true" : null;
  const props = { class: "button button-primary", "data-testid": "modal-submit", "data-focus": "submit" };
  return [
    h("button", { ...closer, click: () => close(false) }, drawPlain(words)),
    modal.submit &&
      h("button", { type: "submit", ...props, "aria-busy": busy, "aria-disabled": busy }, drawPlain(modal.submit)),
  ];
}

function drawProblem(words) {
  return words ? [h("p", { class: "problem" }, icon("warning"), h("span", null, words))] : [];
}

/** One item per block, drawn again only when it, its error or its last press changed: what is typed beside it stays. */
function items(view, modal, ink) {
  return modal.blocks.map((block) => {
    const place = `modal/${modal.id}/${block.block_id}/`;
    const clicks = Object.entries(view.clicks).filter(([key]) => key.startsWith(place));
    return {
      key: `${modal.id}/${block.block_id}`,
      signature: JSON.stringify([block, modal.errors[block.block_id], clicks]),
      draw: () => h("div", { class: "modal-block" }, drawBlocks([block], ink)),
    };
  });
}

/** @returns {import("./types.js").Ink} */
function inkIn(view, modal, typed, actions) {
  const press = (block, element, value) =>
    actions.pressIn(modal.id, block, element, value, typed.values(modal, { block, element }));
  return {
    ...inkFor(view, null, () => {}),
    clicked: (block, element) => view.clicks[clickKey("modal", modal.id, block, element)],
    press,
    value: (block, element) => typed.value(modal, block, element),
    labelOf: (block, element, value) => typed.label(modal, block, element, value),
    learn: (block, element, option) => typed.learn(block, element, option),
    error: (block) => modal.errors[block.block_id] ?? "",
    suggest: (block, element, query) => actions.suggestIn(modal.id, block, element, query),
    note: (block, element, value, how) => {
      typed.note(modal, block, element, value);
      if (tells(block, element, how)) press(block, element, value);
    },
  };
}

/** Whether the app hears of it at once: outside of input blocks, or where those ask for it. */
function tells(block, element, how) {
  if (block.type === "input" && !block.dispatch_action) return false;
  if (how === "chosen") return true;
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  return on.includes(how === "entered" ? "on_enter_pressed" : "on_character_entered");
}

const FILLABLE = "input, select, textarea";

function focusFirst({ body, foot }) {
  body.scrollTop = 0;
  const wanted = body.querySelector("[data-first]") ?? body.querySelector(FILLABLE) ?? body.querySelector("button");
  const last = foot.querySelector("[type=submit]") ?? foot.querySelector("button");
  /** @type {HTMLElement|null} */ (wanted ?? last)?.focus();
}

function focusError(body) {
  const wrong = body.querySelector("[aria-invalid=true]");
  const target = wrong?.matches(FILLABLE) ? wrong : wrong?.querySelector(FILLABLE);
  /** @type {HTMLElement|null} */ (target)?.focus();
}
