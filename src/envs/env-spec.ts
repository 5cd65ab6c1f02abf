// What is known of an environment by its name, and what is said of an unknown one.

import { InputError } from "../errors.ts";
import { unknownName } from "../text/nearest.ts";
import type { EnvSpec } from "./env.ts";
import { gymnasiumHint } from "./gymnasium-ids.ts";
import { envIds, findSpec } from "./registry.ts";

/**
 * The spec of an environment.
 *
 * @throws InputError on an unknown name, with the nearest ones
 */
export function envSpec(id: string): EnvSpec {
  const spec = findSpec(id);
  if (spec) return spec;
  const hint = gymnasiumHint(id, envIds());
  if (hint !== undefined) throw new InputError(hint);
  const listed = envIds().filter((known) => !findSpec(known)!.forTests);
  throw new InputError(unknownName("environment", id, envIds(), listed));
}
