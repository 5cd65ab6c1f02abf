// Language models as folders.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../errors.ts";
import { gptFiles, loadGpt, loadRewardModel, type LanguageModel, type ModelFiles, type RewardModel } from "../language/index.ts"; // prettier-ignore
import { readBytes, writeFileAtomic } from "./files.ts";
import { readConfig, runFiles } from "./run-folder.ts";

/**
 * The language model of a folder, or of a run: see `loadGpt`.
 *
 * @throws InputError if there is no such folder, or a file is missing or wrong
 */
export function readGptFolder(folder: string): LanguageModel {
  const of = modelFolder(folder);
  return loadGpt(filesIn(of), of);
}

/** The reward model of a run, or of a folder with the files of `rewardModelFiles`. @throws InputError likewise */
export function readRewardModelFolder(folder: string): RewardModel {
  const of = modelFolder(folder);
  return loadRewardModel(filesIn(of), of);
}

/** A folder of a model as it is, and of a run the one in it. */
function modelFolder(folder: string): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InputError(
      `there is no folder ${folder}; a model is a folder with config.json and model.safetensors, or "reviews", the built-in one`,
    );
  if (!existsSync(runFiles(folder).metrics)) return folder; // config.json is a file of both
  const { algorithm } = readConfig(folder);
  const { model } = runFiles(folder);
  if (!existsSync(model)) throw new InputError(`${folder} is a run of ${algorithm}, and has no language model in ${basename(model)}/`); // prettier-ignore
  return model;
}

function filesIn(folder: string): ModelFiles {
  const isWanted = (file: string): boolean =>
    file === "model.safetensors" || file === "reward-head.safetensors" || /\.(json|txt|bpe|model)$/.test(file);
  const all = readdirSync(folder);
  const names = all.filter((file) => isWanted(file) && statSync(join(folder, file)).isFile());
  if (names.length === 0 && all.length > 0)
    throw new InputError(`${folder} has no file config.json; it has ${all.slice(0, 5).join(", ")}`);
  return new Map(names.map((file) => [file, readBytes(join(folder, file))]));
}

/**
 * Writes a language model into a folder, which is made if there is none.
 *
 * @param dtype half the size in "F16". Default "F32"
 * @throws RunError where the disk refuses
 */
export function writeGptFolder(folder: string, model: LanguageModel, dtype: "F32" | "F16" = "F32"): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of gptFiles(model, dtype)) writeFileAtomic(join(folder, name), bytes);
}
