// Closing environments: what goes wrong there costs nobody what was learned.

import type { AsyncEnv } from "./env.ts";

/**
 * Closes environments, each of them whatever the others do.
 *
 * @param warn is told what went wrong; of a promise that `close` gave and that fails, later
 */
export function closeEnvs(envs: readonly AsyncEnv[], warn: (message: string) => void): void {
  for (const env of envs) {
    const report = (error: unknown): void =>
      warn(`an environment's close() failed, after the last step that was asked of it: ${String(error)}`);
    try {
      const closing: unknown = env.close?.();
      if (closing instanceof Promise) closing.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
