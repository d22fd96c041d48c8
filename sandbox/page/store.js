/** What the page shows, in one place: components read the view, and only the session and the person's hands change it. */

/** @typedef {import("./types.js").View} View */

/** Who we are until somebody is chosen: the first of the sandbox's people, whose ids never change. */
export const FIRST_PERSON = "U0ANN00001";

/** @type {View} */
const EMPTY = {
  workspace: null,
  cloud: null,
  trouble: { faults: [], switches: { copies: 1 }, limits: { on: true, refused: 0, methods: [], channels: [] } },
  faultsOpen: false,
  person: "",
  shownFor: "",
  channel: "",
  thread: "",
  tab: "chat",
  reachable: true,
  clockSkew: 0,
  clicks: {},
  answeredIn: {},
  seen: {},
};

/**
 * A view that tells its listeners about changes, once for all changes made in the same turn; listen() returns its undoing.
 * @returns {{view: View, set: (patch: Partial<View>) => void, listen: (listener: (view: View) => void) => () => void}}
 */
export function createStore() {
  const view = { ...EMPTY };
  const listeners = new Set();
  let queued = false;
  const tell = () => {
    queued = false;
    for (const listener of listeners) listener(view);
  };
  const set = (patch) => {
    Object.assign(view, patch);
    if (!queued) queueMicrotask(tell);
    queued = true;
  };
  const listen = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { view, set, listen };
}

/**
 * The server's time, in seconds.
 * @param {View} view
 * @returns {number}
 */
export function now(view) {
  return Date.now() / 1000 + view.clockSkew;
}

/**
 * The open channel, or undefined.
 * @param {View} view
 * @returns {import("./types.js").Channel|undefined}
 */
export function openChannel(view) {
  return view.workspace?.channels.find((channel) => channel.id === view.channel);
}

/**
 * How a channel is called: a direct message with the app carries the app's name.
 * @param {View} view
 * @param {import("./types.js").Channel} channel
 * @returns {string}
 */
export function channelName(view, channel) {
  return channel.im ? view.workspace.bot.name : channel.name;
}

/**
 * The name of the icon that says what kind of channel it is.
 * @param {import("./types.js").Channel} channel
 * @returns {"layers"|"archive"|"lock"|"hash"}
 */
export function channelIcon(channel) {
  if (channel.im) return "layers";
  if (channel.archived) return "archive";
  return channel.private ? "lock" : "hash";
}

/**
 * The key under which the state of a pressed element is kept.
 * @param {string} channel
 * @param {string} ts
 * @param {{block_id?: string}} block
 * @param {{action_id?: string}} element
 * @returns {string}
 */
export function clickKey(channel, ts, block, element) {
  return [channel, ts, block.block_id, element.action_id].join("/");
}

/**
 * Something remembered in this browser, or null.
 * @param {string} name
 * @returns {string|null}
 */
export function recall(name) {
  try {
    return localStorage.getItem(`sandbox.${name}`);
  } catch {
    return null;
  }
}

/**
 * Remember something in this browser; where storage is closed to us, for this visit only.
 * @param {string} name
 * @param {string} value
 * @returns {void}
 */
export function remember(name, value) {
  try {
    localStorage.setItem(`sandbox.${name}`, value);
  } catch {
    // Nothing to do: the page works without.
  }
}

/**
 * The messages that stand in a channel itself, replies that were also sent there included, and the replies of each thread.
 * @param {View} view
 * @param {string} channel
 * @returns {{roots: import("./types.js").Message[], replies: Map<string, import("./types.js").Message[]>}}
 */
export function threads(view, channel) {
  const messages = (view.workspace?.messages[channel] ?? []).filter((message) => !isClickWarning(message));
  const replies = new Map();
  for (const message of messages.filter(isReply)) {
    replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
  }
  return { roots: messages.filter((message) => !isReply(message) || message.broadcast), replies };
}

/**
 * @param {import("./types.js").Message} message
 * @returns {boolean}
 */
export function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

/** The words that stand in for Slack's warning triangle; this page draws the triangle itself, beside the button. */
function isClickWarning(message) {
  return message.system && message.in_response_to !== null && !message.in_response_to.startsWith("/");
}

/**
 * A channel as people write it.
 * @param {View} view
 * @param {import("./types.js").Channel} channel
 * @returns {string}
 */
export function spoken(view, channel) {
  return channel.im ? channelName(view, channel) : `#${channel.name}`;
}

/**
 * Why nothing can be written in a channel, or "".
 * @param {import("./types.js").Channel} channel
 * @returns {string}
 */
export function whyClosed(channel) {
  if (channel.archived) return `#${channel.name} is archived: it can be read, and nothing more.`;
  return channel.member ? "" : `You are not in #${channel.name}, so you can only read it.`;
}
