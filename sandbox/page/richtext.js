/** rich_text: sections, lists, quotes and preformatted parts. Nothing inside a text element is parsed. */

import { h, link } from "./dom.js";
import { drawSpans } from "./inline.js";

/** @typedef {import("./types.js").Ink} Ink */

const PARTS = {
  rich_text_section: (part, ink) => h("p", { class: "rich-section" }, drawElements(part.elements, ink)),
  rich_text_preformatted: (part, ink) => h("pre", null, drawElements(part.elements, ink)),
  rich_text_quote: (part, ink) => h("blockquote", null, drawElements(part.elements, ink)),
  rich_text_list: drawList,
};
const STYLE_TAGS = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };
const MARKERS = { bullet: ["disc", "circle", "square"], ordered: ["decimal", "lower-alpha", "lower-roman"] };

/**
 * A rich_text block, or the rich text inside a cell or a task.
 * @param {import("./types.js").Block} block
 * @param {Ink} ink
 * @returns {HTMLElement}
 */
export function drawRichText(block, ink) {
  return h(
    "div",
    { class: "rich" },
    block.elements.map((part) => PARTS[part.type](part, ink)),
  );
}

function drawList(part, ink) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const level = Math.min(part.indent ?? 0, 8);
  const markers = MARKERS[part.style] ?? MARKERS.bullet;
  const list = h(tag, { start: tag === "ol" && part.offset ? part.offset + 1 : null });
  list.style.listStyleType = markers[level % markers.length];
  list.style.marginInlineStart = `${level * 1.6}em`;
  list.append(...part.elements.map((item) => h("li", null, drawElements(item.elements, ink))));
  return list;
}

function drawElements(elements, ink) {
  return elements.map((element) => wrap(drawElement(element, ink), element.style ?? {}));
}

function drawElement(element, ink) {
  if (element.type === "text") return element.text;
  if (element.type === "link") return link(element.url, element.text || element.url);
  if (element.type === "color") return h("code", null, element.value);
  return drawSpans([asSpan(element)], ink)[0];
}

/** The mention, date and emoji elements under the names that mrkdwn's spans have. */
function asSpan(element) {
  const id = element.user_id ?? element.channel_id ?? element.usergroup_id ?? "";
  return { ...element, id, label: element.fallback ?? "" };
}

function wrap(node, style) {
  const tags = Object.keys(STYLE_TAGS).filter((name) => style[name]);
  return tags.reduce((inner, name) => h(STYLE_TAGS[name], null, inner), node);
}
