/**
 * Slack's mrkdwn → a tree of plain objects. Pure: no DOM, no look-ups.
 * https://docs.slack.dev/messaging/formatting-message-text
 *
 * @typedef {{type: string} & Record<string, any>} Span
 */

const STYLES = { "*": "bold", _: "italic", "~": "strike" };
const FENCE = /```\n?([\s\S]+?)```/g;
const QUOTE = /^(?:&gt;|>) ?/;
const QUOTE_REST = /^(?:&gt;|>){3} ?/;
const TOKEN = /<([^<>\n]+)>/y;
const EMOJI = /:([a-z0-9_+-]+(?:'[a-z0-9_+-]+)*):/y;
const ENTITY = /&(amp|lt|gt);/y;
const BARE_URL = /https?:\/\/[^\s<>|"*`]*[^\s<>|"*`.,;:!?)\]}']/iy;
const BARE_CHANNEL = /#([\p{L}\p{N}_-]+)/uy;
const BARE_BROADCAST = /@(here|channel|everyone)\b/y;
const WORD = /[\p{L}\p{N}]/u;

/**
 * The lines, quotes and preformatted parts of a text, in order.
 * @param {string} text
 * @param {{urls?: boolean, names?: boolean}} [auto] what Slack finds by itself in the plain parts: bare addresses;
 *   #channels and @here. A text object that is not verbatim gets both.
 * @returns {Span[]}
 */
export function parse(text, auto = {}) {
  const spans = [];
  let end = 0;
  for (const fence of text.matchAll(FENCE)) {
    spans.push(...parseLines(trimNewlines(text.slice(end, fence.index), end > 0, true), auto));
    spans.push({ type: "pre", children: plain(fence[1].replace(/\n$/, "")) });
    end = fence.index + fence[0].length;
  }
  spans.push(...parseLines(trimNewlines(text.slice(end), end > 0, false), auto));
  return spans;
}

function trimNewlines(text, start, end) {
  const head = start ? text.replace(/^\n/, "") : text;
  return end ? head.replace(/\n$/, "") : head;
}

function parseLines(text, auto) {
  if (text === "") return [];
  const spans = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const quoted = quotedLines(lines, index);
    if (quoted.length > 0) {
      spans.push({ type: "quote", children: joined(quoted, auto) });
      index += quoted.length - 1;
    } else {
      if (index > 0 && spans.at(-1)?.type !== "quote") spans.push({ type: "break" });
      spans.push(...inline(lines[index], auto));
    }
  }
  return spans;
}

function quotedLines(lines, from) {
  if (QUOTE_REST.test(lines[from])) return [lines[from].replace(QUOTE_REST, ""), ...lines.slice(from + 1)];
  const quoted = [];
  for (let index = from; index < lines.length && QUOTE.test(lines[index]); index += 1) {
    quoted.push(lines[index].replace(QUOTE, ""));
  }
  return quoted;
}

function joined(lines, auto) {
  return lines.flatMap((line, index) => [...(index > 0 ? [{ type: "break" }] : []), ...inline(line, auto)]);
}

/** One line: styles, code, tokens, emoji, entities, and what Slack finds by itself. */
function inline(line, auto) {
  const spans = [];
  let position = 0;
  while (position < line.length) {
    const [span, length] = next(line, position, auto);
    push(spans, span);
    position += length;
  }
  return spans;
}

function next(line, at, auto) {
  const char = line[at];
  return (
    (char in STYLES && styled(line, at, auto)) ||
    (char === "`" && code(line, at)) ||
    (char === "<" && matched(TOKEN, line, at, ([, inner]) => token(inner))) ||
    (char === "&" && matched(ENTITY, line, at, ([whole]) => words(whole))) ||
    (char === ":" && matched(EMOJI, line, at, ([whole, name]) => ({ type: "emoji", name, text: whole }))) ||
    found(line, at, auto) || [words(char), 1]
  );
}

function push(spans, span) {
  const last = spans.at(-1);
  if (span.type === "text" && last?.type === "text") last.text += span.text;
  else spans.push(span);
}

function words(text) {
  return { type: "text", text: decode(text) };
}

function decode(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function matched(pattern, line, at, make) {
  pattern.lastIndex = at;
  const match = pattern.exec(line);
  return match && [make(match), match[0].length];
}

function styled(line, at, auto) {
  const marker = line[at];
  const end = opens(line, at) ? closing(line, at) : -1;
  if (end < 0) return null;
  return [{ type: STYLES[marker], children: inline(line.slice(at + 1, end), auto) }, end + 1 - at];
}

function opens(line, at) {
  const before = line[at - 1] ?? " ";
  const after = line[at + 1] ?? " ";
  return !WORD.test(before) && before !== line[at] && after !== line[at] && after.trim() !== "";
}

/** The place of the marker that ends what opens here, or -1; markers inside <tokens> and `code` do not count. */
function closing(line, at) {
  for (let index = at + 1; index < line.length; index += 1) {
    const skipped = skip(line, index);
    if (skipped > 0) index += skipped - 1;
    else if (line[index] === line[at] && closes(line, index)) return index;
  }
  return -1;
}

function skip(line, at) {
  if (line[at] === "<") return matched(TOKEN, line, at, () => null)?.[1] ?? 0;
  return line[at] === "`" ? (code(line, at)?.[1] ?? 0) : 0;
}

function closes(line, at) {
  const after = line[at + 1] ?? " ";
  return line[at - 1].trim() !== "" && !WORD.test(after) && after !== line[at];
}

function code(line, at) {
  const end = line.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return [{ type: "code", children: plain(line.slice(at + 1, end)) }, end + 1 - at];
}

/** Code keeps its characters; only <tokens> and entities are still read in it. */
function plain(text) {
  const spans = [];
  let end = 0;
  for (const match of text.matchAll(/<([^<>\n]+)>/g)) {
    if (match.index > end) push(spans, words(text.slice(end, match.index)));
    push(spans, token(match[1]));
    end = match.index + match[0].length;
  }
  if (end < text.length) push(spans, words(text.slice(end)));
  return spans;
}

/** What stands between < and >. */
function token(inner) {
  const bar = inner.indexOf("|");
  const target = decode(bar < 0 ? inner : inner.slice(0, bar));
  const label = bar < 0 ? "" : decode(inner.slice(bar + 1));
  if (/^@[UW]/.test(target)) return { type: "user", id: target.slice(1), label };
  if (/^#[CG]/.test(target)) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!")) return special(target.slice(1), label, inner);
  return /^[a-z][a-z0-9+.-]*:/i.test(target) ? { type: "link", url: target, label } : words(`<${inner}>`);
}

function special(target, label, inner) {
  if (/^(here|channel|everyone)$/.test(target)) return { type: "broadcast", range: target };
  if (target.startsWith("subteam^")) return { type: "usergroup", id: target.slice(8), label };
  const [kind, timestamp, format, url] = target.split("^");
  if (kind === "date" && format) return { type: "date", timestamp: Number(timestamp), format, url: url ?? "", label };
  return words(label || `<${inner}>`);
}

/** https://docs.slack.dev/messaging/formatting-message-text: what is found when a text is not verbatim. */
function found(line, at, { urls = false, names = false }) {
  if (WORD.test(line[at - 1] ?? " ")) return null;
  return (
    (urls && matched(BARE_URL, line, at, ([url]) => ({ type: "link", url: decode(url), label: "" }))) ||
    (names && matched(BARE_BROADCAST, line, at, ([, range]) => ({ type: "broadcast", range }))) ||
    (names &&
      matched(BARE_CHANNEL, line, at, ([whole, name]) => ({ type: "channel", id: "", label: name, text: whole })))
  );
}
