/**
 * Keeps the view equal to what the server says. The workspace comes by a stream; Pulumi Cloud is asked again and again,
 * because browsers allow six connections per host in all, and three people at three windows must leave some free.
 */

import { get, Refused } from "./api.js";
import { FIRST_PERSON } from "./store.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
const WHILE_RUNNING = 400;
const WHILE_QUIET = 1_500;

/**
 * Follow the server until the page is closed. A hidden page lets go of its stream and catches up when it is shown again.
 * @param {ReturnType<typeof import("./store.js").createStore>} store
 * @returns {{restart: () => void, refreshCloud: () => Promise<void>, refreshTrouble: () => Promise<void>}} restart after another person was chosen
 */
export function createSession(store) {
  let stopping = new AbortController();
  const refresh = coalesced(() => loadWorkspace(store));
  const restart = () => {
    stopping.abort();
    stopping = new AbortController();
    const { signal } = stopping;
    if (document.hidden) return;
    keepTrying(store, signal, () => followStream(store, refresh, signal));
    keepTrying(store, signal, () => followCloud(store, signal));
  };
  document.addEventListener("visibilitychange", restart);
  return { restart, refreshCloud: () => loadCloud(store), refreshTrouble: () => loadTrouble(store) };
}

/** Calls made while one runs become one more run. */
function coalesced(work) {
  let running = null;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await work();
    } while (again);
  };
  return () => {
    again = true;
    running ??= run().finally(() => (running = null));
    return running;
  };
}

async function keepTrying(store, signal, follow) {
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    const started = Date.now();
    await follow().catch((error) => lost(store, signal, error));
    if (Date.now() - started > LONGEST_WAIT) wait = FIRST_WAIT;
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

function lost(store, signal, error) {
  if (!signal.aborted && !(error instanceof Refused)) store.set({ reachable: false });
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    signal.addEventListener("abort", over);
  });
}

async function loadWorkspace(store) {
  const person = store.view.person;
  try {
    const workspace = await get(`state?${new URLSearchParams({ as: person })}`);
    if (store.view.person !== person) return;
    store.set({ workspace, shownFor: person, reachable: true, clockSkew: workspace.now - Date.now() / 1000 });
  } catch (error) {
    if (error instanceof Refused && error.word === "user_not_found") store.set({ person: FIRST_PERSON });
    throw error;
  }
}

/** Ends, with an error, when the stream breaks. */
async function followStream(store, refresh, signal) {
  await refresh();
  await new Promise((_, reject) => {
    const stream = new EventSource(`control/stream?${new URLSearchParams({ as: store.view.person })}`);
    const tell = () => refresh().catch(fail);
    const fail = (error) => (stream.close(), reject(error));
    stream.addEventListener("open", tell);
    stream.addEventListener("message", tell);
    stream.addEventListener("error", () => fail(new TypeError("the stream broke")));
    signal.addEventListener("abort", () => fail(new TypeError("stopped")), { once: true });
  });
}

async function followCloud(store, signal) {
  while (!signal.aborted) {
    await loadCloud(store, signal);
    if (store.view.faultsOpen) await loadTrouble(store, signal);
    await pause(store.view.cloud.stacks.some((stack) => stack.running) ? WHILE_RUNNING : WHILE_QUIET, signal);
  }
}

async function loadCloud(store, signal) {
  store.set({ cloud: await get("pulumi", signal), reachable: true });
}

async function loadTrouble(store, signal) {
  const parts = ["faults", "switches", "limits"].map((part) => get(part, signal));
  const [{ faults }, { switches }, { limits }] = await Promise.all(parts);
  store.set({ trouble: { faults, switches, limits } });
}
