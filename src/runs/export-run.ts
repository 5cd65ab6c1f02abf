// The policy of a run as a file for other runtimes.

import { InputError } from "../errors.ts";
import { encodeModel } from "../onnx/model.ts";
import { onnxModel, type OnnxValue } from "../onnx/index.ts";
import { checkTarget, writeFileAtomic } from "./files.ts";
import { openPolicy, type OpenPolicyOptions } from "./open-run.ts";
import { readConfig } from "./run-folder.ts";

/** Options of {@link exportRun}. */
export interface ExportRunOptions extends OpenPolicyOptions {
  /** Write over a file that is there already. Default false. */
  readonly overwrite?: boolean;
}

/** What {@link exportRun} wrote. */
export interface ExportedRun {
  /** The size of the file. */
  readonly bytes: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/**
 * Writes the policy of a run as an ONNX model: see `exportOnnx`. The file is written whole or not at all.
 *
 * @param path Where to; it ends in `.onnx`.
 * @throws InputError if the run is missing, foreign or damaged, or no such file can be made; RunError if the disk
 *   refuses
 */
export async function exportRun(run: string, path: string, options: ExportRunOptions = {}): Promise<ExportedRun> {
  const { algorithm, env, seed } = readConfig(run);
  if (!path.endsWith(".onnx")) throw new InputError(`a policy is exported as an ONNX model: ${path} must end in .onnx`);
  checkTarget(path, options.overwrite ?? false);
  const policy = await openPolicy(run, options);
  const model = onnxModel(policy, {
    metadata: { algorithm, ...(env !== null && { environment: env }), seed: String(seed) },
  });
  const file = encodeModel(model);
  writeFileAtomic(path, file);
  return { bytes: file.length, inputs: model.inputs, outputs: model.outputs };
}
