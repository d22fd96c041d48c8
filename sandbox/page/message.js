/** One message, as Slack draws it. */

import { avatar } from "./avatar.js";
import { drawAttachment, drawBlocks } from "./blocks.js";
import { ago, clockTime } from "./dates.js";
import { h } from "./dom.js";
import { drawFile } from "./files.js";
import { icon, iconButton } from "./icons.js";
import { drawMrkdwn } from "./inline.js";
import { clickKey, isReply, now } from "./store.js";

/**
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").View} View
 * @typedef {{compact: boolean, replies: Message[], openThread: ((ts: string) => void)|null,
 *   press: (ts: string, block: any, element: any, value?: any) => void,
 *   suggest?: (ts: string, block: any, element: any, query: string) => Promise<{options: any[], problem: string}>}} Setting where and how it is drawn
 */

/**
 * What a renderer needs to know, for messages of the open channel.
 * @param {View} view
 * @param {Message|null} message
 * @param {Setting["press"]} press
 * @param {Setting["suggest"]} [suggest]
 * @returns {import("./types.js").Ink}
 */
export function inkFor(view, message, press, suggest) {
  return {
    users: new Map(view.workspace.users.map((user) => [user.id, user])),
    channels: new Map(view.workspace.channels.map((channel) => [channel.id, channel])),
    groups: new Map((view.workspace.groups ?? []).map((group) => [group.id, group])),
    me: view.person,
    now: now(view),
    message,
    clicked: (block, element) => message && view.clicks[clickKey(view.channel, message.ts, block, element)],
    suggest: (block, element, query) => suggest(message.ts, block, element, query),
    press: (block, element, value) => press(message.ts, block, element, value),
  };
}

/**
 * Everything that the drawing of a message depends on.
 * @param {View} view
 * @param {Message} message
 * @param {Setting} setting
 * @returns {string}
 */
export function messageSignature(view, message, setting) {
  const prefix = `${view.channel}/${message.ts}/`;
  const clicks = Object.entries(view.clicks).filter(([key]) => key.startsWith(prefix));
  const replies = setting.replies.map((reply) => [reply.ts, ago(Number(reply.ts), now(view))]);
  const root = setting.openThread && message.broadcast ? rootOf(view, message)?.text : "";
  return JSON.stringify([message, setting.compact, replies, clicks, view.answeredIn[message.ts], view.person, root]);
}

/**
 * @param {View} view
 * @param {Message} message
 * @param {Setting} setting
 * @returns {HTMLElement}
 */
export function drawMessage(view, message, setting) {
  const user = view.workspace.users.find(({ id }) => id === message.user);
  const name = message.bot ? view.workspace.bot.name : user?.real_name || user?.name || "Somebody";
  const props = { "data-testid": "message", "data-ts": message.ts, "data-user": message.user };
  if (message.system) return drawSystem(message, props, inkFor(view, message, setting.press));
  const kinds = ["ephemeral", "deleted"].filter((kind) => message[kind]).map((kind) => `message-${kind}`);
  return h(
    "article",
    {
      class: ["message", setting.compact && "message-compact", ...kinds].filter(Boolean).join(" "),
      "aria-label": `${name}, ${clockTime(Number(message.ts))}`,
      ...props,
    },
    message.ephemeral && message.in_response_to && drawCause(message.in_response_to),
    setting.openThread && isReply(message) && drawOrigin(view, message, setting),
    message.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
    h(
      "div",
      { class: "message-row" },
      gutter(message, user, setting),
      h(
        "div",
        { class: "message-body" },
        !setting.compact && drawHead(message, name),
        drawContent(view, message, setting),
        !setting.openThread && message.broadcast && h("p", { class: "answered" }, "Also sent to the channel"),
        drawFoot(view, message),
        setting.replies.length > 0 && drawReplies(view, message, setting),
      ),
    ),
    setting.openThread && !message.ephemeral && !isReply(message) && drawTools(message, setting, name),
  );
}

