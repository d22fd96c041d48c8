/** The open channel: its head, its messages, its message box. */

import { createComposer } from "./composer.js";
import { h, reconcile, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { holdPlace, keepAtEnd, messageItems, settle } from "./messages.js";
import { channelIcon, channelName, openChannel, spoken, threads, whyClosed } from "./store.js";
import { firstUnread } from "./unread.js";
import { drawTryThese } from "./welcome.js";

/** @typedef {import("./types.js").View} View */

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {() => void} its renderer
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
  let firstNew = "";
  return () => {
    const channel = openChannel(view);
    if (!channel) return;
    const { roots, replies } = threads(view, channel.id);
    redraw(head, [channel, view.workspace.bot.name], () => drawHead(view, channel));
    redraw(empty, [channel, roots.length === 0], () => (roots.length > 0 ? [] : drawEmpty(view, channel, actions)));
    const place = `${view.shownFor}/${channel.id}`;
    if (place !== shown.place) firstNew = firstUnread(view, channel.id);
    const { openThread, press, suggest } = actions;
    const items = messageItems(view, roots, replies, { openThread, press, suggest, firstNew });
    holdPlace(scroller, list, () => reconcile(list, items));
    composer.render(`Message ${spoken(view, channel)}`, whyClosed(channel));
    shown = settle(end, shown, { place, newest: roots.at(-1)?.ts ?? "" });
  };
}

function drawHead(view, channel) {
  return [
    h("h2", { class: "pane-title" }, icon(channelIcon(channel)), channelName(view, channel)),
    h("p", { class: "pane-topic" }, channel.im ? "Direct message with the app" : channel.topic),
  ];
}

function drawEmpty(view, channel, actions) {
  if (whyClosed(channel)) return [h("p", { class: "empty-text" }, "There are no messages here.")];
  return [
    h(
      "h3",
      { class: "empty-title" },
      channel.im ? `A quiet word with ${channelName(view, channel)}` : `Nothing in #${channel.name} yet`,
    ),
    h("p", { class: "empty-text" }, "Answers to what you ask are visible only to you, until you share them."),
    drawTryThese(view, actions),
  ];
}
