// Custom environments are tried out briefly before anything is trained on them.

import { closeEnvs, envName, envProblems, makeEnv } from "../envs/index.ts";
import type { AsyncEnv, EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";

/** Milliseconds after which no further call is made. */
const momentMilliseconds = 500;

/** Thrown by a call once the moment is over; `envProblems` then reports it as a problem. */
const momentIsOver = "the moment for checking is over";

/**
 * Makes an environment and plays a few short episodes, as `checkEnv` does, but stops at the first call after a moment:
 * a slow environment is checked as far as that goes, its first observation at least. Those with a name are not checked.
 *
 * @throws InputError that lists every problem
 */
export async function checkEnvironment(
  source: EnvSource,
  options: Record<string, unknown> = {},
  moment = momentMilliseconds,
): Promise<void> {
  if (typeof source === "string") return;
  const env = await makeEnv(source, options);
  const problems = (await envProblems(forAMoment(env, moment))).filter((problem) => !problem.includes(momentIsOver));
  closeEnvs([env], console.warn);
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n- ${problem}`).join("");
  throw new InputError(`the environment ${envName(source)} breaks the contract:${list}`);
}

/** The environment with a deadline: after a moment, every call but the first throws. */
function forAMoment(env: AsyncEnv, moment: number): AsyncEnv {
  let end: number | null = null;
  const inTime = () => {
    end ??= performance.now() + moment;
    if (performance.now() > end) throw new Error(momentIsOver);
  };
  const timed: AsyncEnv = {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(seed) {
      inTime();
      return env.reset(seed);
    },
    step(action, out) {
      inTime();
      return env.step(action, out);
    },
    ...(env.stepsInPlace && { stepsInPlace: true }),
    ...(env.adapts && { adapts: true }),
    ...(env.actionMask && { actionMask: () => env.actionMask!() }),
  };
  if (!env.getState || !env.setState) return timed;
  return { ...timed, getState: () => env.getState!(), setState: (state) => env.setState!(state) };
}
