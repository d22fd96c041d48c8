/** What can be pressed or chosen in a message: one function per element type. */

import { ask } from "./dialog.js";
import { h, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { drawPlain } from "./inline.js";

/** @typedef {import("./types.js").Ink} Ink */
/** @typedef {import("./types.js").Block} Block */

const ELEMENTS = {
  button: drawButton,
  static_select: drawSelect,
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

function drawSelect(element, block, ink) {
  const label = element.placeholder?.text ?? "Choose";
  const initial = element.initial_option?.value;
  const select = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "select", "aria-label": label, ...pressable(element, block, ink) },
      h("option", { value: "", disabled: true, selected: initial === undefined }, label),
      (element.options ?? []).map((option) => drawOption(option, initial)),
      (element.option_groups ?? []).map((group) =>
        h(
          "optgroup",
          { label: group.label.text },
          group.options.map((option) => drawOption(option, initial)),
        ),
      ),
    )
  );
  select.addEventListener("change", () => confirmed(element, () => ink.press(block, element, select.value)));
  return h("span", { class: "select-box" }, select, icon("updown"));
}

function drawOption(option, initial) {
  return h("option", { value: option.value, selected: option.value === initial }, option.text.text);
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
