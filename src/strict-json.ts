// JSON from files: an object that has two members of one name, of which JSON.parse silently takes the last, is refused.

/** @throws SyntaxError if `text` is not JSON, or an object has two members of one name */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (countMembers(value) !== countColons(text))
    throw new SyntaxError("an object in it has two members of the same name");
  return value;
}

/** Members of all objects within a value, however deep: it does not recurse. */
function countMembers(value: unknown): number {
  let members = 0;
  const open = [value];
  while (open.length > 0) {
    const x = open.pop();
    if (typeof x !== "object" || x === null) continue;
    const isList = Array.isArray(x);
    const inner = isList ? (x as unknown[]) : Object.values(x);
    if (!isList) members += inner.length;
    for (const item of inner) if (typeof item === "object") open.push(item);
  }
  return members;
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];

/** Colons outside strings: in JSON, one for each member of an object. */
function countColons(json: string): number {
  let colons = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === colon) colons++;
    else if (code === quote) while (json.charCodeAt(++i) !== quote) if (json.charCodeAt(i) === backslash) i++;
  }
  return colons;
}
