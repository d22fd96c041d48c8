/** The thread beside the channel: its first message, the replies, and a box for one more. */

import { createComposer } from "./composer.js";
import { h, reconcile } from "./dom.js";
import { iconButton } from "./icons.js";
import { holdPlace, keepAtEnd, messageItems, settle } from "./messages.js";
import { openChannel, spoken, threads, whyClosed } from "./store.js";

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {() => void} its renderer
 */
export function mountThread(view, actions) {
  const pane = document.getElementById("thread");
  const composer = createComposer({
    id: "reply",
    view,
    takesCommands: false,
    say: (text) => actions.say(text, view.thread),
  });
  const { place, list, scroller } = fill(pane, composer.element, () => actions.openThread(""));
  const end = keepAtEnd(scroller, list);
  let shown = { place: "", newest: "" };
  return () => {
    const messages = openMessages(view);
    const opened = pane.hidden && messages.length > 0;
    show(pane, messages.length > 0);
    if (messages.length === 0) return;
    place.textContent = spoken(view, openChannel(view));
    const hands = { openThread: null, press: actions.press, suggest: actions.suggest };
    const items = messageItems(view, messages, new Map(), hands);
    holdPlace(scroller, list, () => reconcile(list, items));
    composer.render("Reply…", whyClosed(openChannel(view)));
    shown = settle(end, shown, { place: `${view.channel}/${view.thread}`, newest: messages.at(-1).ts });
    if (opened) composer.focus();
  };
}

function fill(pane, composer, close) {
  const place = h("p", { class: "pane-topic" });
  const list = h("div", { class: "messages" });
  const scroller = h(
    "div",
    { class: "scroller", tabindex: "0", role: "log", "aria-label": "Replies", "data-testid": "thread" },
    list,
  );
  const closer = iconButton("close", "Close thread", { "data-testid": "close-thread", click: close });
  const head = h("header", { class: "pane-head" }, h("h2", { class: "pane-title" }, "Thread"), place, closer);
  pane.append(head, scroller, h("div", { class: "composer-dock" }, composer));
  pane.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return { place, list, scroller };
}

/** The first message and its replies; none when no thread is open, or its first message is gone. */
function openMessages(view) {
  const { roots, replies } = threads(view, view.channel);
  const root = roots.find(({ ts }) => ts === view.thread);
  return root ? [root, ...(replies.get(root.ts) ?? [])] : [];
}

function show(pane, open) {
  pane.hidden = !open;
  document.getElementById("desk").classList.toggle("has-thread", open);
}
