// What a training tells its workers to begin with.

import { describeSpace, type Space } from "../spaces/index.ts";
import type { EngineHandle } from "../tensor/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** What a worker gets to begin with. */
export interface WorkerSetup {
  readonly algorithm: string;
  readonly options: ResolvedOptions;
  readonly engine: EngineHandle;
  /** Environments of each thread. */
  readonly shares: readonly number[];
  /** The spaces, in words, that the environments of every thread have. */
  readonly spaces: string;
}

/** What a thread gets that helps with updates alone. */
export type HelperSetup = Pick<WorkerSetup, "engine">;

/** Spaces as threads compare them. */
export const describeSpaces = (of: { readonly observationSpace: Space; readonly actionSpace: Space }): string =>
  `observations ${describeSpace(of.observationSpace)}, actions ${describeSpace(of.actionSpace)}`;
