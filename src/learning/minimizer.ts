// One way to minimize losses: gradients, clipping by their norm, an optimizer each, metrics that are summed up inside
// the program, a guard against NaN, and minibatches.

import { RunError } from "../errors.ts";
import {
  clipScale,
  globalNorm,
  optimizers as optimizersByName,
  type CreateOptimizer,
  type Optimizer,
} from "../optimizers/index.ts";
import type { Generator as RandomGenerator } from "../random/index.ts";
import {
  add,
  assign,
  constant,
  finite,
  gradients,
  named,
  select,
  variable,
  type Engine,
  type Program,
  type Tensor,
  type Variable,
  explanations,
  loadExplanations,
} from "../tensor/index.ts";
import { feed, gather, minibatchBounds, shuffleIndices, type Batch } from "./columns.ts";
import type { Metrics, Stateful } from "./learner.ts";

/** A loss, what it trains, and how. */
export interface Objective {
  /** A scalar. */
  readonly loss: Tensor;
  /** What the gradient is taken with respect to. */
  readonly variables: readonly Variable[];
  /** What the step is applied to, where that is something else of the same shapes. Default: `variables`. */
  readonly applyTo?: readonly Variable[];
  readonly optimizer: CreateOptimizer;
  /** The norm of the whole gradient is clipped to this. Default: not clipped. */
  readonly maxGradientNorm?: number;
  /** Tells the optimizers of several objectives apart. Default "optimizer". */
  readonly name?: string;
  /** The metric that the gradient's norm before clipping becomes. Default "gradientNorm". */
  readonly normMetric?: string;
}

/** How an objective's steps are taken, as options say. */
export const optimizerOf = (options: {
  readonly optimizer: keyof typeof optimizersByName;
  readonly maxGradientNorm: number;
}): Pick<Objective, "optimizer" | "maxGradientNorm"> => ({
  optimizer: optimizersByName[options.optimizer],
  maxGradientNorm: options.maxGradientNorm,
});

/** What goes with the objectives of {@link createMinimizer}. */
export interface MinimizerOptions<Metric extends string> {
  /** Whose losses these are, for messages. */
  readonly algorithm: string;
  /** Scalars of each step, whose means `finish` returns along with the gradients' norms. */
  readonly metrics: Readonly<Record<Metric, Tensor>>;
  /** Rows of a step at most. Default: the program is compiled anew for larger ones. */
  readonly capacity?: number;
  /** Tokens of a sequence at most, where rows are tokens: batches then have layouts. */
  readonly longest?: number;
  /** Whether what is learned from are rewards, whose size may be what is wrong. Default true. */
  readonly rewarded?: boolean;
}

/** Takes gradient steps, and sums up metrics over them. */
export interface Minimizer<Metric extends string = string> extends Stateful<number[]> {
  readonly optimizers: readonly Optimizer[];
  /** The optimizers' own variables, for a checkpoint. */
  readonly variables: readonly Variable[];
  /** Sets an input that is a scalar, for all steps until it is set again. */
  set(input: Tensor, value: number): void;
  /** Compiles for steps of so many rows now, rather than at the first of them. */
  compile(rows: number): void;
  /** Begins the metrics anew. */
  start(): void;
  /** One step from a whole batch, at a learning rate for each objective. */
  step(batch: Batch, ...learningRates: number[]): void;
  /** The same with the same bits; yields now and then, if it takes more than some milliseconds. */
  stepInSlices(batch: Batch, ...learningRates: number[]): Generator<void, void>;
  /**
   * A step from each of so many minibatches of a batch, whose rows are shared out to them in random order, and whose
   * sizes differ by at most one; yields after each, and now and then within long ones.
   */
  epoch(
    batch: Batch,
    minibatches: number,
    shuffler: RandomGenerator,
    ...learningRates: number[]
  ): Generator<void, void>;
  /** A metric summed up over the steps since `start`. */
  sum(metric: Metric): number;
  /** All of them, with the gradients' norms. */
  sums(): Metrics;
  /** @throws RunError as `finish` does; cheap enough to call after every step */
  assertFinite(at: number): void;
  /**
   * The means of the metrics over the steps since `start`; 0 where there were none.
   *
   * @param at the environment steps (or what else the run counts) so far, for the message
   * @param more metrics that were measured otherwise, to be checked and returned as well
   * @throws RunError if one is not finite, naming the first tensor that held a NaN; the variables are then those
   *   before the bad step
   */
  finish(at: number, more?: Metrics): Metrics;
  /** A description of the first tensor that held a NaN in the last steps; undefined if there is none. */
  explainNaN(): string | undefined;
}

