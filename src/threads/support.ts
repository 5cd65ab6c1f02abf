// Whether threads can work together here: they need memory that is shared, and a thread that may wait.

/** Why there can be no threads here, as a clause for a message; undefined where there can. */
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