function drawSystem(message, props, ink) {
  return h(
    "article",
    {
      class: `message message-system ${message.ephemeral ? "message-ephemeral" : ""}`,
      "aria-label": "Slack",
      ...props,
    },
    message.in_response_to && drawCause(message.in_response_to),
    message.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
    h("p", { class: "system-line" }, icon("warning"), h("span", null, drawMrkdwn(message.text, ink))),
  );
}

function drawCause(cause) {
  const isCommand = cause.startsWith("/");
  return h("p", { class: "cause" }, isCommand ? ["You used ", h("code", null, cause)] : `You pressed ${cause}`);
}

/** Above a reply that stands in the channel as well: what it replies to. */
function drawOrigin(view, message, setting) {
  const root = rootOf(view, message);
  const open = () => setting.openThread(message.thread_ts);
  const props = { type: "button", class: "text-button quoted", "data-testid": "origin", "data-focus": "origin" };
  return h("p", { class: "cause" }, "replied to a thread:", h("button", { ...props, click: open }, quoted(root)));
}

function rootOf(view, { thread_ts: ts }) {
  return view.workspace.messages[view.channel]?.find((message) => message.ts === ts);
}

/** Its words without mark-up, or as much of them as a line holds. */
function quoted(message) {
  const words = (message?.text ?? "").replace(/<[^<>|]*\|([^<>]*)>/g, "$1").replace(/[*_~`]|<[^<>]*>/g, "");
  return unescaped(words.split("\n")[0]).trim().slice(0, 120) || "a message";
}

function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function gutter(message, user, setting) {
  const time = clockTime(Number(message.ts));
  return setting.compact ? h("span", { class: "gutter-time", "aria-hidden": "true" }, time) : avatar(user, message.bot);
}

function drawHead(message, name) {
  return h(
    "div",
    { class: "message-head" },
    h("span", { class: "message-name" }, name),
    message.bot && h("span", { class: "badge" }, "APP"),
    h(
      "time",
      { class: "message-time", datetime: new Date(Number(message.ts) * 1000).toISOString() },
      clockTime(Number(message.ts)),
    ),
  );
}

function drawContent(view, message, setting) {
  const ink = inkFor(view, message, setting.press, setting.suggest);
  const edited = message.edited && h("span", { class: "edited" }, " (edited)");
  const attachments = [
    ...(message.attachments ?? []).map((attachment) => drawAttachment(attachment, ink)),
    ...(message.files ?? []).map(drawFile),
  ];
  if (message.blocks.length > 0)
    return h("div", { class: "blocks" }, drawBlocks(message.blocks, ink), attachments, edited);
  const auto = { urls: true, names: !message.bot };
  return h(
    "div",
    { class: "blocks" },
    (message.text || attachments.length === 0) &&
      h("div", { class: "text" }, drawMrkdwn(message.text, ink, auto), edited),
    attachments,
  );
}

function drawFoot(view, message) {
  const seconds = view.answeredIn[message.ts];
  return (
    seconds !== undefined &&
    h("p", { class: "answered" }, `answered in ${seconds < 0.1 ? "under 0.1" : seconds.toFixed(1)} s`)
  );
}

function drawReplies(view, message, setting) {
  const { replies } = setting;
  const people = [...new Set(replies.map((reply) => reply.user))].slice(0, 3);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return h(
    "button",
    {
      type: "button",
      class: "replies",
      "data-testid": "replies",
      "data-focus": "replies",
      click: () => setting.openThread(message.ts),
    },
    people.map((id) =>
      avatar(
        view.workspace.users.find((user) => user.id === id),
        replies.find((reply) => reply.user === id).bot,
      ),
    ),
    h("span", { class: "replies-count" }, count),
    h("span", { class: "replies-last" }, `Last reply ${ago(Number(replies.at(-1).ts), now(view))}`),
  );
}

function drawTools(message, setting, name) {
  const open = () => setting.openThread(message.ts);
  return h(
    "div",
    { class: "tools" },
    iconButton("reply", `Reply in thread to ${name}`, { "data-focus": "reply", click: open }),
  );
}
