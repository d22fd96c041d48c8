/** What can be pressed, in messages and in modals; what can be filled in is in fields.js. */

import { ask } from "./dialog.js";
import { h, safeUrl } from "./dom.js";
import { drawField, isField, isGroup } from "./fields.js";
import { icon } from "./icons.js";
import { drawPlain } from "./inline.js";
import { openMenu } from "./menu.js";

/** @typedef {import("./types.js").Ink} Ink */
/** @typedef {import("./types.js").Block} Block */

const ELEMENTS = {
  button: drawButton,
  overflow: drawOverflow,
  image: (element) => drawPicture(element),
};

/**
 * An element of an actions block, or the accessory of a section.
 * @param {Record<string, any>} element
 * @param {Block} block
 * @param {Ink} ink
 * @returns {HTMLElement}
 */
export function drawElement(element, block, ink) {
  if (Object.hasOwn(ELEMENTS, element.type)) return ELEMENTS[element.type](element, block, ink);
  if (isField(element.type)) return drawField(element, block, asking(element, ink), fieldProps(element, block, ink));
  return h("span", { class: "unsupported" }, `Unsupported element: ${element.type}`);
}

/**
 * The warnings of the elements that were pressed in vain.
 * @param {Record<string, any>[]} elements
 * @param {Block} block
 * @param {Ink} ink
 * @returns {HTMLElement[]}
 */
export function drawProblems(elements, block, ink) {
  const problems = elements.map((element) => ink.clicked(block, element)?.problem).filter(Boolean);
  return problems.map((problem) => h("p", { class: "problem", role: "alert" }, icon("warning"), problem));
}

function drawButton(element, block, ink) {
  const props = {
    class: `button ${{ primary: "button-primary", danger: "button-danger" }[element.style] ?? ""}`,
    "aria-label": element.accessibility_label,
    ...pressable(element, block, ink),
    click: () => confirmed(element, () => ink.press(block, element)),
  };
  const url = safeUrl(element.url);
  if (url)
    return h("a", { ...props, href: url, target: "_blank", rel: "noopener noreferrer" }, drawPlain(element.text));
  return h("button", { type: "button", ...props }, drawPlain(element.text));
}

function pressable(element, block, ink) {
  return {
    "data-testid": "action",
    "data-action": element.action_id,
    "data-focus": `${block.block_id}/${element.action_id}`,
    "aria-busy": ink.clicked(block, element)?.busy ? "true" : null,
    "aria-disabled": ink.clicked(block, element)?.busy ? "true" : null,
  };
}

async function confirmed(element, go) {
  if (!element.confirm || (await ask(element.confirm))) go();
}

/** A choice that has a confirmation asks first; what is only typed never does. */
function asking(element, ink) {
  const note = ink.note ?? ((block, _, value, how) => how !== "typed" && ink.press(block, element, value));
  const go = (block, _, value, how) =>
    confirmed(how === "typed" ? {} : element, () => note(block, element, value, how));
  return { ...ink, note: go };
}

/** Named by its label in an input block, by its placeholder elsewhere. */
function fieldProps(element, block, ink) {
  const props = { ...pressable(element, block, ink), "data-first": element.focus_on_load || null };
  if (block.type !== "input") return { ...props, "aria-label": element.placeholder?.text ?? element.action_id };
  const id = fieldId(block);
  const wrong = Boolean(ink.error?.(block));
  const about = [block.hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(" ");
  return {
    ...props,
    id,
    "aria-describedby": about || null,
    "aria-invalid": wrong ? "true" : null,
    "aria-required": block.optional || isGroup(element.type) ? null : "true",
  };
}

/**
 * The id of the field in an input block.
 * @param {Block} block
 * @returns {string}
 */
export function fieldId(block) {
  return `field-${encodeURIComponent(block.block_id ?? "")}`;
}

function drawOverflow(element, block, ink) {
  const choose = (option) => confirmed(element, () => ink.press(block, element, option.value));
  const button = h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": "More",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      ...pressable(element, block, ink),
      click: () => openMenu(button, "More", element.options.map((option) => overflowItem(option, choose))),
    },
    "⋯",
  );
  return h("span", { class: "overflow" }, button);
}

function overflowItem(option, choose) {
  return { checked: false, props: {}, content: option.text.text, choose: () => choose(option) };
}

/**
 * An image. Only pictures that this page serves are loaded: the sandbox asks nobody else.
 * @param {{image_url?: string, alt_text: string}} image
 * @returns {HTMLElement}
 */
export function drawPicture(image) {
  const url = new URL(image.image_url ?? "", location.href);
  if (url.origin === location.origin || url.protocol === "data:")
    return h("img", { src: url.href, alt: image.alt_text });
  return h(
    "span",
    { class: "picture-elsewhere", role: "img", "aria-label": image.alt_text },
    `Image: ${image.alt_text}`,
  );
}
