// Files of JSON, one object a line.

import { existsSync, readFileSync } from "node:fs";
import { InputError } from "../errors.ts";

/** The objects of a file; null if there is none. @throws InputError that names the line which is no JSON */
export function readJsonLines(file: string): readonly unknown[] | null {
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw new InputError(`${file}, line ${i + 1}: not JSON; remove the file, and it is made anew`, { cause: error });
    }
  });
}
