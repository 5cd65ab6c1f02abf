// What a page and its worker say to each other. Commands go one way, at most ten snapshots a second the other.

/** The simulations that the worker knows. */
export type SimulationName = "training" | "theorem" | "baselines" | "gae" | "ppo";

/** The whole state of a page, which is its address too. */
export type Configuration = Readonly<Record<string, string | number | boolean>>;

/** How a picture of an environment is to be drawn, in CSS pixels. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly theme: "light" | "dark";
  /** Without motion only what a step brings is drawn. */
  readonly still: boolean;
}

export type Command =
  /** Sets up a run, or adjusts the one that there is, where that needs no new one. */
  | { readonly kind: "configure"; readonly simulation: SimulationName; readonly configuration: Configuration }
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  | { readonly kind: "step" }
  /** Begins the same run again, with the same first weights. */
  | { readonly kind: "rewind" }
  | { readonly kind: "canvas"; readonly canvas: OffscreenCanvas; readonly look: Look }
  | { readonly kind: "look"; readonly look: Look };

export type News<Snapshot = unknown> =
  | {
      readonly kind: "snapshot";
      readonly snapshot: Snapshot;
      /** What it is a snapshot of: the page may have asked for something else meanwhile. */
      readonly configuration: Configuration;
      readonly playing: boolean;
      readonly done: boolean;
    }
  | { readonly kind: "problem"; readonly message: string };
