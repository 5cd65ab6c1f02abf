// Functions and classes that make environments.

import type { Env } from "./env.ts";

/** Calls a factory, or makes an object of a class. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- what a user's module exports
export function callFactory(factory: Function, options: Record<string, unknown>): unknown {
  const hasStep = typeof (factory.prototype as Env | undefined)?.step === "function";
  // Of a class whose methods are fields, its source alone tells.
  const isClass = hasStep || /^class\b/.test(Function.prototype.toString.call(factory));
  return isClass ? Reflect.construct(factory, [options]) : Reflect.apply(factory, undefined, [options]);
}
