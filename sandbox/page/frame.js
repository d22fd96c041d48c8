/** What surrounds the panes: the top bar, its notices, the theme, and on narrow screens the drawer and the tabs. */

import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { remember } from "./store.js";

const TABS = [
  { name: "chat", label: "Chat", picture: "reply" },
  { name: "pulumi", label: "Pulumi Cloud", picture: "cloud" },
];

/**
 * @param {import("./types.js").View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {{render: () => void, closeDrawer: () => void}}
 */
export function mountFrame(view, actions) {
  const [status, notice, tabs] = ["status", "notice", "tabs"].map((id) => document.getElementById(id));
  document.getElementById("brand-mark").append(icon("layers"));
  const state = h("span", { class: "state", "data-testid": "bot-state" });
  status.append(state, createThemeToggle());
  const drawer = createDrawer();
  skipToComposer();
  const render = () => {
    const running = view.cloud?.stacks.filter((stack) => stack.running).length ?? 0;
    redraw(state, connection(view), () => drawState(connection(view)));
    redraw(notice, trouble(view), () => drawNotice(trouble(view)));
    document.body.dataset.tab = view.tab;
    redraw(tabs, [view.tab, running], () => TABS.map((tab) => drawTab(tab, view.tab, running, actions.showTab)));
  };
  return { render, closeDrawer: drawer.close };
}

/** @returns {[string, string]} the look and the words */
function connection(view) {
  if (!view.reachable) return ["off", "Sandbox not reachable"];
  if (!view.workspace) return ["wait", "Connecting"];
  const { connected, running } = view.workspace.bot;
  if (connected) return ["on", "Bot connected"];
  if (running === false) return ["off", "Bot is down"];
  return running ? ["wait", "Bot is starting"] : ["off", "Bot not connected"];
}

function drawState([kind, words]) {
  return [
    h("span", { class: `state-dot state-${kind}`, "aria-hidden": "true" }),
    h("span", { class: "state-words" }, words),
  ];
}

function trouble(view) {
  if (!view.reachable) return "The sandbox is not reachable. Trying again; what you see may be old.";
  if (view.workspace && !view.workspace.bot.connected) {
    const what = view.workspace.bot.running === false ? "The bot is down." : "The bot is not connected.";
    return `${what} Commands and buttons will fail until it is back.`;
  }
  return "";
}

function drawNotice(words) {
  return words ? [h("p", { class: "notice-line", "data-testid": "notice" }, icon("warning"), words)] : [];
}

function drawTab({ name, label, picture }, open, running, showTab) {
  return h(
    "button",
    {
      type: "button",
      class: "tab",
      "data-testid": `tab-${name}`,
      "data-focus": name,
      "aria-current": name === open ? "true" : null,
      click: () => showTab(name),
    },
    icon(picture),
    label,
    name === "pulumi" &&
      running > 0 &&
      h("span", { class: "tab-count" }, String(running), h("span", { class: "unseen" }, " running")),
  );
}

function createThemeToggle() {
  const dark = () => (document.documentElement.dataset.theme ?? preferred()) === "dark";
  const show = () => {
    toggle.replaceChildren(icon(dark() ? "sun" : "moon"));
    toggle.setAttribute("aria-label", dark() ? "Use the light theme" : "Use the dark theme");
  };
  const toggle = h("button", { type: "button", class: "icon-button", "data-testid": "theme" });
  toggle.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    remember("theme", document.documentElement.dataset.theme);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return toggle;
}

function preferred() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function createDrawer() {
  const button = document.getElementById("menu");
  const sidebar = document.getElementById("sidebar");
  const backdrop = h("div", { class: "backdrop" });
  const set = (open) => {
    document.body.classList.toggle("drawer-open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  const close = () => set(false);
  button.append(icon("menu"));
  button.addEventListener("click", () => {
    set(!document.body.classList.contains("drawer-open"));
    /** @type {HTMLElement|null} */ (sidebar.querySelector("[aria-current]"))?.focus();
  });
  backdrop.addEventListener("click", close);
  sidebar.after(backdrop);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.body.classList.contains("drawer-open")) return;
    close();
    button.focus();
  });
  return { close };
}

/** The hash belongs to the channel and the person, so the skip link moves the focus by itself. */
function skipToComposer() {
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("message").focus();
  });
}
