/** Starts the page: one store, one session with the server, and the components that draw the view. */

import { createActions } from "./actions.js";
import { mountChannel } from "./channel.js";
import { mountFrame } from "./frame.js";
import { mountModal } from "./modal.js";
import { mountPulumi } from "./pulumi.js";
import { notWhilePressed } from "./pressing.js";
import { createSession } from "./session.js";
import { mountSidebar } from "./sidebar.js";
import { createStore, FIRST_PERSON, openChannel, recall, spoken } from "./store.js";
import { mountThread } from "./thread.js";
import { mountWelcome } from "./welcome.js";

const store = createStore();
const session = createSession(store);
const actions = createActions(store, session);
const { view } = store;
let written = "";

const frame = mountFrame(view, actions);
const pulumi = mountPulumi(view, actions);
const showPlay = () => {
  actions.showTab("pulumi");
  queueMicrotask(pulumi.suggestFailure);
};
const renderers = [
  settle,
  frame.render,
  mountSidebar(view, actions),
  mountWelcome(view, actions, { showPlay }),
  mountChannel(view, actions),
  mountThread(view, actions),
  mountModal(view, actions),
  pulumi.render,
  markSeen,
];
store.listen(notWhilePressed(() => renderers.forEach((render) => render())));

/** The hash names the channel and the person, so that two windows can be two people. */
function readHash() {
  const [channel = "", person = ""] = location.hash.slice(1).split("/");
  written = "";
  if (channel && channel !== view.channel) actions.openChannel(channel);
  if (person && person !== view.person) actions.actAs(person);
}

/** Replace what the hash or an earlier visit named but this workspace does not have. */
function settle() {
  const { workspace, person, channel } = view;
  if (!workspace || view.shownFor !== person) return;
  const open = openChannel(view);
  if (!open)
    return workspace.channels.length > 0 && store.set({ channel: firstChannel(workspace, channel), thread: "" });
  writeHash(`#${channel}/${person}`);
  document.title = `${spoken(view, open)} · ${workspace.team.name} · Pulumi ChatOps sandbox`;
}

/** Only when the view moved: a link may just have been followed, and its hashchange not have come yet. */
function writeHash(hash) {
  if (hash !== written && location.hash !== hash) history.replaceState(null, "", hash);
  written = hash;
}

/** One that the app is in; whoever stood in the app's direct messages stays in them, as the other person. */
function firstChannel({ channels }, left) {
  const direct = left.startsWith("D");
  const fits = ({ im, member, bot_member: withBot }) => im === direct && member && withBot;
  return (channels.find(fits) ?? channels[0]).id;
}

/** What is on screen counts as seen; so does everything that was there before a person was first chosen. */
function markSeen() {
  const { workspace, shownFor, channel } = view;
  if (!workspace) return;
  const before = view.seen[shownFor];
  const newest = (id) => workspace.messages[id]?.at(-1)?.ts ?? "0";
  const seen = before ?? Object.fromEntries(workspace.channels.map(({ id }) => [id, newest(id)]));
  if (before && before[channel] === newest(channel)) return;
  store.set({ seen: { ...view.seen, [shownFor]: { ...seen, [channel]: newest(channel) } } });
}

/** `?as=U…` begins a window as somebody; from then on the hash says who it is. */
const asked = new URLSearchParams(location.search).get("as");
if (asked) history.replaceState(null, "", location.pathname + location.hash);
store.set({ person: asked ?? recall("person") ?? FIRST_PERSON });
readHash();
addEventListener("hashchange", readHash);
document.getElementById("sidebar").addEventListener("click", (event) => {
  if (!(event.target instanceof Element && event.target.closest("a"))) return;
  actions.showTab("chat");
  frame.closeDrawer();
});
session.restart();
