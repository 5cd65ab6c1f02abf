// Whether threads can be used here: they need shared memory, and a thread that may wait.

/** Why threads cannot be used here, as a clause for a message; undefined if they can. */
export function whyNoThreads(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined" || globalThis.crossOriginIsolated === false)
    return "the page is not cross-origin isolated, and has no shared memory (headers COOP and COEP)";
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
  } catch {
    return "the main thread of a page may not wait: train inside a Worker";
  }
  return undefined;
}
