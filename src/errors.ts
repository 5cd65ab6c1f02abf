// The two kinds of error that polgrad raises on purpose, which the command line turns into exit codes; and errors of
// other threads and processes. Messages quote what files hold, so they are made printable where they are made.

import { printable } from "./text/printable.ts";

/** Something that the user typed or named is wrong: an option, a file, a folder, an environment. Exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
  constructor(message: string, options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** Something failed while running: a NaN, a full disk, an environment that broke its contract. Exit code 1. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** Where `train` failed: the last good state, to go on from with other options (`resume`). */
  checkpoint?: Uint8Array;
  /** True if going on from the checkpoint with the same options would end the same way, as where a loss became NaN. */
  recurs?: boolean;
  /** Where it takes time to tell what was wrong: the same error, with that. */
  explained?: () => Promise<RunError>;
  constructor(message: string, options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** Whether an error, or what caused it, would come again at the same place. */
export const wouldRecur = (error: unknown): boolean =>
  error instanceof Error && ((error as RunError).recurs === true || wouldRecur(error.cause));

/** An error on its way to another thread or process: what survives JSON. */
export interface ErrorWords {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorWords;
}

/** Anything that was thrown, as plain data. */
export const errorWords = (thrown: unknown): ErrorWords =>
  thrown instanceof Error
    ? {
        name: thrown.name,
        message: thrown.message,
        stack: thrown.stack,
        ...(thrown.cause !== undefined && { cause: errorWords(thrown.cause) }),
      }
    : { name: "Error", message: String(thrown) };

/** The error again, of its kind and with the stack and the causes that it had there. */
export function errorOf({ name, message, stack, cause }: ErrorWords): Error {
  const Kind = name === "InputError" ? InputError : name === "RunError" ? RunError : Error;
  const error = new Kind(message, cause && { cause: errorOf(cause) });
  if (stack !== undefined) error.stack = stack;
  return error;
}
