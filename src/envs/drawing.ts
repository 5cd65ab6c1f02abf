// What an environment looks like at one moment, as plain data: shapes in its own units, coloured by what they stand
// for. A renderer (for a terminal, an SVG, a canvas) chooses size, colours and frame rate.

/** x to the right, y up, in the environment's units. */
export type Point = readonly [x: number, y: number];

/** What a shape stands for; {@link palettes} has a colour for each. */
export type ShapeRole =
  /** Text and thin outlines. */
  | "ink"
  /** Visible but unimportant: a rail, a grid, a shadow. */
  | "faint"
  /** What carries the rest: earth, ice, floor. */
  | "ground"
  /** The main thing that moves. */
  | "body"
  /** What is attached to it: a pole, a leg. */
  | "limb"
  /** Where two parts are hinged. */
  | "joint"
  /** Where to go. */
  | "goal"
  /** What to keep away from. */
  | "hazard"
  /** What the action does: thrust, torque. */
  | "force";

/** How a shape is painted; one with neither fill nor stroke is invisible. */
export interface Paint {
  /** Colour of the inside. Default: none. */
  fill?: ShapeRole;
  /** Colour of the outline. Default: none. */
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

/** A picture of an environment, as its `draw()` returns it. */
export interface Drawing {
  /** The part of the world that is shown: its lower left corner and its extent. */
  view: { x: number; y: number; width: number; height: number };
  /** Painted in this order. */
  shapes: readonly Shape[];
  /** Steps per second that look natural. Default 30. */
  fps?: number;
}

/**
 * Colours as #rrggbb for light and dark backgrounds. They differ in brightness too, for readers who cannot tell the hues
 * apart.
 */
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

/** The place of a view in a rectangle of pixels: as large as fits, in the middle. */
export interface Placement {
  /** Pixels per unit. */
  scale: number;
  /** A point of the environment in pixels from the upper left corner. */
  toPixels(x: number, y: number): [number, number];
}

/** Places a view of the world in so many pixels. */
export function placeView(view: Drawing["view"], width: number, height: number): Placement {
  const scale = Math.min(width / view.width, height / view.height);
  const left = (width - view.width * scale) / 2;
  const bottom = height - (height - view.height * scale) / 2;
  return { scale, toPixels: (x, y) => [left + (x - view.x) * scale, bottom - (y - view.y) * scale] };
}
