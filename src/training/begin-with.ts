// What a training begins with: a checkpoint, or a saved policy, of which it takes the weights, the normalizer, and the options
// that it fixes. Loaded where there is one.

import type { Algorithm } from "../algorithms/index.ts";
import { bytesOf } from "../bytes.ts";
import { InputError } from "../errors.ts";
import type { Play } from "../experience/index.ts";
import { restoreMoments } from "../math/moments.ts";
import type { ActorCritic } from "../policies/index.ts";
import { assertNormalizer, readPolicy, spaceOf, weightsOf, type SavedPolicy } from "../policies/policy-file.ts";
import { describeSpace, sameSpace, type Space } from "../spaces/index.ts";
import { valueText } from "../text/values.ts";
import type { Beginning, Resumption } from "./beginning.ts";
import type { ResolvedOptions } from "./options.ts";
import { decodeCheckpoint } from "./read-checkpoint.ts";

/** The options of an algorithm that a policy fixes, for a training that begins with it. */
export function policyOptions({ description }: SavedPolicy, { options }: Algorithm): Record<string, unknown> {
  const { networks, gaussian, normalizer } = description;
  const fixed: Record<string, unknown> = {
    ...(networks === "custom" ? {} : networks),
    ...(gaussian && { gaussian: gaussian.kind ?? "clipped", logStd: gaussian.logStd ?? "parameter" }),
    normalizeObservations: normalizer !== null,
  };
  return Object.fromEntries(
    Object.entries(fixed).filter(([name, value]) => value !== undefined && Object.hasOwn(options.shape, name)),
  );
}

/** @throws InputError if options contradict the policy that a training is to begin with */
export function assertPolicyOptions(saved: SavedPolicy, algorithm: Algorithm, options: ResolvedOptions): void {
  const wrong = Object.entries(policyOptions(saved, algorithm)).filter(
    ([name, value]) => JSON.stringify(options[name]) !== JSON.stringify(value),
  );
  if (wrong.length === 0) return;
  const all = wrong.map(([name, value]) => `option "${name}" is ${valueText(options[name])}, but ${saved.name} has ${valueText(value)}`); // prettier-ignore
  throw new InputError(`${all.join("; ")}: leave it out`);
}

export { decodeCheckpoint };

/** Gives a policy the weights and the normalizer of a saved one. @throws InputError if spaces or networks differ */
function applyPolicy({ description, tensors, name }: SavedPolicy, policy: ActorCritic): void {
  for (const what of ["observation", "action"] as const) {
    const [theirs, ours] = [spaceOf(description, what, name), policy[`${what}Space`]];
    if (!alike(theirs, ours, what))
      throw new InputError(
        `${name} has the ${what} space ${describeSpace(theirs)}, and the environment has ${describeSpace(ours)}`,
      );
  }
  assertNormalizer(description.normalizer, policy.observationSpace, name);
  const weights = policy.weights.map((variable) => weightsOf(variable, tensors, name));
  policy.weights.forEach((variable, i) => policy.engine.write(variable, weights[i]));
  if (policy.normalizer && description.normalizer) restoreMoments(policy.normalizer, description.normalizer);
}

/** Whether a policy of one space acts in another: observations may have other bounds, actions may not. */
const alike = (a: Space, b: Space, what: "observation" | "action"): boolean =>
  what === "observation" && a.kind === "box" && b.kind === "box" ? a.shape.join() === b.shape.join() : sameSpace(a, b);

/** What a training begins with, told apart. @throws InputError if it is neither */
export function beginningOf(beginning: Beginning): {
  resume?: { checkpoint: Uint8Array; change?: readonly string[] };
  from?: SavedPolicy;
} {
  if (has(beginning, "from")) return { from: readPolicy(beginning.from, "the policy to begin with") };
  const { checkpoint, change }: Resumption = has(beginning, "checkpoint")
    ? beginning
    : { checkpoint: beginning, change: undefined };
  return { resume: { checkpoint: bytesOf(checkpoint, "the checkpoint"), change } };
}

/** Whether something is an object with a property; callers without types may pass anything, even a revoked proxy. */
function has<Key extends string, X>(x: X, key: Key): x is Extract<X, Readonly<Record<Key, unknown>>> {
  try {
    return typeof x === "object" && x !== null && key in x;
  } catch {
    return false;
  }
}

/** Gives a new training the weights and the normalizer of a policy. @throws InputError if they do not fit */
export function beginWith(saved: SavedPolicy, play: Play | undefined, algorithm: string): void {
  if (!play) throw new InputError(`${algorithm} trains no policy, so there is none to begin with`);
  applyPolicy(saved, play.policy);
}