/** Rows that a program without a given capacity is compiled for at least. */
const leastCapacity = 512;

/**
 * Compiles gradients, clipping and optimizers into one program.
 *
 * @param objective one, or several whose steps are taken together, in one run of the program
 */
export function createMinimizer<Metric extends string>(
  engine: Engine,
  objective: Objective | readonly Objective[],
  { algorithm, metrics, capacity, longest, rewarded }: MinimizerOptions<Metric>,
): Minimizer<Metric> {
  const objectives = [objective].flat<readonly (Objective | readonly Objective[])[]>() as readonly Objective[];
  const gradientsOf = objectives.map(({ loss, variables }) => gradients(loss, variables));
  const norms = gradientsOf.map((g, i) => named(`${objectives[i].name ?? ""} gradient norm`.trim(), globalNorm(g)));
  const values: Record<string, Tensor> = { ...metrics };
  objectives.forEach(({ normMetric = "gradientNorm" }, i) => (values[normMetric] = norms[i]));

  // Metrics are summed up inside the program: no number is read back between steps.
  const names = Object.keys(values);
  const accumulators = names.map((name) => variable(`diagnostics.${name}`, []));
  const totals = names.map((name, i) => add(accumulators[i], values[name]));
  const total = totals.reduce((a, b) => add(a, b));
  // As soon as a metric is not finite, in this step or an earlier one since `start`, optimizers skip their step. The
  // scale is then infinite rather than NaN: `explainNaN` looks for the first NaN that there is.
  const guard = (scale: Tensor): Tensor => select(finite(total), scale, Infinity);
  const optimizers = objectives.map(({ variables, applyTo = variables, optimizer, maxGradientNorm, name }, i) =>
    optimizer({
      name,
      variables: applyTo,
      gradients: gradientsOf[i],
      gradientScale: guard(maxGradientNorm === undefined ? constant(1) : clipScale(norms[i], maxGradientNorm)),
    }),
  );
  const updates = [...optimizers.flatMap((o) => o.updates), ...accumulators.map((sum, i) => assign(sum, totals[i]))];

  let program: Program<"total"> | undefined;
  const compiledFor = (rows: number): Program<"total"> => {
    if (program && program.capacity >= rows) return program;
    const spec = { outputs: { total }, updates };
    program = engine.compile(spec, { capacity: capacity ?? Math.max(leastCapacity, 2 * rows), longest });
    for (const [input, value] of scalars) minimizer.set(input, value);
    return program;
  };
  /** To be called before each run of the program. */
  const prepare = (learningRates: readonly number[]): void => {
    for (let i = 0; i < optimizers.length; i++) optimizers[i].prepare(program!, learningRates[i]);
    [learningRate] = learningRates;
    steps++;
  };
  const scalars = new Map<Tensor, number>();
  const sum = new Float32Array(1);
  let steps = 0; // since `start`
  let learningRate: number | undefined; // of the first objective's last step
  let order = new Int32Array(0);
  /** Feeds what the last step or epoch was fed with again, part by part. */
  let feedAgain: () => Iterable<number | undefined> = () => [];

  /** The program, ready for a step from a whole batch. */
  const feedWith = ({ columns, rows }: Batch, learningRates: readonly number[]): Program<"total"> => {
    const ready = compiledFor(rows);
    feed(ready, columns, rows);
    prepare(learningRates);
    feedAgain = () => [undefined];
    return ready;
  };

  const minimizer: Minimizer<Metric> = {
    optimizers,
    variables: optimizers.flatMap((o) => o.state),
    set(input, value) {
      scalars.set(input, value);
      if (program?.reads(input)) program.write(input, value);
    },
    compile: (rows) => void compiledFor(rows),
    start() {
      sum[0] = 0;
      for (const accumulator of accumulators) engine.write(accumulator, sum);
      steps = 0;
    },
    step(batch, ...learningRates) {
      feedWith(batch, learningRates).run(batch.layout ?? batch.rows);
    },
    *stepInSlices(batch, ...learningRates) {
      yield* feedWith(batch, learningRates).runInSlices(batch.layout ?? batch.rows);
    },
    *epoch({ columns, rows }, minibatches, shuffler, ...learningRates) {
      const minibatch = (m: number): number => {
        const [from, to] = minibatchBounds(rows, minibatches, m);
        gather(compiledFor(to - from), columns, order, from, to - from);
        return to - from;
      };
      compiledFor(Math.ceil(rows / minibatches));
      if (order.length !== rows) order = new Int32Array(rows);
      feedAgain = function* () {
        for (let m = 0; m < minibatches; m++) yield minibatch(m);
      };
      shuffleIndices(order, shuffler);
      for (let m = 0; m < minibatches; m++) {
        const rows = minibatch(m);
        prepare(learningRates);
        yield* program!.runInSlices(rows);
        yield;
      }
    },
    sum: (metric) => engine.read(accumulators[names.indexOf(metric)], sum)[0],
    sums() {
      const sums: Record<string, number> = {};
      for (let i = 0; i < names.length; i++) sums[names[i]] = engine.read(accumulators[i], sum)[0];
      return sums;
    },
    assertFinite(at) {
      if (Number.isFinite(program!.readScalar("total"))) return;
      assertFinite(minimizer.sums(), { algorithm, step: at, learningRate, rewarded }, minimizer.explainNaN);
    },
    finish(at, more) {
      // Callers add to it by Object.assign: a spread into a new object takes ten times as long, and updates may be short.
      const means: Record<string, number> = minimizer.sums();
      for (const name of names) means[name] /= Math.max(1, steps);
      Object.assign(means, more);
      assertFinite(means, { algorithm, step: at, learningRate, rewarded }, minimizer.explainNaN);
      return means;
    },
    explainNaN() {
      minimizer.start(); // else what was summed up would be the first NaN
      for (const rows of feedAgain()) {
        const found = program!.explainNaN(rows);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    getState: () => optimizers.map((o) => o.steps),
    setState: (state) => optimizers.forEach((o, i) => (o.steps = state[i])),
  };
  return minimizer;
}

/** The names of metrics that are not finite, or were not before they went through JSON. */
const infiniteOf = (metrics: Readonly<Record<string, number | null>>): string[] =>
  Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]));

