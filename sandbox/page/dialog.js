/** A confirmation, as Slack shows before a button that has one. */

import { h } from "./dom.js";
import { drawPlain } from "./inline.js";

/**
 * Ask, and tell whether the person agreed.
 * @param {{title: any, text: any, confirm: any, deny: any, style?: string}} question Slack's confirmation dialog object
 * @returns {Promise<boolean>}
 */
export function ask(question) {
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }));
  const answer = (value, text, style) =>
    h("button", { type: "button", class: `button ${style}`, click: () => dialog.close(value) }, drawPlain(text));
  dialog.append(
    h("h2", { id: "dialog-title" }, drawPlain(question.title)),
    h("p", null, drawPlain(question.text)),
    h(
      "div",
      { class: "dialog-end" },
      answer("", question.deny, ""),
      answer("yes", question.confirm, question.style === "danger" ? "button-danger" : "button-primary"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
