/** Keeps the view equal to what the server says: a stream for the workspace, a long poll for Pulumi Cloud. */

import { get, Refused } from "./api.js";
import { FIRST_PERSON } from "./store.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
const BETWEEN_POLLS = 100;

/**
 * Follow the server until the page is closed. A hidden page lets go of its connections (browsers allow six per host)
 * and catches up when it is shown again.
 * @param {ReturnType<typeof import("./store.js").createStore>} store
 * @returns {{restart: () => void, refresh: () => Promise<void>}} restart after another person was chosen
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
  return { restart, refresh };
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
  let after = "";
  while (!signal.aborted) {
    const cloud = await get(`pulumi${after}`, signal);
    after = `?after=${cloud.rev}`;
    store.set({ cloud, reachable: true });
    await pause(BETWEEN_POLLS, signal);
  }
}
