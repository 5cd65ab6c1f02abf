// A rollout as a batch to learn from: its entries are the rows or, for a policy with memory, each environment's whole
// sequence is one row.

import type { Batch, Column } from "../learning/columns.ts";
import type { ActorCritic } from "../policies/index.ts";
import { input, type Shape, type Tensor } from "../tensor/index.ts";
import { evaluateActions, type EvaluatedActions } from "./evaluate-actions.ts";
import type { Rollout } from "./rollout.ts";

type Entries = Float32Array | Float64Array | Uint8Array;

/** The rollout's actions as the policy sees them now, with everything else that is known about each step. */
export interface RolloutBatch extends Omit<EvaluatedActions, "feedFrom">, Batch {
  /**
   * An input that is fed from an array of the rollout's entries [steps, environments, width].
   *
   * @param prepare changes the values of each minibatch before they are fed
   * @param shape of the input. Default: one number for each step
   */
  input(name: string, entries: Entries, prepare?: Column["prepare"], shape?: Shape): Tensor;
  /** To be called once the rollout and the other arrays have new contents: lays them out by row. */
  refresh(): void;
}

/** A batch over a rollout's own arrays: call `refresh` after each collection, then feed programs from its columns. */
export function batchOf(policy: ActorCritic, rollout: Rollout): RolloutBatch {
  const { steps, environments: n } = rollout;
  const layout = policy.stateSize > 0 ? sequences(rollout) : entries;
  const actions = evaluateActions(policy, steps);
  const columns = actions.feedFrom({
    observations: layout.arrange(rollout.observations),
    actions: layout.arrange(rollout.actions),
    masks: rollout.masks && layout.arrange(rollout.masks),
    states: rollout.firstStates,
    remembers: layout.remembers,
  });
  return {
    // Not spread: a distribution's parameters are computed when they are asked for.
    ...actions,
    get distribution() {
      return actions.distribution;
    },
    rows: policy.stateSize > 0 ? n : steps * n,
    columns,
    input(name, entries, prepare, shape = actions.shape) {
      const tensor = input(name, shape);
      columns.push({ input: tensor, values: layout.arrange(entries), prepare });
      return tensor;
    },
    refresh: layout.refresh,
  };
}

interface Layout {
  /** The same contents by row, as of the last `refresh`. */
  arrange<T extends Entries>(entries: T): T;
  readonly remembers: Float32Array | undefined;
  refresh(): void;
}

const entries: Layout = { arrange: (x) => x, remembers: undefined, refresh: () => {} };

function sequences({ steps, environments: n, terminated, truncated }: Rollout): Layout {
  const arranged: { from: Entries; to: Entries }[] = [];
  const remembers = new Float32Array(n * steps);
  return {
    arrange(from) {
      const to = from.slice() as typeof from;
      arranged.push({ from, to });
      return to;
    },
    remembers,
    refresh() {
      for (const { from, to } of arranged) transpose(from, to, steps, n);
      for (let i = 0; i < n; i++) {
        remembers[i * steps] = 1; // the first state is that of the step, whatever came before
        for (let t = 1; t < steps; t++) {
          const before = (t - 1) * n + i;
          remembers[i * steps + t] = terminated[before] || truncated[before] ? 0 : 1;
        }
      }
    },
  };
}

/** [steps, n, width] → [n, steps, width]. */
function transpose(from: Entries, to: Entries, steps: number, n: number): void {
  const width = from.length / (steps * n);
  for (let t = 0; t < steps; t++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < width; j++) to[(i * steps + t) * width + j] = from[(t * n + i) * width + j];
}
