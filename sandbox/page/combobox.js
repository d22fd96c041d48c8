/** A menu whose options come from the app while one types (external_select), after the ARIA combobox pattern. */

import { h } from "./dom.js";

const LEAST = 3;
const PAUSE = 150;

/**
 * @param {import("./fields.js").Field} field
 * @returns {HTMLElement}
 */
export function drawCombobox(field) {
  const { element, block, ink, props, note } = field;
  const many = element.type.startsWith("multi_");
  const listId = `${props.id ?? props["data-focus"]}-list`;
  const labels = (value) => ink.labelOf?.(block, element, value) ?? value;
  let chosen = [field.value ?? []].flat().filter(Boolean);
  const input = /** @type {HTMLInputElement} */ (
    h("input", {
      ...props,
      class: "input",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      placeholder: element.placeholder?.text ?? "Type to search",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-controls": listId,
    })
  );
  const list = h("div", { class: "offers", id: listId, role: "listbox", "aria-label": "Suggestions", hidden: true });
  const said = h("p", { class: "offers-said", role: "status" });
  const tags = h("div", { class: "tags" });
  const show = () => {
    input.value = many || chosen.length === 0 ? "" : labels(chosen[0]);
    tags.replaceChildren(...(many ? chosen.map((value) => drawTag(labels(value), () => drop(value))) : []));
  };
  const take = (next) => {
    chosen = next;
    close();
    show();
    note(many ? chosen : (chosen[0] ?? ""), "chosen");
  };
  const drop = (value) => take(chosen.filter((each) => each !== value));
  const pick = (option) => {
    ink.learn?.(block, element, option);
    take(many ? [...new Set([...chosen, option.value])] : [option.value]);
  };
  const open = (options) => {
    list.replaceChildren(...options.map((option, index) => drawOffer(option, `${listId}-${index}`, () => pick(option))));
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    move(0);
  };
  const close = () => {
    open([]);
    said.textContent = "";
  };
  const move = (to) => {
    const offers = [...list.children];
    offers.forEach((offer, index) => offer.setAttribute("aria-selected", String(index === to)));
    if (offers[to]) input.setAttribute("aria-activedescendant", offers[to].id);
    else input.removeAttribute("aria-activedescendant");
    offers[to]?.scrollIntoView({ block: "nearest" });
  };
  const search = createSearch(field, input, { open, said });
  input.addEventListener("input", () => {
    if (!many && chosen.length > 0) ((chosen = []), note("", "chosen"));
    search();
  });
  input.addEventListener("focus", () => !many && chosen.length > 0 ? input.select() : search());
  input.addEventListener("blur", () => (close(), show()));
  input.addEventListener("keydown", (event) => onKey(event, { list, move, close, drop, chosen, many, input }));
  show();
  return h("div", { class: "combobox" }, tags, input, list, said);
}

/** Asks a moment after the last key, and forgets answers that were overtaken. */
function createSearch({ element, block, ink }, input, { open, said }) {
  let asked = 0;
  return () => {
    const query = input.value;
    const turn = (asked += 1);
    const least = element.min_query_length ?? LEAST;
    if (query.length < least) {
      open([]);
      said.textContent = query ? `Type at least ${least} characters.` : "";
      return;
    }
    setTimeout(async () => {
      if (turn !== asked || document.activeElement !== input) return;
      const { options, problem } = await ink.suggest(block, element, query);
      if (turn !== asked || document.activeElement !== input) return;
      open(options);
      said.textContent = problem || (options.length === 0 ? "No results" : "");
    }, PAUSE);
  };
}

function drawOffer(option, id, pick) {
  const offer = h("div", { class: "offer", id, role: "option", "data-testid": "offer" }, option.text.text);
  offer.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  offer.addEventListener("click", pick);
  return offer;
}

function drawTag(label, drop) {
  return h("button", { type: "button", class: "tag", "aria-label": `Remove ${label}`, click: drop }, label, " ×");
}

function onKey(event, { list, move, close, drop, chosen, many, input }) {
  const offers = [...list.children];
  const at = offers.findIndex((offer) => offer.getAttribute("aria-selected") === "true");
  const act = {
    ArrowDown: () => move((at + 1) % offers.length),
    ArrowUp: () => move((at - 1 + offers.length) % offers.length),
    Enter: () => offers[at].click(),
    Escape: close,
  }[event.key];
  if (offers.length > 0 && act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  } else if (event.key === "Enter") event.preventDefault();
  else if (event.key === "Backspace" && many && input.value === "" && chosen.length > 0) drop(chosen.at(-1));
}
