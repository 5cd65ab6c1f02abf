// What a program gives to steer a training or an evaluation, checked before anything starts.

import { InputError } from "../errors.ts";
import { typeName } from "../text/values.ts";

/** @throws InputError if it is given and no AbortSignal */
export function assertSignal(signal: unknown): void {
  if (signal === undefined || isSignal(signal)) return;
  const isController = signal !== null && typeof signal === "object" && "signal" in signal && isSignal(signal.signal);
  throw new InputError(
    `option "signal" is ${typeName(signal)}, but must be an AbortSignal` +
      (isController ? ": give its property signal" : ", as new AbortController().signal"),
  );
}

const isSignal = (x: unknown): boolean =>
  typeof x === "object" && x !== null && "aborted" in x && typeof x.aborted === "boolean" && "addEventListener" in x;

/** @throws InputError if one of the callbacks is given and no function */
export function assertCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  for (const [name, callback] of Object.entries(callbacks))
    if (callback !== undefined && typeof callback !== "function")
      throw new InputError(`option "${name}" is ${typeName(callback)}, but must be a function`);
}
