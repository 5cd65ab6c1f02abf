// Closing environments: what goes wrong there costs nobody what was learned.

import { isPromise } from "../awaitable.ts";
import type { AsyncEnv } from "./env.ts";

/**
 * Closes environments, each of them whatever the others do.
 *
 * @param warn is told what went wrong; of a promise that `close` gave and that fails, later
 */
export function closeEnvs(envs: readonly AsyncEnv[], warn: (message: string) => void): void {
  const told = new Set<string>(); // where many fail alike, one message does
  const report = (error: unknown): void => {
    const what = String(error);
    if (!told.has(what)) warn(`an environment's close() failed, after the last step that was asked of it: ${what}`);
    told.add(what);
  };
  for (const env of envs) {
    try {
      const closing: unknown = env.close?.();
      if (isPromise(closing)) closing.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}
