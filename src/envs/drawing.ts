// What an environment looks like at one moment, as plain data: shapes in its own units, coloured by what they stand
// for. Whatever shows it (a terminal, an SVG, a canvas) chooses size, colours and frame rate.

/** x to the right, y up, in the environment's units. */
export type Point = readonly [x: number, y: number];

/** What a shape stands for; {@link palettes} has colours for each. */
export type ShapeRole =
  /** Text and thin outlines. */
  | "ink"
  /** What is there, but does not matter: a rail, a grid, a shadow. */
  | "faint"
  /** What carries: earth, ice, floor. */
  | "ground"
  /** The main thing that moves. */
  | "body"
  /** What hangs on it: a pole, a leg. */
  | "limb"
  /** Where parts turn. */
  | "joint"
  /** Where to go. */
  | "goal"
  /** What to keep away from. */
  | "hazard"
  /** What the action does: thrust, torque. */
  | "force";

/** How a shape is painted; what has neither fill nor stroke is not seen. */
export interface Paint {
  fill?: ShapeRole;
  stroke?: ShapeRole;
  /** Width of the stroke, in the environment's units; ends and corners are round. */
  width?: number;
}

/** One shape. Later ones are painted over earlier ones. */
export type Shape =
  | ({ kind: "polygon"; points: readonly Point[] } & Paint)
  | { kind: "line"; points: readonly Point[]; stroke: ShapeRole; width: number }
  | ({ kind: "circle"; x: number; y: number; radius: number } & Paint)
  /** A line of text around (x, y), `size` high. */
  | { kind: "text"; x: number; y: number; text: string; size: number; fill: ShapeRole };

/** What an environment's `draw()` gives. */
export interface Drawing {
  /** The part of the world that is shown: its lower left corner and its extent. */
  view: { x: number; y: number; width: number; height: number };
  shapes: readonly Shape[];
  /** Steps per second that look natural. Default 30. */
  fps?: number;
}

/** Colours as #rrggbb, on light and on dark ground; told apart by brightness too, for whoever does not see the hues. */
export const palettes: Readonly<Record<"light" | "dark", Readonly<Record<ShapeRole | "background", string>>>> = {
  light: {
    background: "#ffffff",
    ink: "#24292f",
    faint: "#d0d7de",
    ground: "#9aa5b1",
    body: "#1f5fb4",
    limb: "#d97a1d",
    joint: "#57606a",
    goal: "#1a8f4c",
    hazard: "#c0392b",
    force: "#8250df",
  },
  dark: {
    background: "#0d1117",
    ink: "#e6edf3",
    faint: "#30363d",
    ground: "#5b6673",
    body: "#58a6ff",
    limb: "#f0a04b",
    joint: "#9da7b1",
    goal: "#3fb96a",
    hazard: "#f0655a",
    force: "#bc8cff",
  },
};

/** A rectangle from its lower left corner. */
export const rectangle = (x: number, y: number, width: number, height: number): Point[] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

/** `points` turned by the angle of this cosine and sine about the origin, then moved by (x, y). */
export const placed = (points: readonly Point[], x: number, y: number, cosine: number, sine: number): Point[] =>
  points.map(([px, py]) => [x + px * cosine - py * sine, y + px * sine + py * cosine]);
