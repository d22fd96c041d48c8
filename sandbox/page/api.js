/** The sandbox's control contract (sandbox/README.md) over fetch and server-sent events. */

/** An answer that is an error: `word` is the contract's word, the message is its sentence. */
export class Refused extends Error {
  /** @param {string} word @param {string} message */
  constructor(word, message) {
    super(message);
    this.word = word;
  }
}

/**
 * @param {string} path below /control/
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the answer
 * @throws {Refused} when the sandbox says no
 * @throws {TypeError} when it cannot be reached
 */
export async function get(path, signal) {
  return answer(await fetch(`control/${path}`, { signal, cache: "no-store" }));
}

/**
 * @param {string} path below /control/
 * @param {Record<string, any>} body
 * @returns {Promise<any>} the answer
 * @throws {Refused} when the sandbox says no
 * @throws {TypeError} when it cannot be reached
 */
export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return answer(await fetch(`control/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/**
 * @param {string} path below /control/
 * @returns {Promise<any>} the answer
 * @throws {Refused} when the sandbox says no
 * @throws {TypeError} when it cannot be reached
 */
export async function remove(path) {
  return answer(await fetch(`control/${path}`, { method: "DELETE" }));
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok && body.ok !== false) return body;
  throw new Refused(body.error ?? "", body.message ?? `The sandbox answered ${response.status}.`);
}

/**
 * What to tell a person about a failed call.
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  return error instanceof Refused ? error.message : "The sandbox is not reachable.";
}
