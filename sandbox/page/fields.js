/** What can be filled in: one function per element type, in messages and in modals. */

import { drawCombobox } from "./combobox.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { drawPlain, drawText } from "./inline.js";

/** @typedef {import("./types.js").Ink} Ink */
/** @typedef {import("./types.js").Block} Block */
/**
 * @typedef {Object} Field one element with its place
 * @property {Record<string, any>} element
 * @property {Block} block
 * @property {Ink} ink
 * @property {any} value what stands in it now
 * @property {Record<string, any>} props for what has the focus
 * @property {(value: any, how: "typed"|"entered"|"chosen") => void} note
 */

const SELECTS = { users: people, conversations: rooms, channels: rooms };

/** @type {Record<string, (field: Field) => HTMLElement>} */
const FIELDS = {
  plain_text_input: (field) => (field.element.multiline ? drawLines(field) : drawLine(field, { type: "text" })),
  number_input: (field) => drawLine(field, { type: "text", inputmode: "decimal" }),
  email_text_input: (field) => drawLine(field, { type: "email" }),
  url_text_input: (field) => drawLine(field, { type: "url" }),
  rich_text_input: drawLines,
  datepicker: (field) => drawLine(field, { type: "date" }, "chosen"),
  timepicker: (field) => drawLine(field, { type: "time" }, "chosen"),
  datetimepicker: drawMoment,
  radio_buttons: (field) => drawTicks(field, "radio", field.element.options),
  checkboxes: (field) => drawTicks(field, "checkbox", field.element.options),
  static_select: (field) => drawSelect(field, field.element),
  multi_static_select: (field) => drawTicks(field, "checkbox", every(field.element), "ticks-many"),
  external_select: drawCombobox,
  multi_external_select: drawCombobox,
};
for (const [name, offered] of Object.entries(SELECTS)) {
  FIELDS[`${name}_select`] = (field) => drawSelect(field, { options: offered(field, name) });
  FIELDS[`multi_${name}_select`] = (field) => drawTicks(field, "checkbox", offered(field, name), "ticks-many");
}
const GROUPS = ["radio_buttons", "checkboxes"];

/**
 * Whether an element type can be filled in here.
 * @param {string} type
 * @returns {boolean}
 */
export function isField(type) {
  return Object.hasOwn(FIELDS, type);
}

/**
 * Whether it is a group of controls, which a label names but does not point to.
 * @param {string} type
 * @returns {boolean}
 */
export function isGroup(type) {
  return GROUPS.includes(type) || (type.startsWith("multi_") && type !== "multi_external_select");
}

/**
 * @param {Record<string, any>} element
 * @param {Block} block
 * @param {Ink} ink
 * @param {Record<string, any>} props
 * @returns {HTMLElement}
 */
export function drawField(element, block, ink, props) {
  const value = ink.value ? ink.value(block, element) : initial(element);
  const note = (given, how) => ink.note?.(block, element, given, how);
  return FIELDS[element.type]({ element, block, ink, value, props, note });
}

/** What an element of a message starts with. */
function initial(element) {
  const of = (option) => option?.value ?? "";
  if (element.initial_options) return element.initial_options.map(of);
  const named = ["user", "conversation", "channel", "date", "time", "date_time"].map((name) => `initial_${name}`);
  const found = named.find((name) => element[name] !== undefined);
  return element.initial_option ? of(element.initial_option) : (element[found] ?? element.initial_value ?? "");
}

function drawLine(field, props, how = "typed") {
  const { element, value, note } = field;
  const input = /** @type {HTMLInputElement} */ (
    h("input", {
      class: "input",
      placeholder: element.placeholder?.text,
      maxlength: element.max_length,
      autocomplete: "off",
      ...props,
      ...field.props,
    })
  );
  input.value = value ?? "";
  input.addEventListener(how === "chosen" ? "change" : "input", () => note(input.value, how));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) note(input.value, "entered");
  });
  return input;
}

function drawLines(field) {
  const { element, value, note } = field;
  const props = { class: "input input-lines", rows: 4, placeholder: element.placeholder?.text, ...field.props };
  const box = /** @type {HTMLTextAreaElement} */ (h("textarea", { maxlength: element.max_length, ...props }));
  box.value = typeof value === "string" ? value : "";
  box.addEventListener("input", () => note(box.value, "typed"));
  return box;
}

/** Seconds there, local time here. */
function drawMoment(field) {
  const local = (seconds) => {
    const date = new Date(seconds * 1000);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const note = (text, how) => field.note(text ? new Date(text).getTime() / 1000 : "", how);
  const value = field.value ? local(field.value) : "";
  return drawLine({ ...field, value, note }, { type: "datetime-local" }, "chosen");
}

function drawSelect({ element, block, value, props, note }, { options = [], option_groups: groups = [] }) {
  const label = element.placeholder?.text ?? "Choose";
  const draw = (option) => h("option", { value: option.value, selected: option.value === value }, option.text.text);
  const nothing = { value: "", disabled: !block.optional, selected: !value };
  const select = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "select", ...props },
      h("option", nothing, label),
      (options ?? []).map(draw),
      (groups ?? []).map((group) => h("optgroup", { label: group.label.text }, group.options.map(draw))),
    )
  );
  select.addEventListener("change", () => note(select.value, "chosen"));
  return h("span", { class: "select-box" }, select, icon("updown"));
}

function drawTicks({ ink, value, props, note }, type, options = [], look = "") {
  const { id, "aria-label": label, "data-focus": focus, ...rest } = props;
  const chosen = new Set([value].flat());
  const boxes = options.map((option) =>
    h("input", {
      type,
      name: id ?? focus,
      value: option.value,
      checked: chosen.has(option.value),
      "data-focus": `${focus}/${option.value}`,
    }),
  );
  const read = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const group = h(
    "div",
    {
      ...rest,
      class: `ticks ${look}`,
      id,
      role: type === "radio" ? "radiogroup" : "group",
      "aria-label": label,
      "aria-labelledby": label ? null : `${id}-label`,
    },
    options.map((option, index) => h("label", { class: "tick" }, boxes[index], drawOption(option, ink))),
  );
  group.addEventListener("change", () => note(type === "radio" ? read()[0] : read(), "chosen"));
  return options.length > 0 ? group : h("span", { class: "unsupported" }, "Nothing to choose from");
}

function drawOption(option, ink) {
  const description = option.description && h("span", { class: "tick-about" }, drawText(option.description, ink));
  return h("span", null, option.text.type ? drawText(option.text, ink) : drawPlain(option.text), description);
}

function every(element) {
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function people({ element, ink }) {
  const hidden = (user) => user.deleted || (user.bot && element.filter?.exclude_bot_users);
  const some = [...ink.users.values()].filter((user) => !hidden(user));
  return some.map((user) => ({ value: user.id, text: { text: user.real_name || user.name } }));
}

function rooms({ element, ink }, kind) {
  const wanted = element.filter?.include;
  const fits = (channel) => !wanted || wanted.includes(channel.im ? "im" : channel.private ? "private" : "public");
  const some = [...ink.channels.values()].filter(
    (channel) => !channel.archived && fits(channel) && !(kind === "channels" && (channel.private || channel.im)),
  );
  const named = (channel) => (channel.im ? "Direct messages with the app" : `#${channel.name}`);
  return some.map((channel) => ({ value: channel.id, text: { text: named(channel) } }));
}
