// PPO, epoch by epoch: where the ratios of a rollout's steps go, what of them still has a gradient, and how far the policy
// moves. Beside it a lane with the usual settings and the same seed.

import { advantages, createTraining, losses, tensor, type Training, type UpdateReport } from "polgrad";
import { ppoByEpochs, symmetricClipLoss, type Look, type PolicyLoss } from "polgrad/experiments/ppo-by-epochs";
import type { Create } from "../../worker/simulation.ts";
import { optionsOf, settings, type PpoConfiguration } from "./settings.ts";

/** A step of the rollout: ρ, A, and whether the objective has no gradient there. */
export interface Dots {
  readonly ratios: Float32Array;
  readonly advantages: Float32Array;
  readonly silent: Uint8Array;
}

export interface PpoSnapshot {
  readonly update: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly dots: Dots;
  /** Steps by the sign of A and the side of ρ, and how many of them are silent. */
  readonly cases: readonly { readonly count: number; readonly silent: number }[];
  /** KL(π_old ‖ π) after each epoch of this update: of this lane, and of the usual one. */
  readonly kl: readonly (readonly number[])[];
  /** Environment steps, and the mean return of the last 100 episodes of both lanes. */
  readonly curve: readonly (readonly (number | null)[])[];
  /** The objective over ρ, for A = 1 and A = −1: this loss, and without a clip. */
  readonly shapes: {
    readonly ratios: readonly number[];
    readonly good: readonly number[];
    readonly bad: readonly number[];
  };
  /** The step whose ratio has moved most, and what the objective makes of it. */
  readonly farthest: {
    readonly ratio: number;
    readonly advantage: number;
    readonly plain: number;
    readonly clipped: number;
    readonly objective: number;
  };
  readonly metrics: Readonly<Record<string, number>>;
}

const totalSteps = 40_960;
/** Of how many steps there is one dot. */
const every = 4;

const policyLosses: Readonly<Record<PpoConfiguration["loss"], PolicyLoss>> = {
  min: losses.ppoClipLoss,
  symmetric: symmetricClipLoss,
  unclipped: (ratio, advantage) => losses.surrogateLoss(ratio, advantage),
};

/** What a loss is of single steps, and its slopes in ρ, in float64. */
function evaluate(loss: PolicyLoss, clip: number, ratios: ArrayLike<number>, weights: ArrayLike<number>) {
  const [ratio, advantage] = [tensor.input("ratio", ["rows"]), tensor.input("advantage", ["rows"])];
  const objective = tensor.neg(loss(ratio, advantage, clip));
  const [slope] = tensor.gradients(objective, [ratio]);
  const feeds = new Map([
    [ratio, Array.from(ratios)],
    [advantage, Array.from(weights)],
  ]);
  const { outputs } = tensor.runReference({ outputs: { objective, slope } }, feeds);
  return { objective: outputs.objective[0], slopes: outputs.slope };
}

/** One training, to be gone through epoch by epoch. */
async function createLane(configuration: PpoConfiguration) {
  const looks: { last?: Look; kl: number[] } = { kl: [] };
  let isNew = false;
  const algorithm = ppoByEpochs({
    policyLoss: policyLosses[configuration.loss],
    onEpoch(look) {
      if (look.epoch === 1) looks.kl = [];
      looks.kl.push(look.kl);
      looks.last = look;
      isNew = true;
    },
  });
  const options = { env: "CartPole-v1", totalSteps, strict: true, ...optionsOf(configuration) };
  const training: Training = await createTraining(algorithm, options);
  let slices: Generator<unknown, UpdateReport> | undefined;
  let report: UpdateReport | undefined;
  return {
    training,
    looks,
    get report() {
      return report;
    },
    /** Goes on to the end of the next epoch. */
    async step() {
      isNew = false;
      while (!isNew && !training.done) {
        slices ??= training.updateInSlices();
        const slice = slices.next();
        if (!slice.done) await slice.value;
        else {
          report = slice.value;
          slices = undefined;
        }
      }
    },
  };
}

export const create: Create<PpoConfiguration, PpoSnapshot> = async (configuration) => {
  const { loss, clip, epochs } = configuration;
  const lanes = await Promise.all([
    createLane(configuration),
    createLane({ ...settings.defaults, epochs, learningRate: configuration.learningRate, seed: configuration.seed }),
  ]);
  const [own, other] = lanes;
  const curve: (number | null)[][] = [[], [], []];
  const half = clip;
  const [low, high] = [1 - half, 1 + half]; // where steps are sorted into cases

  const grid = Array.from({ length: 61 }, (_, i) => i / 30);
  const shape = (advantage: number): number[] =>
    grid.map((ratio) => evaluate(policyLosses[loss], clip, [ratio], [advantage]).objective);
  const shapes = { ratios: grid, good: shape(1), bad: shape(-1) };

  function look(): Pick<PpoSnapshot, "dots" | "cases" | "farthest"> {
    const { last } = own.looks;
    const kept = (of: ArrayLike<number>): Float32Array =>
      Float32Array.from({ length: Math.ceil(of.length / every) }, (_, i) => of[i * every]);
    const ratios = kept(last?.ratios ?? []);
    const weights = kept(last ? advantages.normalize(last.advantages, new Float64Array(last.advantages.length)) : []);
    const slopes = ratios.length > 0 ? evaluate(policyLosses[loss], clip, ratios, weights).slopes : [];
    const silent = Uint8Array.from(slopes, (slope) => (slope === 0 ? 1 : 0));
    const cases = [0, 1, 2, 3].map(() => ({ count: 0, silent: 0 }));
    let farthest = 0;
    ratios.forEach((ratio, i) => {
      const good = weights[i] > 0;
      const one = cases[good ? (ratio > high ? 1 : 0) : ratio < low ? 3 : 2];
      one.count++;
      one.silent += silent[i];
      if (distance(ratio) > distance(ratios[farthest])) farthest = i;
    });
    const [ratio, advantage] = ratios.length > 0 ? [ratios[farthest], weights[farthest]] : [1, 0];
    const of = (policyLoss: PolicyLoss): number => evaluate(policyLoss, clip, [ratio], [advantage]).objective;
    return {
      dots: { ratios, advantages: weights, silent },
      cases,
      farthest: {
        ratio,
        advantage,
        plain: of(policyLosses.unclipped),
        clipped: of(policyLosses.symmetric),
        objective: of(policyLosses[loss]),
      },
    };
  }

  return {
    pace: 12,
    get done() {
      return own.training.done;
    },
    async step() {
      const { updates } = own.training;
      await own.step();
      await other.step();
      if (own.training.updates === updates) return;
      curve[0].push(own.training.step);
      curve[1].push(own.training.meanReturn100);
      curve[2].push(other.training.meanReturn100);
    },
    snapshot: () => ({
      update: (own.looks.last?.update ?? -1) + 1,
      epoch: own.looks.last?.epoch ?? 0,
      epochs,
      step: own.training.step,
      totalSteps,
      ...look(),
      kl: lanes.map(({ looks }) => looks.kl.slice()),
      curve: curve.map((column) => column.slice()),
      shapes,
      metrics: own.report?.metrics ?? {},
    }),
    close() {
      for (const { training } of lanes) training.close();
    },
  };
};

/** How far a ratio is from 1, to either side. */
const distance = (x: number): number => Math.abs(x - 1);
