/** What a person filled into the views before them and has not sent yet, by view, block, element and its type. */

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Modal} Modal */

/** @returns what is typed; keep() forgets the views that are gone */
export function createTyped() {
  const drafts = new Map();
  const labels = new Map();
  const keyOf = (modal, block, element) => JSON.stringify([modal.id, block.block_id, element.action_id, element.type]);
  const stored = (modal, block, element) => modal.state.values[block.block_id]?.[element.action_id];
  return {
    /** @param {Modal} modal @param {Block} block @param {any} element @param {any} value */
    note: (modal, block, element, value) => void drafts.set(keyOf(modal, block, element), value),
    /** @param {Modal} modal @param {Block} block @param {any} element */
    value: (modal, block, element) => {
      const key = keyOf(modal, block, element);
      return drafts.has(key) ? drafts.get(key) : plain(stored(modal, block, element));
    },
    /** @param {Block} block @param {any} element @param {any} option */
    learn: (block, element, option) => void labels.set(`${element.action_id}/${option.value}`, option.text.text),
    /** @param {Modal} modal @param {Block} block @param {any} element @param {string} value @returns {string} */
    label: (modal, block, element, value) => {
      const state = stored(modal, block, element);
      const options = [state?.selected_option, ...(state?.selected_options ?? [])].filter(Boolean);
      const known = options.find((option) => option.value === value);
      return known?.text.text ?? labels.get(`${element.action_id}/${value}`) ?? value;
    },
    /** @param {Modal} modal @param {{block: Block, element: any}} [but] what is sent otherwise @returns {Record<string, any>} as the server takes it */
    values: (modal, but) => {
      const found = {};
      for (const { block, element } of places(modal)) {
        const key = keyOf(modal, block, element);
        const other = but?.block.block_id === block.block_id && but?.element.action_id === element.action_id;
        if (drafts.has(key) && !other) (found[block.block_id] ??= {})[element.action_id] = drafts.get(key);
      }
      return found;
    },
    /** @param {Modal[]} modals */
    keep: (modals) => {
      const open = new Set(modals.map(({ id }) => id));
      for (const key of drafts.keys()) if (!open.has(JSON.parse(key)[0])) drafts.delete(key);
    },
  };
}

function* places(modal) {
  for (const block of modal.blocks) {
    const elements = block.type === "rich_text" ? [] : [...(block.elements ?? []), block.accessory, block.element];
    for (const element of elements) if (element?.action_id) yield { block, element };
  }
}

/** A part of state.values as the plain value: a text, the value of an option, an id, or a list of them. */
function plain(state) {
  if (!state) return "";
  const [, value] = Object.entries(state).find(([name]) => name !== "type") ?? [];
  const of = (one) => one?.value ?? one;
  if (state.type === "rich_text_input") return typeof value === "string" ? value : textOf(value);
  return Array.isArray(value) ? value.map(of) : (of(value) ?? "");
}

function textOf(rich) {
  return (rich?.elements ?? []).flatMap((part) => (part.elements ?? []).map((piece) => piece.text ?? "")).join("");
}
