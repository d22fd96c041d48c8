/** Spans of text, from mrkdwn or rich_text, → DOM nodes as Slack draws them. */

import { slackDate } from "./dates.js";
import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { parse } from "./mrkdwn.js";

/** @typedef {import("./types.js").Ink} Ink */

const STYLED = { bold: "strong", italic: "em", strike: "s", code: "code", pre: "pre", quote: "blockquote" };

const SPANS = {
  text: (span) => span.text,
  break: () => h("br"),
  link: (span) => link(span.url, span.label || span.url),
  user: drawUser,
  channel: drawChannel,
  usergroup: drawGroup,
  broadcast: (span) => h("span", { class: "mention mention-me" }, `@${span.range}`),
  date: drawDate,
  emoji: (span) => drawEmoji(span.name, span.unicode) ?? `:${span.name}:`,
};

/**
 * Spans as nodes.
 * @param {{type: string}[]} spans
 * @param {Ink} ink
 * @returns {(Node|string)[]}
 */
export function drawSpans(spans, ink) {
  return spans.map((span) => drawSpan(span, ink));
}

function drawSpan(span, ink) {
  if (Object.hasOwn(STYLED, span.type)) return h(STYLED[span.type], null, drawSpans(span.children, ink));
  return SPANS[span.type](span, ink);
}

/**
 * Mrkdwn as nodes. A text that is not verbatim gets its bare addresses, #names and @here found, as Slack does.
 * @param {string} text
 * @param {Ink} ink
 * @param {{urls?: boolean, names?: boolean}} [auto]
 * @returns {(Node|string)[]}
 */
export function drawMrkdwn(text, ink, auto) {
  return drawSpans(parse(String(text ?? ""), auto), ink);
}

/**
 * A text object of either type.
 * @param {import("./types.js").TextObject} object
 * @param {Ink} ink
 * @returns {(Node|string)[]}
 */
export function drawText(object, ink) {
  if (object.type === "plain_text") return drawPlain(object);
  return drawMrkdwn(object.text, ink, object.verbatim ? {} : { urls: true, names: true });
}

/**
 * Plain text: only :emoji: become pictures, and those only unless the object says otherwise.
 * @param {{text: string, emoji?: boolean}} object
 * @returns {(Node|string)[]}
 */
export function drawPlain(object) {
  if (object.emoji === false) return [object.text];
  const parts = String(object.text).split(/:([a-z0-9_+-]+):/);
  return parts
    .map((part, index) => (index % 2 ? (drawEmoji(part) ?? `:${part}:`) : part))
    .filter((part) => part !== "");
}

function drawEmoji(name, unicode) {
  const picture = unicode ? fromCodePoints(unicode) : emoji(name);
  return picture && h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, picture);
}

function fromCodePoints(unicode) {
  return String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16)));
}

function at(name) {
  return name.startsWith("@") ? name : `@${name}`;
}

function drawUser(span, ink) {
  const name = ink.users.get(span.id)?.real_name || span.label || span.id;
  return h("span", { class: span.id === ink.me ? "mention mention-me" : "mention" }, at(name));
}

function drawGroup(span, ink) {
  const group = ink.groups?.get(span.id);
  const mine = group?.members.includes(ink.me);
  return h("span", { class: mine ? "mention mention-me" : "mention" }, at(group?.handle || span.label || "group"));
}

function drawChannel(span, ink) {
  const channel =
    ink.channels.get(span.id) ?? [...ink.channels.values()].find(({ name }) => !span.id && name === span.label);
  if (!channel) return span.id ? h("span", { class: "mention" }, `#${span.label || "private"}`) : span.text;
  return h("a", { class: "mention", href: `#${channel.id}/${ink.me}` }, `#${channel.name}`);
}

function drawDate(span, ink) {
  const text = slackDate(span.timestamp, span.format, ink.now) || span.label || span.fallback || "";
  const label = h("time", { datetime: isoTime(span.timestamp) }, text);
  return span.url ? link(span.url, label) : label;
}

function isoTime(timestamp) {
  const date = new Date(timestamp * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
