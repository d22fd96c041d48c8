/** Building and updating DOM. Foreign text only ever becomes a text node or an attribute value. */

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:"]);
const signatures = new WeakMap();
const shapes = new WeakMap();

/**
 * An element. Functions among the props are event listeners; null, undefined and false leave the attribute out.
 * @param {string} tag
 * @param {Record<string, any>|null} [props]
 * @param {...any} children nodes, strings, lists of them; null, undefined and false are skipped
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") node.addEventListener(name, value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/**
 * The address when it is one that may be opened, else "".
 * @param {unknown} url
 * @returns {string}
 */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url));
    return SAFE_SCHEMES.has(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

/**
 * A link that opens beside the page, or the bare label when the address may not be opened.
 * @param {unknown} url
 * @param {any} label
 * @param {Record<string, any>} [props]
 * @returns {HTMLElement}
 */
export function link(url, label, props) {
  const href = safeUrl(url);
  if (!href) return h("span", props, label);
  return h("a", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, label);
}

/**
 * Make the children of a container the given items, keeping every node whose signature did not change.
 * Focus inside a redrawn node goes to the element with the same data-focus; what a reader opened stays open.
 * An item that can `patch` its node is drawn again only when its `shape` changed.
 * @param {Element} container
 * @param {{key: string, signature: string, draw: () => HTMLElement, shape?: string, patch?: (node: Element) => void}[]} items
 * @returns {void}
 */
export function reconcile(container, items) {
  const focus = focusKey(container);
  const wanted = new Set(items.map((item) => item.key));
  for (const node of [...container.children]) if (!wanted.has(node.getAttribute("data-key"))) node.remove();
  const old = new Map([...container.children].map((node) => [node.getAttribute("data-key"), node]));
  items.forEach((item, index) => {
    const node = reuse(old, item);
    if (container.children[index] !== node) container.insertBefore(node, container.children[index] ?? null);
  });
  if (focus && !container.contains(document.activeElement)) refocus(container, focus);
}

function reuse(old, { key, signature, draw, shape, patch }) {
  const found = old.get(key);
  if (found && signatures.get(found) === signature) return found;
  if (found && patch && shapes.get(found) === shape) {
    signatures.set(found, signature);
    patch(found);
    return found;
  }
  const node = draw();
  node.setAttribute("data-key", key);
  signatures.set(node, signature);
  shapes.set(node, shape);
  if (found) replace(found, node);
  return node;
}

function replace(found, node) {
  for (const before of found.querySelectorAll("details[data-open]")) {
    const after = node.querySelector(`details[data-open="${CSS.escape(before.getAttribute("data-open"))}"]`);
    if (after) after.open = before.open;
  }
  found.replaceWith(node);
}

function focusKey(container) {
  const node = document.activeElement;
  if (!container.contains(node) || !node.hasAttribute("data-focus")) return null;
  const caret = "selectionStart" in node ? [node.selectionStart, node.selectionEnd] : null;
  return { key: node.getAttribute("data-focus"), caret };
}

function refocus(container, { key, caret }) {
  const node = container.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  node?.focus({ preventScroll: true });
  if (caret && caret[0] !== null && node?.selectionStart !== null) node?.setSelectionRange?.(...caret);
}

/**
 * Draw a whole region again, but only when what it shows has changed.
 * @param {Element} region
 * @param {unknown} shown everything that the drawing depends on
 * @param {() => any[]} draw
 * @returns {void}
 */
export function redraw(region, shown, draw) {
  const signature = JSON.stringify(shown);
  if (signatures.get(region) === signature) return;
  const focus = focusKey(region);
  signatures.set(region, signature);
  region.replaceChildren(...draw().flat(Infinity).filter(Boolean));
  if (focus) refocus(region, focus);
}
