/** A list of messages: days, runs of one person, and staying at the newest unless the reader scrolled up. */

import { dayHeading, dayKey } from "./dates.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { drawMessage, messageSignature } from "./message.js";
import { now } from "./store.js";

const RUN_SECONDS = 300;
const NEAR_END = 48;

/**
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").View} View
 * @typedef {Omit<import("./message.js").Setting, "compact"|"replies"> & {firstNew?: string}} Hands
 */

/**
 * The items of a list, for reconcile().
 * @param {View} view
 * @param {Message[]} messages
 * @param {Map<string, Message[]>} replies by the ts of the thread's first message
 * @param {Hands} hands
 * @returns {{key: string, signature: string, draw: () => HTMLElement}[]}
 */
export function messageItems(view, messages, replies, hands) {
  return messages.flatMap((message, index) => {
    const before = messages[index - 1];
    const newDay = !before || dayKey(Number(before.ts)) !== dayKey(Number(message.ts));
    const setting = {
      ...hands,
      compact: !newDay && message.ts !== hands.firstNew && continues(before, message),
      replies: publicOnes(replies.get(message.ts)),
    };
    const item = {
      key: message.ts,
      signature: messageSignature(view, message, setting),
      draw: () => drawMessage(view, message, setting),
    };
    const news = message.ts === hands.firstNew ? [newItem(message.ts)] : [];
    return newDay ? [dayItem(message, now(view)), ...news, item] : [...news, item];
  });
}

/** The line above what came while the reader was elsewhere. */
function newItem(ts) {
  return {
    key: "new",
    signature: ts,
    draw: () => h("div", { class: "news", "data-testid": "news" }, h("span", { class: "news-word" }, "New")),
  };
}

/** What only one person sees is no reply that counts. */
function publicOnes(replies = []) {
  return replies.filter((reply) => !reply.ephemeral);
}

function continues(before, message) {
  const plain = (one) => !one.ephemeral && !one.system && !one.broadcast;
  const soon = Number(message.ts) - Number(before.ts) < RUN_SECONDS;
  return plain(before) && plain(message) && before.user === message.user && soon;
}

function dayItem(message, today) {
  const heading = dayHeading(Number(message.ts), today);
  return {
    key: `day ${dayKey(Number(message.ts))}`,
    signature: heading,
    draw: () => h("div", { class: "day" }, h("span", { class: "day-name" }, heading)),
  };
}

/**
 * Keep a scroller at its newest message while the reader is there; otherwise offer a way down.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} content the element inside it that grows
 * @returns {{toEnd: () => void, grew: (news: boolean) => void}} grew(true) when a new message came in
 */
export function keepAtEnd(scroller, content) {
  const measure = () => ({ height: scroller.scrollHeight, room: scroller.clientHeight });
  const near = ({ height, room }) => height - scroller.scrollTop - room < NEAR_END;
  let known = measure();
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    pill.hidden = true;
    known = measure();
  };
  const pill = h(
    "button",
    { type: "button", class: "pill", hidden: true, "data-testid": `new-${scroller.dataset.testid}`, click: toEnd },
    icon("down"),
    "New messages",
  );
  scroller.after(h("div", { class: "pill-anchor" }, pill));
  scroller.addEventListener("scroll", () => {
    known = measure();
    if (near(known)) pill.hidden = true;
  });
  // What counts is where the reader stood before it grew; after it shrank, where the reader stands now.
  const grew = (news) => {
    if (near(known) || near(measure())) return toEnd();
    if (news) pill.hidden = false;
    known = measure();
  };
  const observer = new ResizeObserver(() => grew(false));
  observer.observe(scroller);
  observer.observe(content);
  return { toEnd, grew };
}

/**
 * Draw a list again without moving what the reader looks at, whatever grows or shrinks above it.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} list
 * @param {() => void} draw
 * @returns {void}
 */
export function holdPlace(scroller, list, draw) {
  const top = scroller.getBoundingClientRect().top;
  const looked = [...list.children].find((node) => node.getBoundingClientRect().bottom > top);
  const key = looked?.getAttribute("data-key");
  const offset = looked?.getBoundingClientRect().top;
  draw();
  const there = key && [...list.children].find((node) => node.getAttribute("data-key") === key);
  if (there) scroller.scrollTop += there.getBoundingClientRect().top - offset;
}

/**
 * Go to the end of another place, or stay where the reader is while this one grows.
 * @param {ReturnType<typeof keepAtEnd>} end
 * @param {{place: string, newest: string}} before
 * @param {{place: string, newest: string}} shown
 * @returns {{place: string, newest: string}} what is shown now
 */
export function settle(end, before, shown) {
  if (before.place !== shown.place) end.toEnd();
  else end.grew(shown.newest > before.newest);
  return shown;
}
