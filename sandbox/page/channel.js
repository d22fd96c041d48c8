/** The open channel: its head, its messages, and the thread beside it. */

import { createComposer } from "./composer.js";
import { h, reconcile, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { keepAtEnd, messageItems } from "./messages.js";
import { channelIcon, channelName, openChannel, threads } from "./store.js";
import { drawTryThese } from "./welcome.js";

/** @typedef {import("./types.js").View} View */

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {(view: View) => void} its renderer
 */
export function mountChannel(view, actions) {
  const [head, scroller, dock] = ["channel-head", "scroller", "composer-dock"].map((id) => document.getElementById(id));
  const list = h("div", { class: "messages" });
  const empty = h("div", { class: "empty" });
  scroller.append(empty, list);
  const end = keepAtEnd(scroller, list);
  const composer = createComposer({ id: "message", view, takesCommands: true, say: (text) => actions.say(text) });
  dock.append(composer.element);
  let shown = { place: "", newest: "" };
  return () => {
    const channel = openChannel(view);
    if (!channel) return;
    const { roots, replies } = threads(view, channel.id);
    redraw(head, [channel, view.workspace.bot.name], () => drawHead(view, channel));
    redraw(empty, [channel, roots.length === 0], () => (roots.length > 0 ? [] : drawEmpty(view, channel, actions)));
    reconcile(list, messageItems(view, roots, replies, { openThread: actions.openThread, press: actions.press }));
    composer.render(`Message ${spoken(view, channel)}`, closed(channel));
    shown = settle(end, shown, { place: `${view.shownFor}/${channel.id}`, newest: roots.at(-1)?.ts ?? "" });
  };
}

function settle(end, before, shown) {
  if (before.place !== shown.place) end.toEnd();
  else end.grew(shown.newest > before.newest);
  return shown;
}

/** Why nothing can be written here, or "". */
function closed(channel) {
  if (channel.archived) return `#${channel.name} is archived: it can be read, and nothing more.`;
  return channel.member ? "" : `You are not in #${channel.name}, so you can only read it.`;
}

function spoken(view, channel) {
  return channel.im ? channelName(view, channel) : `#${channel.name}`;
}

function drawHead(view, channel) {
  return [
    h("h2", { class: "pane-title" }, icon(channelIcon(channel)), channelName(view, channel)),
    h("p", { class: "pane-topic" }, channel.im ? "Direct message with the app" : channel.topic),
  ];
}

function drawEmpty(view, channel, actions) {
  if (closed(channel)) return [h("p", { class: "empty-text" }, "There are no messages here.")];
  return [
    h("h3", { class: "empty-title" }, channel.im ? `A quiet word with ${channelName(view, channel)}` : `Nothing in #${channel.name} yet`),
    h("p", { class: "empty-text" }, "Answers to what you ask are visible only to you, until you share them."),
    drawTryThese(view, actions),
  ];
}

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {(view: View) => void} the thread pane's renderer
 */
export function mountThread(view, actions) {
  const pane = document.getElementById("thread");
  const close = () => actions.openThread("");
  const subtitle = h("p", { class: "pane-topic" });
  const closer = h("button", { type: "button", class: "icon-button", "aria-label": "Close thread", "data-testid": "close-thread", click: close }, icon("close"));
  const list = h("div", { class: "messages" });
  const scroller = h("div", { class: "scroller", tabindex: "0", role: "log", "aria-label": "Replies", "data-testid": "thread" }, list);
  const composer = createComposer({ id: "reply", view, takesCommands: false, say: (text) => actions.say(text, view.thread) });
  const head = h("header", { class: "pane-head" }, h("h2", { class: "pane-title" }, "Thread"), subtitle, closer);
  pane.append(head, scroller, h("div", { class: "composer-dock" }, composer.element));
  pane.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const end = keepAtEnd(scroller, list);
  let shown = { place: "", newest: "" };
  return () => {
    const { roots, replies } = threads(view, view.channel);
    const root = roots.find(({ ts }) => ts === view.thread);
    const opened = pane.hidden && Boolean(root);
    pane.hidden = !root;
    document.getElementById("desk").classList.toggle("has-thread", Boolean(root));
    if (!root) return;
    const messages = [root, ...(replies.get(root.ts) ?? [])];
    subtitle.textContent = spoken(view, openChannel(view));
    reconcile(list, messageItems(view, messages, new Map(), { openThread: null, press: actions.press }));
    composer.render("Reply…", closed(openChannel(view)));
    shown = settle(end, shown, { place: `${view.channel}/${root.ts}`, newest: messages.at(-1).ts });
    if (opened) composer.focus();
  };
}
