/** What is new to a person: messages of others in a channel, whom they mention, and where the new ones begin. */

import { isReply } from "./store.js";

/** @typedef {import("./types.js").View} View */

/**
 * Messages of others that stand in the channel and are newer than what was on screen; replies make no channel unread.
 * @param {View} view
 * @param {string} channel
 * @returns {import("./types.js").Message[]}
 */
function news(view, channel) {
  const seen = view.seen[view.shownFor]?.[channel];
  if (seen === undefined) return [];
  const stands = (message) => !isReply(message) || message.broadcast || message.ephemeral;
  const messages = view.workspace.messages[channel] ?? [];
  return messages.filter((message) => message.ts > seen && message.user !== view.person && stands(message));
}

/**
 * How a channel is marked: whether there is anything new, and how much of it is for this person.
 * @param {View} view
 * @param {import("./types.js").Channel} channel
 * @returns {{any: boolean, count: number}}
 */
export function unread(view, channel) {
  if (channel.id === view.channel) return { any: false, count: 0 };
  const found = news(view, channel.id);
  const mine = channel.im ? found : found.filter((message) => isFor(view, message));
  return { any: found.length > 0, count: mine.length };
}

/**
 * The ts of the first new message, or "".
 * @param {View} view
 * @param {string} channel
 * @returns {string}
 */
export function firstUnread(view, channel) {
  return news(view, channel)[0]?.ts ?? "";
}

/** Whether a message mentions this person, a group of theirs, or everybody; what only they see is for them, too. */
function isFor(view, message) {
  if (message.ephemeral) return true;
  const groups = (view.workspace.groups ?? []).filter(({ members }) => members.includes(view.person));
  const said = JSON.stringify([message.text, message.blocks, message.attachments ?? []]);
  const mentioned = [`<@${view.person}`, ...groups.map(({ id }) => `<!subteam^${id}`), "<!here", "<!channel", "<!everyone"];
  const named = [`"user_id":"${view.person}"`, ...groups.map(({ id }) => `"usergroup_id":"${id}"`), '"type":"broadcast"'];
  return [...mentioned, ...named].some((mark) => said.includes(mark));
}