/**
 * Ends training where a metric is not finite.
 *
 * @param explain describes the first NaN, where there is one
 * @throws RunError that names the first tensor with a NaN, or what overflowed
 */
export function assertFinite(
  metrics: Readonly<Record<string, number | null>>,
  where: {
    readonly algorithm: string;
    readonly step: number;
    readonly learningRate?: number;
    readonly rewarded?: boolean;
  },
  explain: () => string | undefined,
): void {
  const infinite = infiniteOf(metrics);
  if (infinite.length === 0) return;
  const errorWith = (cause: string): RunError => {
    const error = new RunError(
      `${where.algorithm}: the loss or its gradient stopped being a finite number at step ${where.step}; ${cause}` +
        `. The weights are those before the bad step. A lower learning rate ` +
        `${where.learningRate === undefined ? "" : `than ${Number(where.learningRate.toPrecision(3))} `}` +
        `${where.rewarded === false ? "" : "or normalized rewards "}may help.`,
    );
    error.recurs = true;
    return error;
  };
  const explained = (): RunError => {
    const found = explain();
    return errorWith(
      found
        ? `the first tensor that holds a NaN is ${found}`
        : `an intermediate value overflowed float32, and with it ${infinite.join(", ")}`,
    );
  };
  if (explanations()) throw explained();
  const error = errorWith(`not finite any more: ${infinite.join(", ")}`);
  error.explained = () => loadExplanations().then(explained);
  throw error;
}
