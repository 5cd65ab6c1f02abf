// The results of `polgrad exact` as two tables of at most 80 columns: values, and the gradient by each way.

import type { Mdp } from "../envs/index.ts";
import type { Values, ways } from "../exact/index.ts";
import { fixed } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";

/** A way to the gradient. */
export type Way = (typeof ways)[number];

/** What is told of an environment and a policy. */
export interface ExactFacts {
  readonly env: string;
  readonly policy: string;
  readonly gamma: number;
  readonly mdp: Pick<Mdp, "states" | "actions">;
  /** The states in which an episode can be while it goes on. */
  readonly open: readonly number[];
  /** π(a|s) [states × actions]. */
  readonly probabilities: Float64Array;
  readonly values: Values;
  /** ∇J by each way; null where it cannot be computed so. */
  readonly gradients: Readonly<Record<Way, Float64Array | null>>;
  /** Why some way cannot, and what else is to be known. */
  readonly notes: readonly string[];
  /** How many trajectories there are; null where they were not enumerated. */
  readonly trajectories: number | null;
  /** Between two of the gradients, in any component; null where there are not two. */
  readonly largestDifference: number | null;
}

/** The results as text. States in which no episode can go on, as the terminal ones, are left out. */
export function exactTables(facts: ExactFacts): string {
  const { env, policy, gamma, open, probabilities, values, gradients, notes, trajectories, largestDifference } = facts;
  const { actions } = facts.mdp;
  const pairs = open.flatMap((s) => Array.from({ length: actions }, (_, a) => s * actions + a));
  /** A column over states has a number in the first row of each. */
  const ofStates = (title: string, numbers: ArrayLike<number>): string[] => {
    const texts = aligned(open.map((s) => numbers[s]));
    return [title, ...pairs.map((k) => (k % actions === 0 ? texts[open.indexOf(k / actions)] : ""))];
  };
  const ofPairs = (title: string, numbers: Float64Array | null): string[] => [
    title,
    ...(numbers === null ? pairs.map(() => "–") : aligned(pairs.map((k) => numbers[k]))),
  ];
  const s = ["s", ...pairs.map((k) => (k % actions === 0 ? String(k / actions) : ""))];
  const a = ["a", ...pairs.map((k) => String(k % actions))];
  const whose = policy === "uniform" ? "the uniform policy" : `the policy of ${inOneLine(policy)}`;
  const counted = trajectories === null ? "" : ` (there are ${trajectories.toLocaleString("en-US")})`;
  return [
    `${inOneLine(env)}, ${whose}, γ = ${gamma}\n`,
    `J = ${Number(values.j.toPrecision(10))}, the expected ${gamma < 1 ? "discounted return" : "return"} of an episode\n`,
    table([
      s,
      ofStates("V(s)", values.v),
      ofStates("d(s)", values.occupancy),
      a,
      ofPairs("π(a|s)", probabilities),
      ofPairs("Q(s,a)", values.q),
      ofPairs("A(s,a)", values.advantage),
    ]),
    "d(s): expected number of visits in an episode, each weighted by γᵗ\n",
    "∇J, by θ(s,a) of π = softmax θ(s,·), in three ways",
    table([
      s,
      a,
      ofPairs("trajectories", gradients.trajectories),
      ofPairs("dynamic programming", gradients["dynamic programming"]),
      ofPairs("differences", gradients.differences),
    ]),
    `trajectories: the mean of R(τ) Σ ∇log π over all of them${counted}`,
    "dynamic programming: Σ d(s) ∇π(a|s) Q(s,a), the policy gradient theorem",
    "differences: of J, at θ moved up and down",
    ...(largestDifference === null
      ? []
      : [`Largest difference between two of them: ${largestDifference.toPrecision(2)}`]),
    ...notes.map(wrapped),
    "",
  ].join("\n");
}

/** Numbers of one column, with as many digits after the point as give the largest of them five in all. */
function aligned(numbers: readonly number[]): string[] {
  const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest >= 1e7) return numbers.map((x) => x.toExponential(4));
  const digits = largest === 0 ? 0 : Math.max(0, Math.min(12, 5 - Math.ceil(Math.log10(largest) + 1e-9)));
  return numbers.map((x) => fixed(x, digits));
}

/** Text in lines of at most 80 columns. */
const wrapped = (text: string): string => text.replace(/(.{1,80})( |$)/g, "$1\n").trimEnd();

/** Columns, right-aligned, each with its title at the top. */
function table(columns: readonly (readonly string[])[]): string {
  const widths = columns.map((column) => Math.max(...column.map((text) => text.length)));
  return columns[0]
    .map((_, row) => `  ${columns.map((column, i) => column[row].padStart(widths[i])).join("  ")}`.trimEnd())
    .join("\n");
}
