// The policy of a run as a file for other runtimes.

import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../errors.ts";
import { encodeModel } from "../onnx/model.ts";
import { onnxModel, type OnnxValue } from "../onnx/index.ts";
import { loadPolicy } from "../training/index.ts";
import type { LoadPolicyOptions } from "../training/index.ts";
import { readPolicyBytes } from "./checkpoints.ts";
import { writeFileAtomic } from "./files.ts";
import { readConfig } from "./run-folder.ts";

export interface ExportRunOptions extends Pick<LoadPolicyOptions, "networks"> {
  /** The best policy of the run, rather than its last. Default false. */
  readonly best?: boolean;
  /** Write over a file that is there already. Default false. */
  readonly overwrite?: boolean;
}

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
 * @throws InputError where the run is missing, foreign or damaged, or no such file can be made; RunError where the disk refuses
 */
export async function exportRun(run: string, path: string, options: ExportRunOptions = {}): Promise<ExportedRun> {
  const { algorithm, env, seed } = readConfig(run);
  checkTarget(path, options.overwrite ?? false);
  const bytes = readPolicyBytes(run, options.best);
  const policy = await loadPolicy(bytes, { name: `the policy of ${run}`, networks: options.networks });
  const model = onnxModel(policy, { metadata: { algorithm, environment: env, seed: String(seed) } });
  const file = encodeModel(model);
  writeFileAtomic(path, file);
  return { bytes: file.length, inputs: model.inputs, outputs: model.outputs };
}

function checkTarget(path: string, overwrite: boolean): void {
  if (!path.endsWith(".onnx")) throw new InputError(`a policy is exported as an ONNX model: ${path} must end in .onnx`);
  const folder = dirname(path);
  if (!existsSync(folder)) throw new InputError(`cannot write ${path}: there is no folder ${folder}`);
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw new InputError(`cannot write ${path}: it is a folder`);
  if (!overwrite) throw new InputError(`${path} exists already; --force writes over it`);
}
