/** The workspace's side: its channels, the app's direct message, and who we act as. */

import { avatar } from "./avatar.js";
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { channelIcon, channelName } from "./store.js";
import { unread } from "./unread.js";

/**
 * @typedef {import("./types.js").View} View
 * @typedef {import("./types.js").Channel} Channel
 */

/**
 * @param {View} view
 * @param {import("./actions.js").Actions} actions
 * @returns {() => void} its renderer
 */
export function mountSidebar(view, actions) {
  const root = document.getElementById("sidebar");
  const [team, lists, acting] = ["team", "lists", "acting"].map((name) => h("div", { class: name }));
  root.append(team, lists, acting);
  return () => {
    const { workspace, person, channel } = view;
    if (!workspace) return;
    const news = Object.fromEntries(workspace.channels.map((each) => [each.id, unread(view, each)]));
    redraw(team, workspace.team, () => drawTeam(workspace.team));
    redraw(lists, [workspace.channels, workspace.bot, person, channel, news], () => drawLists(view, news));
    redraw(acting, [workspace.users, person], () => drawActing(view, actions));
  };
}

function drawTeam(team) {
  return [
    h("span", { class: "team-mark", "aria-hidden": "true" }, team.name.slice(0, 1)),
    h(
      "div",
      null,
      h("h2", { class: "team-name" }, team.name),
      h("p", { class: "team-about" }, "Workspace on this machine"),
    ),
  ];
}

function drawLists(view, news) {
  const { channels } = view.workspace;
  const links = (some) =>
    h(
      "ul",
      null,
      some.map((channel) => h("li", null, drawLink(view, channel, news[channel.id]))),
    );
  return [
    h("h3", { class: "side-title" }, "Channels"),
    links(channels.filter(({ im }) => !im)),
    h("h3", { class: "side-title" }, "Apps"),
    links(channels.filter(({ im }) => im)),
  ];
}

/** As in Slack: bold where anything is new, with a number where it is for this person. */
function drawLink(view, channel, { any, count }) {
  const classes = ["side-link", any && "side-link-unread", !channel.member && "side-link-outside"];
  return h(
    "a",
    {
      class: classes.filter(Boolean).join(" "),
      href: `#${channel.id}/${view.person}`,
      "aria-current": channel.id === view.channel ? "page" : null,
      "data-testid": "channel",
      "data-channel": channel.id,
      "data-focus": channel.id,
    },
    channel.im ? drawPresence(view.workspace.bot.connected) : icon(channelIcon(channel)),
    h("span", { class: "side-name" }, channelName(view, channel)),
    channel.private && h("span", { class: "unseen" }, " (private)"),
    any && count === 0 && h("span", { class: "unseen" }, " (unread)"),
    count > 0 && h("span", { class: "unread" }, String(count), h("span", { class: "unseen" }, " new")),
  );
}

function drawPresence(connected) {
  return h("span", {
    class: connected ? "presence presence-on" : "presence",
    role: "img",
    "aria-label": connected ? "connected" : "not connected",
  });
}

function drawActing(view, actions) {
  const people = view.workspace.users.filter((user) => !user.bot && !user.deleted);
  const me = people.find(({ id }) => id === view.person);
  const button = h(
    "button",
    {
      type: "button",
      class: "acting-as",
      "data-testid": "act-as",
      "data-focus": "act-as",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      click: () =>
        openMenu(
          button,
          "Act as",
          people.map((user) => personItem(user, view.person, actions)),
        ),
    },
    ...drawPerson(me, "You act as"),
    icon("updown"),
  );
  return [button, drawOther(people, view)];
}

/** Somebody else who could decide about what this person asks. */
export function colleague(users, me) {
  return users.find(({ id, guest, bot, deleted }) => id !== me && !guest && !bot && !deleted);
}

/** Another window for another person: the one who could decide about what this one asks. */
function drawOther(people, view) {
  const other = colleague(people, view.person);
  if (!other) return null;
  const props = { class: "second-window", "data-testid": "second-window", "data-focus": "second-window" };
  return h("a", { ...props, href: `?as=${other.id}`, target: "_blank" }, icon("window"), `Open a window as ${other.real_name}`);
}

function personItem(user, me, actions) {
  return {
    checked: user.id === me,
    props: { "data-testid": "person", "data-user": user.id },
    content: drawPerson(user, ""),
    choose: () => actions.actAs(user.id),
  };
}

function drawPerson(user, above) {
  const title = [user?.title, user?.guest && "guest"].filter(Boolean).join(", ");
  return [
    avatar(user, false),
    h(
      "span",
      { class: "person" },
      above && h("span", { class: "unseen" }, above, " "),
      h("span", { class: "person-name" }, user?.real_name ?? ""),
      h("span", { class: "person-title" }, title || "Member"),
    ),
  ];
}
