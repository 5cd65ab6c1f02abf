// A policy on an engine of its own.

import type { Bytes } from "../bytes.ts";
import type { EnvSource } from "../envs/index.ts";
import { createEngine } from "../tensor/index.ts";
import type { Policy, PolicyOf } from "./policy.ts";
import { openPolicy, type LoadPolicyOptions } from "./policy-file.ts";

/**
 * The policy that `savePolicy` made the bytes of, on an engine of its own; also the policy in a run's best checkpoint.
 *
 * All that the bytes say is checked before anything is made of it: the description, and that there are exactly the
 * weights that the networks need, of their shapes and finite.
 *
 * @param bytes a Uint8Array, such as a Node Buffer, or an ArrayBuffer
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks
 */
export function loadPolicy<Source = EnvSource>(bytes: Bytes, options?: LoadPolicyOptions): Promise<PolicyOf<Source>>;
export async function loadPolicy(bytes: Bytes, options: LoadPolicyOptions = {}): Promise<Policy> {
  return openPolicy(bytes, options, createEngine);
}
