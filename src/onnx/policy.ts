// A policy as an ONNX model: from an observation, as the environment returns it, to an action, as the environment takes
// it. The observation's encoding, its normalizer and the action's decoding are part of the model, so that none can be
// forgotten.

import { unitsOf, type GaussianOptions } from "../distributions/index.ts";
import { deviation, limit, type Moments } from "../math/moments.ts";
import { maskInput, stateInput, type ActorCritic, type Policy } from "../policies/index.ts";
import { describeSpace, elementSize, spaceToJson, type Box, type Space } from "../spaces/index.ts";
import { input } from "../tensor/index.ts";
import { version } from "../version.ts";
import { createGraphBuilder, range, translate, type GraphBuilder } from "./graph.ts";
import { encodeModel, type OnnxModel, type OnnxValue } from "./model.ts";

/** Options of {@link exportOnnx}. */
export interface ExportOnnxOptions {
  /** Further metadata of the file by name, such as the algorithm and the environment. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX model (opset 15) of a policy with its observation normalizer; ONNX Runtime runs it, also
 * in a page. The first size of all inputs and outputs is the batch, which may vary from run to run. Inputs:
 *
 * - `observation`, as the environment returns it: a Box as float32 [batch, components], flat; Discrete as int64 [batch];
 *   MultiDiscrete and MultiBinary as int64 [batch, components];
 * - `action_mask`, only of a policy that was trained with masks: bool [batch, choices], true for what is allowed;
 * - `state`, only of a policy with a memory: float32 [batch, stateSize], 0 when an episode begins, then the last
 *   `next_state`.
 *
 * Outputs:
 *
 * - `action`, the most probable one, as the environment takes it: int64 [batch] for Discrete, int64 [batch, components]
 *   for MultiDiscrete and MultiBinary; for a Box the mean within its bounds, float32 [batch, components];
 * - `probabilities` and `logits` [batch, choices] of discrete actions: of all choices in the order of the action space,
 *   and for MultiBinary of a 1 in each component. Logits are normalized (log-probabilities), except for MultiBinary;
 * - `mean` and `log_std` [batch, components] for a Box: of the Gaussian, before clipping;
 * - `value`, V(s), float32 [batch];
 * - `next_state`, only of a policy with a memory: its state after this observation.
 *
 * The metadata hold `observation_space` and `action_space` as JSON.
 *
 * @throws InputError if custom networks read an input that a policy does not have
 */
export const exportOnnx = (policy: Policy, options: ExportOnnxOptions = {}): Uint8Array =>
  encodeModel(onnxModel(policy, options));

/** The model that {@link exportOnnx} writes. */
export function onnxModel(policy: Policy, { metadata = {} }: ExportOnnxOptions = {}): OnnxModel {
  const { engine, observationSpace, actionSpace, observationSize, normalizer, forward, ...sizes } =
    policy as ActorCritic;
  const { maskSize, stateSize } = sizes;
  const inputs: OnnxValue[] = [
    observationValue(observationSpace),
    ...(maskSize > 0 ? [maskValue(maskSize)] : []),
    ...(stateSize > 0 ? [stateValue(stateSize)] : []),
  ];
  const outputs: OnnxValue[] = [
    ...actionValues(actionSpace),
    valueOutput,
    ...(stateSize > 0 ? [nextStateValue(stateSize)] : []),
  ];
  const builder = createGraphBuilder([...inputs, ...outputs].map(({ name }) => name));

  const observations = input("observations", ["rows", observationSize]);
  const [masks, before] = [maskInput(policy as ActorCritic), stateInput(policy as ActorCritic)];
  const encoded = encoding(builder, observationSpace);
  const names = new Map([[observations, normalizer ? normalization(builder, normalizer, encoded) : encoded]]);
  if (masks) names.set(masks, builder.cast("action_mask", "float32"));
  if (before) names.set(before, "state");

  const { distribution, value, state } = forward(observations, masks, before);
  const { parameters, probabilities } = distribution;
  const results = [parameters, probabilities, value, state].filter((t) => t !== undefined);
  const nameOf = translate(builder, results, { inputs: names, read: engine.read });
  decode(builder, policy as ActorCritic, nameOf(parameters), probabilities ? nameOf(probabilities) : "");
  builder.output("value", nameOf(value));
  if (state) builder.output("next_state", nameOf(state));

  return {
    name: "policy",
    description: `A policy from ${describeSpace(observationSpace)} to ${describeSpace(actionSpace)}, and its value.`,
    producerVersion: version,
    metadata: {
      ...metadata,
      observation_space: JSON.stringify(spaceToJson(observationSpace)),
      action_space: JSON.stringify(spaceToJson(actionSpace)),
    },
    inputs,
    outputs,
    nodes: builder.nodes,
    constants: builder.constants,
  };
}

const maskValue = (size: number): OnnxValue => ({
  name: "action_mask",
  type: "bool",
  shape: ["batch", size],
  description: "true for what is allowed",
});

const stateValue = (size: number): OnnxValue => ({
  name: "state",
  type: "float32",
  shape: ["batch", size],
  description: "the memory: 0 when an episode begins, then the last next_state",
});

const nextStateValue = (size: number): OnnxValue => ({
  name: "next_state",
  type: "float32",
  shape: ["batch", size],
  description: "the memory after this observation",
});

const valueOutput: OnnxValue = {
  name: "value",
  type: "float32",
  shape: ["batch"],
  description: "V(s), the discounted return that the critic expects",
};

function observationValue(space: Space): OnnxValue {
  const value = {
    name: "observation",
    description: `in ${describeSpace(space)}, as the environment returns it`,
  };
  switch (space.kind) {
    case "box":
      return { ...value, type: "float32", shape: ["batch", space.low.length] };
    case "discrete":
      return { ...value, type: "int64", shape: ["batch"] };
    case "multiDiscrete":
    case "multiBinary":
      return { ...value, type: "int64", shape: ["batch", elementSize(space)] };
  }
}

/** What the network sees of the observation, [batch, observationSize]: see `encode` in spaces. */
function encoding(builder: GraphBuilder, space: Space): string {
  const { add, cast, ints } = builder;
  switch (space.kind) {
    case "box":
      return "observation";
    case "multiBinary":
      return cast("observation", "float32");
    case "discrete": {
      const index = add("Unsqueeze", ["observation", ints([1])]);
      return cast(add("Equal", [index, ints(range(space.start, space.n))]), "float32");
    }
    case "multiDiscrete": {
      // Each component once for each of its choices, beside the choice that it would have to be.
      const components = space.counts.flatMap((count, i) => Array<number>(count).fill(i));
      const choices = space.counts.flatMap((count) => range(0, count));
      const repeated = add("Gather", ["observation", ints(components)], { axis: 1 });
      return cast(add("Equal", [repeated, ints(choices)]), "float32");
    }
  }
}

/**
 * (x − mean) / deviation, within ±10: `standardize`, in float32. The mean is split into two numbers, so that an
 * observation that varies little around a large mean loses nothing.
 */
function normalization(builder: GraphBuilder, moments: Moments, x: string): string {
  const { add, floats } = builder;
  const { mean } = moments;
  const rest = mean.map((m) => m - Math.fround(m));
  const scale = mean.map((_, j) => 1 / deviation(moments, j));
  const centered = add("Sub", [
    add("Sub", [x, floats(mean, [mean.length], "normalizer.mean")]),
    floats(rest, [mean.length], "normalizer.mean.rest"),
  ]);
  const scaled = add("Mul", [centered, floats(scale, [scale.length], "normalizer.scale")]);
  return add("Clip", [scaled, floats([-limit], []), floats([limit], [])]);
}

/** The outputs that describe actions in `space`. */
function actionValues(space: Space): OnnxValue[] {
  const choices = `of the choices in ${describeSpace(space)}`;
  switch (space.kind) {
    case "discrete":
    case "multiDiscrete": {
      const discrete = space.kind === "discrete";
      const shape = ["batch", discrete ? space.n : space.counts.reduce((a, b) => a + b, 0)];
      return [
        {
          name: "action",
          type: "int64",
          shape: discrete ? ["batch"] : ["batch", space.counts.length],
          description: "the most probable",
        },
        { name: "probabilities", type: "float32", shape, description: choices },
        { name: "logits", type: "float32", shape, description: `log-probabilities ${choices}` },
      ];
    }
    case "multiBinary":
      return [
        { name: "action", type: "int64", shape: ["batch", space.n], description: "the most probable" },
        { name: "probabilities", type: "float32", shape: ["batch", space.n], description: "of a 1 in each component" },
        { name: "logits", type: "float32", shape: ["batch", space.n], description: "of a 1 in each component" },
      ];
    case "box": {
      const shape = ["batch", space.low.length];
      return [
        { name: "action", type: "float32", shape, description: "of the mean, within the bounds of the space" },
        { name: "mean", type: "float32", shape, description: "of each component's Gaussian, in units of its draws" },
        { name: "log_std", type: "float32", shape, description: "of each component's Gaussian: log σ" },
      ];
    }
  }
}

/** Draws of a Gaussian as actions, before clipping. */
function inUnits({ add, floats }: GraphBuilder, space: Box, { kind }: GaussianOptions, u: string): string {
  const { center, half, squashed } = unitsOf(space, kind);
  const k = center.length;
  if (half.every((h, i) => h === 1 && center[i] === 0) && squashed.length === 0) return u;
  const isSquashed = Float32Array.from(center, (_, i) => (squashed.includes(i) ? 1 : 0));
  const rest = isSquashed.map((is) => 1 - is);
  const bounded = add("Add", [
    add("Mul", [add("Tanh", [u]), floats(isSquashed, [k], "action.squashed")]),
    add("Mul", [u, floats(rest, [k], "action.notSquashed")]),
  ]);
  return add("Add", [
    add("Mul", [bounded, floats(half, [k], "action.halfWidth")]),
    floats(center, [k], "action.center"),
  ]);
}

/**
 * Makes the outputs of {@link actionValues} from a distribution's parameters, and from probabilities if there are any.
 */
function decode(
  builder: GraphBuilder,
  { actionSpace: space, gaussianOptions }: ActorCritic,
  parameters: string,
  probabilities: string,
): void {
  const { add, cast, floats, ints, output } = builder;
  const columns = (x: string, start: number, size: number): string =>
    add("Slice", [x, ints([start]), ints([start + size]), ints([1])]);
  if (space.kind === "box") {
    const k = space.low.length;
    const mean = columns(parameters, 0, k);
    output("mean", mean);
    output("log_std", columns(parameters, k, k));
    const bounded = add("Max", [inUnits(builder, space, gaussianOptions, mean), floats(space.low, [k], "action.low")]);
    output("action", add("Min", [bounded, floats(space.high, [k], "action.high")]));
    return;
  }
  output("logits", parameters);
  output("probabilities", probabilities);
  switch (space.kind) {
    case "discrete": {
      const index = add("ArgMax", [probabilities], { axis: 1, keepdims: 0 });
      return output("action", space.start === 0 ? index : add("Add", [index, ints([space.start])]));
    }
    case "multiDiscrete": {
      let start = 0;
      const choices = space.counts.map((count) => {
        start += count;
        return add("ArgMax", [columns(probabilities, start - count, count)], { axis: 1, keepdims: 1 });
      });
      return output("action", add("Concat", choices, { axis: 1 }));
    }
    case "multiBinary":
      return output("action", cast(add("Greater", [probabilities, floats([0.5], [])]), "int64"));
  }
}
