// What is wrong with options, in words: in terms of how each was given, as a flag, in a file, or by a program.

import type { Algorithm } from "../algorithms/index.ts";
import { optionNames } from "../algorithms/names.ts";
import { InputError } from "../errors.ts";
import type { OptionProblem, OptionsSchema } from "../learning/option-schema.ts";
import { camelCase, kebabCase } from "../text/names.ts";
import { didYouMean } from "../text/nearest.ts";
import { inOneLine } from "../text/printable.ts";
import { isList, shortened, valueText } from "../text/values.ts";
import { nameOf, schemaOf, type OptionOrigin, type OriginOf, type WrongOptions } from "./options.ts";
import { insteadOf } from "./other-names.ts";
import { describeAllowed, show } from "./option-values.ts";

/** The error that lists every wrong option with what would be right. */
export function wrongOptions(algorithm: Algorithm, wrong: WrongOptions, originOf?: OriginOf): InputError {
  const { schema, values, problems, unknown } = wrong;
  const lines = [
    ...problems.map((problem) => describeProblem(schema, problem, values, originOf)),
    ...describeAllUnknown(algorithm, schema, unknown, originOf),
  ];
  return new InputError(originOf ? lines.join("\n") : `${algorithm.name}: ${lines.join("; ")}`);
}

/**
 * The message about an option that an algorithm does not have.
 *
 * @param candidates names or flags that may have been meant
 */
export function describeUnknown(
  algorithm: Algorithm,
  name: string,
  origin: OptionOrigin | undefined,
  candidates: readonly string[],
): string {
  const owners = Object.keys(optionNames).filter((owner) => optionNames[owner].split(" ").includes(name));
  const given = `"${inOneLine(shortened(name))}"`;
  const quoted = origin && "flag" in origin ? `"${origin.flag}"` : origin ? `${given} in ${origin.file}` : given;
  if (owners.length > 0) {
    const subject = origin && "flag" in origin ? origin.flag : quoted;
    return `${subject} is an option of ${owners.join(" and ")} only, not of ${algorithm.name}`;
  }
  const isFlag = origin !== undefined && "flag" in origin;
  const { shape } = schemaOf(algorithm);
  const instead = insteadOf(
    camelCase(name),
    (option) => Object.hasOwn(shape, option),
    (option) => (!isFlag ? `"${option}"` : option === "env" ? "the argument" : `--${shape[option]?.flag ?? kebabCase(option)}`), // prettier-ignore
  );
  if (instead !== undefined) return `unknown option ${quoted}: ${instead}`;
  const similar = isFlag ? origin.flag : camelCase(name);
  return `unknown option ${quoted}.${didYouMean(similar, candidates)}`;
}

/** Values of environments' options, which all built-in ones take. */
const exampleOfJson = '{"maxEpisodeSteps": 200, "frameStack": 4}';

/** Unknown options that a message names. */
const mostNamed = 20;

function describeAllUnknown(
  algorithm: Algorithm,
  { shape }: OptionsSchema,
  names: readonly string[],
  originOf: OriginOf,
) {
  const told = names.slice(0, mostNamed).map((name) => describeUnknown(algorithm, name, originOf?.(name), Object.keys(shape))); // prettier-ignore
  return names.length > mostNamed ? [...told, `and ${names.length - mostNamed} more unknown options`] : told;
}

function describeProblem(
  { shape }: OptionsSchema,
  { name, said }: OptionProblem,
  values: Readonly<Record<string, unknown>>,
  originOf: OriginOf,
): string {
  const allowed = shape[name];
  const subject = nameOf(name, originOf);
  if (said !== undefined) return `${subject}: ${said}`;
  const origin = originOf?.(name);
  const value = values[name];
  if (!origin || !("flag" in origin))
    return `${subject} must be ${describeAllowed(allowed, valueText)}, not ${valueText(value)}`;
  if (allowed.type === "object" && typeof value === "string")
    return `${subject} is not a JSON object: ${value}\nFor example: ${subject} '${exampleOfJson}'`;
  return `${subject} must be ${describeAllowed(allowed)}, not ${isList(value) ? shortened(show(value)) : valueText(value)}`;
}
