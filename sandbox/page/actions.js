/** What a person can do. Nothing is assumed to have worked: the server's next state shows it. */

import { explain, post, remove } from "./api.js";
import { clickKey, remember } from "./store.js";

const UNANSWERED = {
  operation_timeout: "The app did not answer within 3 seconds. Try again.",
  dispatch_failed: "The app is not connected, so this did not reach it.",
};

/**
 * @typedef {ReturnType<typeof import("./store.js").createStore>} Store
 * @typedef {ReturnType<typeof createActions>} Actions
 */

/**
 * @param {Store} store
 * @param {ReturnType<typeof import("./session.js").createSession>} session
 */
export function createActions(store, session) {
  return {
    /** @param {string} channel */
    openChannel: (channel) => store.set({ channel, thread: "" }),
    /** @param {"chat"|"pulumi"} tab */
    showTab: (tab) => store.set({ tab }),
    /** @param {string} person */
    actAs: (person) => {
      store.set({ person, thread: "", clicks: {} });
      remember("person", person);
      session.restart();
    },
    /** @param {string} thread ts of its first message, or "" to close */
    openThread: (thread) => store.set({ thread }),
    /** @param {string} text @param {string} [thread] @returns {Promise<string>} what went wrong, or "" */
    say: (text, thread) => say(store, text, thread),
    /** @param {string} ts @param {any} block @param {any} element @param {any} [value] @returns {Promise<void>} */
    press: (ts, block, element, value) => press(store, store.view.channel, ts, block, element, { value }),
    /** @param {string} ts @param {any} block @param {any} element @param {string} query */
    suggest: (ts, block, element, query) => suggest(store, { channel: store.view.channel, ts }, block, element, query),
    /** @param {string} id @param {any} block @param {any} element @param {any} value @param {any} values @returns {Promise<void>} */
    pressIn: (id, block, element, value, values) => press(store, "modal", id, block, element, { value, values }),
    /** @param {string} id @param {any} block @param {any} element @param {string} query */
    suggestIn: (id, block, element, query) => suggest(store, { view_id: id }, block, element, query),
    /** @param {string} id @param {any} values block_id → action_id → value @returns {Promise<string>} what went wrong, or "" */
    submitModal: (id, values) => inModal(store, "submit", { view_id: id, values }),
    /** @param {string} id @param {boolean} all @returns {Promise<string>} what went wrong, or "" */
    closeModal: (id, all) => inModal(store, "close", { view_id: id, all }),
    /** @param {"kill"|"start"} deed @param {boolean} restart @returns {Promise<{problem?: string}>} */
    handleBot: (deed, restart) => told(post(`bot/${deed}`, { restart })),
    /** @param {{stack: string, scenario: string, speed: number}} what @returns {Promise<{version?: number, problem?: string}>} */
    play: (what) => change(session, "play", what),
    /** @param {{stacks: number, scenario: string, speed: number}} what @returns {Promise<{stacks?: string[], problem?: string}>} */
    storm: (what) => change(session, "storm", what),
    /** @param {string} stack @returns {Promise<{problem?: string}>} */
    finish: (stack) => change(session, "finish", { stack }),
    /** @param {boolean} faultsOpen */
    showFaults: (faultsOpen) => {
      store.set({ faultsOpen });
      if (faultsOpen) session.refreshTrouble().catch(() => {}); // the session says when the sandbox is away
    },
    /** @param {Record<string, any>} fault @returns {Promise<{problem?: string}>} */
    addFault: (fault) => trouble(session, post("faults", fault)),
    /** @param {number} id @returns {Promise<{problem?: string}>} */
    removeFault: (id) => trouble(session, remove(`faults?id=${id}`)),
    /** @param {{on: boolean}} wanted @returns {Promise<{problem?: string}>} */
    setLimits: (wanted) => trouble(session, post("limits", wanted)),
    /** @param {Record<string, any>} wanted @returns {Promise<{problem?: string}>} */
    setSwitch: (wanted) => trouble(session, post("switches", wanted)),
  };
}

/** Change Pulumi Cloud, and look at it at once. */
async function change(session, call, body) {
  try {
    const answer = await post(`pulumi/${call}`, body);
    await session.refreshCloud();
    return answer;
  } catch (error) {
    return { problem: explain(error) };
  }
}

/** Change what goes wrong, and look at it at once. */
async function trouble(session, call) {
  try {
    await call;
    await session.refreshTrouble();
    return {};
  } catch (error) {
    return { problem: explain(error) };
  }
}

async function say(store, text, thread) {
  const { person, channel, workspace } = store.view;
  const known = new Set((workspace?.messages[channel] ?? []).map((message) => message.ts));
  if (text.startsWith("/")) timeAnswer(store, channel, text, known);
  try {
    await post("say", { as: person, channel, text, ...(thread && { thread_ts: thread }) });
    return "";
  } catch (error) {
    return explain(error);
  }
}

/** Measure from Enter to the first new answer of this command. */
function timeAnswer(store, channel, text, known) {
  const started = performance.now();
  const stop = store.listen((view) => {
    const isAnswer = (message) => message.in_response_to === text && !message.system && !known.has(message.ts);
    const answer = view.workspace?.messages[channel]?.find(isAnswer);
    if (!answer) return;
    stop();
    store.set({ answeredIn: { ...view.answeredIn, [answer.ts]: (performance.now() - started) / 1000 } });
  });
}

/** What went wrong with a modal beside what its own state says of it; one that just moved on is no matter. */
async function inModal(store, call, body) {
  try {
    await post(call, { as: store.view.person, ...body });
    return "";
  } catch (error) {
    return ["not_on_top", "not_found", "busy"].includes(error.word) ? "" : explain(error);
  }
}

async function told(call) {
  return call.then(() => ({})).catch((error) => ({ problem: explain(error) }));
}

async function suggest(store, place, block, element, query) {
  const known = { as: store.view.person, ...place, block_id: block.block_id, action_id: element.action_id };
  try {
    const { options, option_groups: groups, error } = await post("suggest", { ...known, query });
    const problem = error ? "The app sent no suggestions." : "";
    return { options: options ?? groups.flatMap((group) => group.options), problem };
  } catch (error) {
    return { options: [], problem: explain(error) };
  }
}

/** In a message of a channel, or in the modal with this id. */
async function press(store, channel, ts, block, element, sent) {
  const key = clickKey(channel, ts, block, element);
  if (store.view.clicks[key]?.busy) return;
  const note = (click) => store.set({ clicks: { ...withoutMessage(store.view.clicks, channel, ts), [key]: click } });
  note({ busy: true, problem: "" });
  const place = channel === "modal" ? { view_id: ts } : { channel, ts };
  const known = { as: store.view.person, ...place, block_id: block.block_id, action_id: element.action_id };
  note({ busy: false, problem: await pressed({ ...known, ...sent }) });
}

function withoutMessage(clicks, channel, ts) {
  return Object.fromEntries(
    Object.entries(clicks).filter(([key, { busy }]) => busy || !key.startsWith(`${channel}/${ts}/`)),
  );
}

async function pressed(body) {
  try {
    const { acked, error } = await post("click", body);
    return acked === false ? (UNANSWERED[error] ?? "The app did not take this click. Try again.") : "";
  } catch (error) {
    return explain(error);
  }
}
