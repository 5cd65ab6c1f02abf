// The code that pages show, taken from the source itself when polgrad is built.

import { sources } from "./sources.generated.ts";

/** A function of the source. */
export interface Excerpt {
  /** Its file below src/. */
  readonly file: string;
  readonly code: string;
}

/**
 * A function, type or constant of the source, as it stands there. Both are written out where this is called:
 * scripts/build-pages.mjs finds them in the text.
 *
 * @param file below src/
 * @param name of the function
 */
export function sourceOf(file: string, name: string): Excerpt {
  const code = sources[`${file}#${name}`];
  if (code === undefined) throw new Error(`there is no ${name} of ${file}: run \`npm run build:pages\``);
  return { file, code };
}
