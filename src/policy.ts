/**
 * Acting with a saved policy, and no more: a page that imports this alone loads a fraction of what trains.
 *
 * @module polgrad/policy
 */

import type { Bytes } from "./bytes.ts";
import type { EnvSource } from "./envs/index.ts";
import type { Policy, PolicyOf } from "./policies/index.ts";
import { openPolicy, type LoadPolicyOptions } from "./policies/policy-file.ts";
import { createDirectEngine } from "./tensor/direct/engine.ts";

export { InputError, RunError } from "./errors.ts";
export type { Action, Observation } from "./envs/env.ts";
export type { Policy, PolicyOf, PolicyQuery } from "./policies/index.ts";
export type { LoadPolicyOptions } from "./policies/policy-file.ts";
export type { ActionMask, Box, Discrete, MultiBinary, MultiDiscrete, Space } from "./spaces/index.ts";
export type { Bytes } from "./bytes.ts";

/**
 * The policy that `savePolicy` made the bytes of, to act with: its actions, probabilities and values have the bits of
 * `loadPolicy` of "polgrad".
 *
 * @param bytes a Uint8Array, such as a Node Buffer, or an ArrayBuffer
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks; RunError where
 *   WebAssembly is missing or forbidden
 */
export function loadPolicy<Source = EnvSource>(bytes: Bytes, options?: LoadPolicyOptions): Promise<PolicyOf<Source>>;
export async function loadPolicy(bytes: Bytes, options: LoadPolicyOptions = {}): Promise<Policy> {
  return openPolicy(bytes, options, createDirectEngine);
}
