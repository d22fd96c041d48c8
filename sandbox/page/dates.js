/** Times as people read them, in this browser's time zone. Timestamps are in seconds. */

const DAY = 86_400;

/** @param {number} timestamp @param {Intl.DateTimeFormatOptions} options @returns {string} */
function format(timestamp, options) {
  return new Intl.DateTimeFormat(undefined, options).format(timestamp * 1000);
}

/**
 * A time of day, such as 14:05 or 2:05 PM.
 * @param {number} timestamp
 * @returns {string}
 */
export function clockTime(timestamp) {
  return format(timestamp, { hour: "numeric", minute: "2-digit" });
}

/**
 * The heading above a day's messages.
 * @param {number} timestamp
 * @param {number} now
 * @returns {string}
 */
export function dayHeading(timestamp, now) {
  return relativeDay(timestamp, now) ?? format(timestamp, { weekday: "long", day: "numeric", month: "long" });
}

/**
 * How long ago, in the coarsest unit that is still true.
 * @param {number} timestamp
 * @param {number} now
 * @returns {string}
 */
export function ago(timestamp, now) {
  const seconds = Math.max(0, now - timestamp);
  if (seconds < 60) return "just now";
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / 3_600)} h ago`;
  return seconds < 2 * DAY ? "1 day ago" : `${Math.floor(seconds / DAY)} days ago`;
}

function relativeDay(timestamp, now) {
  const names = { [dayKey(now - DAY)]: "Yesterday", [dayKey(now)]: "Today", [dayKey(now + DAY)]: "Tomorrow" };
  return names[dayKey(timestamp)];
}

/**
 * The same for all times of one local day.
 * @param {number} timestamp
 * @returns {string}
 */
export function dayKey(timestamp) {
  return new Date(timestamp * 1000).toDateString();
}

function ordinal(day) {
  const teen = day % 100 > 10 && day % 100 < 14;
  return `${day}${(!teen && { 1: "st", 2: "nd", 3: "rd" }[day % 10]) || "th"}`;
}

function longDate(timestamp) {
  const date = new Date(timestamp * 1000);
  return `${new Intl.DateTimeFormat("en", { month: "long" }).format(date)} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
}

function numericDate(timestamp) {
  const date = new Date(timestamp * 1000);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

function weekday(timestamp) {
  return new Intl.DateTimeFormat("en", { weekday: "long" }).format(timestamp * 1000);
}

function shortDate(timestamp) {
  return new Intl.DateTimeFormat("en", { dateStyle: "medium" }).format(timestamp * 1000);
}

/** https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
const TOKENS = {
  date_num: numericDate,
  date: longDate,
  date_short: shortDate,
  date_long: (timestamp) => `${weekday(timestamp)}, ${longDate(timestamp)}`,
  date_pretty: (timestamp, now) => relativeDay(timestamp, now) ?? longDate(timestamp),
  date_short_pretty: (timestamp, now) => relativeDay(timestamp, now) ?? shortDate(timestamp),
  date_long_pretty: (timestamp, now) => relativeDay(timestamp, now) ?? TOKENS.date_long(timestamp),
  day_divider_pretty: (timestamp, now) => relativeDay(timestamp, now) ?? TOKENS.date_long(timestamp),
  time: clockTime,
  time_secs: (timestamp) => format(timestamp, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
};

/**
 * Slack's date format: {tokens} are replaced, and relative days are written small inside a sentence.
 * @param {number} timestamp
 * @param {string} pattern
 * @param {number} now
 * @returns {string} "" when the pattern holds a token that Slack does not know
 */
export function slackDate(timestamp, pattern, now) {
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (_, token, offset) => {
    if (!Object.hasOwn(TOKENS, token)) known = false;
    const value = known ? TOKENS[token](timestamp, now) : "";
    return offset > 0 && /^(Yesterday|Today|Tomorrow)$/.test(value) ? value.toLowerCase() : value;
  });
  return known ? text : "";
}
