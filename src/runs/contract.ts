// TEMPORARY: the interfaces of src/training as agreed, until that folder has them.
export interface FinishedEpisode {
  return: number;
  length: number;
  step: number;
}
export interface UpdateReport {
  update: number;
  step: number;
  episodes: number;
  finished: FinishedEpisode[];
  meanReturn100: number | null;
  metrics: Record<string, number>;
}
export interface Training {
  readonly algorithm: string;
  readonly envName: string;
  readonly options: Record<string, unknown>;
  readonly policy: unknown;
  readonly step: number;
  readonly episodes: number;
  readonly done: boolean;
  readonly meanReturn100: number | null;
  readonly solvedAtStep: number | null;
  readonly rewardThreshold: number | null;
  update(): UpdateReport;
  checkpoint(): Uint8Array;
  weightsSha256(): string;
}
