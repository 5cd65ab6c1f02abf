// JSON from files that people may have edited.

import { InputError } from "../errors.ts";
import { parseStrictJson } from "../strict-json.ts";
import { messageOf } from "../text/values.ts";

/** What the JSON in a file says. @throws InputError naming the file if it is not JSON, or has a member twice */
export function jsonOfFile(text: string, name: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    throw new InputError(`${name} is not JSON: ${messageOf(error)}`);
  }
}
