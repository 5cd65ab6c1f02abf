// The game: a snake on a board, which eats apples and grows. An environment for polgrad, and a picture of it.

import { createGenerator, discrete, box, type Drawing, type Env, type Point } from "polgrad";

const size = 10;
/** Steps without an apple after which an episode is cut off. */
const patience = 150;
/** East, north, west, south: a turn to the left is the next one. */
const directions = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

type Cell = readonly [x: number, y: number];

/** What a game tells besides: how many apples were eaten. */
export interface SnakeGame extends Env<number[], number> {
  readonly apples: number;
  draw(): Drawing;
}

/** A game of snake. Actions: 0 turns left, 1 goes on, 2 turns right. An apple is worth 1, the end −1. */
export function snake(): SnakeGame {
  let generator = createGenerator(0);
  let body: Cell[] = []; // the head first
  let apple: Cell = [0, 0];
  let [heading, hungry, apples] = [0, 0, 0];

  const isFree = ([x, y]: Cell): boolean =>
    x >= 0 && x < size && y >= 0 && y < size && !body.slice(0, -1).some((cell) => cell[0] === x && cell[1] === y);
  const ahead = (turn: number, far = 1): Cell => {
    const [dx, dy] = directions[(heading + turn + 4) % 4];
    return [body[0][0] + far * dx, body[0][1] + far * dy];
  };
  /** How far one can go in a direction, from 0 to 1. */
  const room = (turn: number): number => {
    let far = 1;
    while (isFree(ahead(turn, far))) far++;
    return (far - 1) / size;
  };

  /** As the snake sees it: is the next cell free, how much room is there, where is the apple; to its left, ahead, right. */
  function observe(): number[] {
    const turns = [1, 0, -1];
    const [dx, dy] = [apple[0] - body[0][0], apple[1] - body[0][1]];
    const [fx, fy] = directions[heading];
    const [forward, left] = [dx * fx + dy * fy, dy * fx - dx * fy];
    return [
      ...turns.map((turn) => (isFree(ahead(turn)) ? 1 : 0)),
      ...turns.map(room),
      Math.sign(forward),
      Math.sign(left),
      forward / size,
      left / size,
    ];
  }

  function placeApple(): void {
    do apple = [generator.integers(0, size), generator.integers(0, size)];
    while (body.some(([x, y]) => x === apple[0] && y === apple[1]));
  }

  return {
    observationSpace: box(-1, 1, [10]),
    actionSpace: discrete(3),
    get apples() {
      return apples;
    },

    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      const [x, y] = [generator.integers(3, size - 3), generator.integers(3, size - 3)];
      body = [0, 1, 2].map((i): Cell => [x - i, y]);
      [heading, hungry, apples] = [0, 0, 0];
      placeApple();
      return { observation: observe(), info: {} };
    },

    step(action) {
      heading = (heading + 5 - action) % 4;
      const head = ahead(0);
      if (!isFree(head)) return { observation: observe(), reward: -1, terminated: true, truncated: false, info: {} };
      const eats = head[0] === apple[0] && head[1] === apple[1];
      body = [head, ...(eats ? body : body.slice(0, -1))];
      hungry = eats ? 0 : hungry + 1;
      if (eats) apples++;
      if (eats && body.length < size * size) placeApple();
      const terminated = body.length === size * size;
      return { observation: observe(), reward: eats ? 1 : 0, terminated, truncated: hungry >= patience, info: {} };
    },

    draw: () => ({
      view: { x: -0.75, y: -0.75, width: size + 0.5, height: size + 0.5 },
      shapes: [
        { kind: "polygon", points: corners(-0.5, -0.5, size), stroke: "faint", width: 0.12 },
        { kind: "circle", x: apple[0], y: apple[1], radius: 0.34, fill: "goal" },
        { kind: "line", points: body.map(([x, y]): Point => [x, y]), stroke: "body", width: 0.7 },
        { kind: "circle", x: body[0][0], y: body[0][1], radius: 0.42, fill: "limb" },
      ],
      fps: 12,
    }),
  };
}

const corners = (x: number, y: number, side: number): Point[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
