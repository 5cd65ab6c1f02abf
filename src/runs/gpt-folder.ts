// Language models as folders.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { gptFiles, loadGpt, type LanguageModel } from "../language/index.ts";
import { readBytes, writeFileAtomic } from "./files.ts";

/**
 * The language model of a folder: see `loadGpt`.
 *
 * @throws InputError if there is no such folder, or a file is missing or wrong
 */
export function readGptFolder(folder: string): LanguageModel {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InputError(
      `there is no folder ${folder}; a model is a folder with config.json and model.safetensors, or "reviews", the built-in one`,
    );
  const isWanted = (file: string): boolean => file === "model.safetensors" || /\.(json|txt|bpe|model)$/.test(file);
  const names = readdirSync(folder).filter((file) => isWanted(file) && statSync(join(folder, file)).isFile());
  return loadGpt(new Map(names.map((file) => [file, readBytes(join(folder, file))])), folder);
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
