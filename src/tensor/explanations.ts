// The reference backend finds the first NaN. It is a thirtieth of what a page loads to train, and is loaded where there is one.

import type { firstNonFinite } from "./reference.ts";

let find: typeof firstNonFinite | undefined;

/** What finds the first NaN, where it has been loaded. */
export const explanations = (): typeof firstNonFinite | undefined => find;

/** Loads what programs need to explain a NaN. */
export async function loadExplanations(): Promise<void> {
  find ??= (await import("./reference.ts")).firstNonFinite;
}
