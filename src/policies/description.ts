// What a policy's file says of its policy, as JSON. It is checked by hand: a library would be a
// fourth of what a page loads that only acts.

import { gaussianKinds } from "../distributions/index.ts";
import { InputError } from "../errors.ts";
import { isNewerFormat, newerFormat } from "../file-format.ts";
import type { SpaceJson } from "../spaces/index.ts";
import { parseStrictJson } from "../strict-json.ts";
import { messageOf, shortened } from "../text/values.ts";
import { descriptionFormat, type PolicyDescription } from "./save-policy.ts";

/** The path of what is wrong with a value, as "networks.hidden.0" and "" for the value itself; undefined if all is right. */
type Check = (value: unknown) => string | undefined;

const check =
  (isRight: (value: unknown) => boolean): Check =>
  (value) =>
    isRight(value) ? undefined : "";
const boolean = check((x) => typeof x === "boolean");
const number = check(Number.isFinite);
const least0 = check((x) => Number.isFinite(x) && (x as number) >= 0);
const integer = check(Number.isSafeInteger);
const size = check((x) => Number.isSafeInteger(x) && (x as number) >= 1);
const oneOf = (...values: readonly unknown[]): Check => check((x) => values.includes(x));
const either =
  (first: Check, second: Check): Check =>
  (value) =>
    first(value) === undefined ? undefined : second(value);

const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) ? firstWrong(value.map((x, i) => [String(i), item(x)])) : "";

/** An object with these members and no others; those named in `optional` may be left out. */
const object =
  (members: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
    const checks = new Map([...Object.entries(members), ...Object.entries(optional)]);
    const given = Object.entries(value).map(([name, x]) => [name, (checks.get(name) ?? unknown)(x)] as const);
    const missing = Object.keys(members).filter((name) => !Object.hasOwn(value, name));
    return firstWrong([...missing.map((name) => [name, ""] as const), ...given]);
  };
const unknown: Check = () => "";

const firstWrong = (parts: readonly (readonly [name: string, problem: string | undefined])[]): string | undefined => {
  const wrong = parts.find(([, problem]) => problem !== undefined);
  return wrong && wrong.filter((part) => part !== "").join(".");
};

const bounds = list(either(number, oneOf("inf", "-inf")));
const spaces: Readonly<Record<SpaceJson["kind"], Check>> = {
  box: object({ kind: oneOf("box"), shape: list(size), low: bounds, high: bounds }),
  discrete: object({ kind: oneOf("discrete"), n: size, start: integer }),
  multiDiscrete: object({ kind: oneOf("multiDiscrete"), counts: list(size) }),
  multiBinary: object({ kind: oneOf("multiBinary"), n: size }),
};
const space: Check = (value) => {
  const kind = (value as Partial<SpaceJson> | null | undefined)?.kind;
  return typeof kind === "string" && Object.hasOwn(spaces, kind) ? spaces[kind](value) : "kind";
};

const networks = object(
  {},
  {
    hidden: list(size),
    activation: oneOf("tanh", "relu"),
    sharedTrunk: boolean,
    memory: oneOf("none", "gru"),
    memorySize: size,
  },
);

const problemOf = object(
  {
    format: oneOf(descriptionFormat),
    observationSpace: space,
    actionSpace: space,
    networks: either(oneOf("custom"), networks),
    normalizer: either(
      oneOf(null),
      object({ count: least0, mean: list(number), variance: list(least0) }, { low: list(number), high: list(number) }),
    ),
    strict: boolean,
  },
  {
    gaussian: object(
      {},
      { kind: oneOf(...gaussianKinds), logStd: oneOf("parameter", "network"), initialLogStd: number },
    ),
    masked: boolean,
  },
);

/** @throws InputError if the text, that of `name`, is none */
export function readDescription(json: string | undefined, name: string): PolicyDescription {
  let description: unknown;
  try {
    description = json === undefined ? undefined : parseStrictJson(json);
  } catch (error) {
    damaged(name, `its description of the policy is not JSON (${messageOf(error)})`);
  }
  const found: unknown = (description as PolicyDescription | null | undefined)?.format;
  if (isNewerFormat(found, descriptionFormat)) throw new InputError(newerFormat(name, found, descriptionFormat));
  if (found !== descriptionFormat)
    throw new InputError(
      `${name} is a safetensors file, but not a policy that polgrad saved (its format is not "${descriptionFormat}")`,
    );
  const problem = problemOf(description);
  if (problem !== undefined)
    damaged(
      name,
      `in its description of the policy "${shortened(problem)}" is missing, unknown, or not a value that it can have`,
    );
  return description as PolicyDescription;
}

/** @throws InputError */
export function damaged(name: string, problem: string): never {
  throw new InputError(`${name} is damaged: ${problem}`);
}
