/** Block Kit → DOM: one function per block type, in one map. */

import { h } from "./dom.js";
import { drawElement, drawPicture, drawProblems, fieldId } from "./elements.js";
import { isGroup } from "./fields.js";
import { icon } from "./icons.js";
import { drawMrkdwn, drawPlain, drawText } from "./inline.js";
import { drawRichText } from "./richtext.js";
import { drawPlan, drawTaskAlone } from "./tasks.js";

/** @typedef {import("./types.js").Ink} Ink */
/** @typedef {import("./types.js").Block} Block */

/** @type {Record<string, (block: Block, ink: Ink) => HTMLElement>} */
const BLOCKS = {
  header: (block) => h("h3", { class: "block-header" }, drawPlain(block.text)),
  section: drawSection,
  context: drawContext,
  actions: drawActions,
  divider: () => h("hr"),
  image: drawImage,
  rich_text: drawRichText,
  table: drawTable,
  plan: drawPlan,
  task_card: drawTaskAlone,
  input: drawInput,
  alert: drawAlert,
  markdown: (block) => h("p", { class: "block-markdown" }, block.text),
};

/**
 * The blocks of a message, top to bottom; a table is drawn last, as Slack does.
 * @param {Block[]} blocks
 * @param {Ink} ink
 * @returns {HTMLElement[]}
 */
export function drawBlocks(blocks, ink) {
  const tables = blocks.filter((block) => block.type === "table");
  return [...blocks.filter((block) => block.type !== "table"), ...tables].map((block) => drawBlock(block, ink));
}

/**
 * A legacy attachment: a bar of colour beside its blocks, or beside its text.
 * @param {Record<string, any>} attachment
 * @param {Ink} ink
 * @returns {HTMLElement}
 */
export function drawAttachment(attachment, ink) {
  const words = attachment.blocks
    ? null
    : h("div", { class: "text" }, drawMrkdwn(attachment.text ?? attachment.fallback, ink));
  const node = h("div", { class: "attachment" }, words, drawBlocks(attachment.blocks ?? [], ink));
  const named = { good: "var(--good-fill)", warning: "var(--amber)", danger: "var(--bad-fill)" };
  const hex = /^#?([0-9a-f]{6})$/i.exec(attachment.color ?? "");
  node.style.borderColor = hex ? `#${hex[1]}` : (named[attachment.color] ?? "");
  return node;
}

function drawBlock(block, ink) {
  if (!Object.hasOwn(BLOCKS, block.type)) return unsupported(`Unsupported block: ${block.type}`);
  try {
    return BLOCKS[block.type](block, ink);
  } catch (error) {
    return unsupported(`This ${block.type} block cannot be drawn (${error.message})`);
  }
}

function unsupported(text) {
  return h("p", { class: "unsupported", "data-testid": "unsupported" }, text);
}

function drawSection(block, ink) {
  const accessory = block.accessory && drawElement(block.accessory, block, ink);
  return h(
    "div",
    { class: "block-section" },
    h(
      "div",
      { class: "block-section-row" },
      h(
        "div",
        { class: "block-section-text" },
        block.text && h("div", { class: "text" }, drawText(block.text, ink)),
        block.fields &&
          h(
            "div",
            { class: "fields" },
            block.fields.map((field) => h("div", { class: "text" }, drawText(field, ink))),
          ),
      ),
      accessory && h("div", { class: "accessory" }, accessory),
    ),
    block.accessory && drawProblems([block.accessory], block, ink),
  );
}

function drawContext(block, ink) {
  const draw = (element) =>
    element.type === "image" ? drawPicture(element) : h("span", { class: "text" }, drawText(element, ink));
  return h("div", { class: "block-context" }, block.elements.map(draw));
}

function drawActions(block, ink) {
  return h(
    "div",
    { class: "block-actions" },
    h(
      "div",
      { class: "buttons" },
      block.elements.map((element) => drawElement(element, block, ink)),
    ),
    drawProblems(block.elements, block, ink),
  );
}

function drawInput(block, ink) {
  const id = fieldId(block);
  const error = ink.error?.(block);
  const words = [drawPlain(block.label), block.optional && h("span", { class: "optional" }, " (optional)")];
  const pointed = isGroup(block.element.type) ? null : id;
  return h(
    "div",
    { class: error ? "block-input block-input-wrong" : "block-input" },
    h("label", { class: "input-label", id: `${id}-label`, for: pointed }, words),
    drawElement(block.element, block, ink),
    error && h("p", { class: "problem", id: `${id}-error`, role: "alert" }, icon("warning"), h("span", null, error)),
    block.hint && h("p", { class: "input-hint", id: `${id}-hint` }, drawPlain(block.hint)),
    drawProblems([block.element], block, ink),
  );
}

function drawAlert(block, ink) {
  const level = ["info", "warning", "error", "success"].includes(block.level) ? block.level : "default";
  const role = level === "error" || level === "warning" ? "alert" : "note";
  const words = h("div", null, drawText(block.text, ink));
  return h("div", { class: `block-alert alert-${level}`, role }, icon("warning"), words);
}

function drawImage(block) {
  const title = block.title && h("figcaption", null, drawPlain(block.title));
  return h("figure", { class: "block-image" }, title, drawPicture(block));
}

function drawTable(block, ink) {
  const [head, ...rows] = block.rows;
  const cells = (row, tag) =>
    row.map((cell, column) => drawCell(cell, tag, block.column_settings?.[column] ?? {}, ink));
  return h(
    "div",
    { class: "block-table", tabindex: "0", role: "group", "aria-label": "Table" },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, cells(head, "th"))),
      h(
        "tbody",
        null,
        rows.map((row) => h("tr", null, cells(row, "td"))),
      ),
    ),
  );
}

function drawCell(cell, tag, settings, ink) {
  const numeric = cell.type === "raw_number";
  const content = cell.type === "rich_text" ? drawRichText(cell, ink) : String(cell.text ?? cell.value ?? "");
  const align = settings.align ?? (numeric ? "right" : "left");
  const classes = `align-${align} ${settings.is_wrapped ? "wraps" : ""}`;
  return h(tag, { class: classes.trim(), scope: tag === "th" ? "col" : null }, content);
}
