// The two kinds of error that polgrad raises on purpose; the command line turns them into exit codes.

/** Something that the user typed or named is wrong: an option, a file, a folder, an environment. Exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Something failed while running: a NaN, a full disk, an environment that broke its contract. Exit code 1. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** Where `train` failed: the last good state, to go on from with other options (`resume`). */
  checkpoint?: Uint8Array;
}
