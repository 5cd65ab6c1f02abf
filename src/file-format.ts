// Formats of files carry a version, as in "polgrad-policy-1".

/**
 * Whether a file has a later version of the format that is read here: it was written by a newer polgrad.
 *
 * @param found what the file says, which may be anything
 * @param own the format that is written here
 */
export function isNewerFormat(found: unknown, own: string): found is string {
  const [, kind, version] = /^(.*)-(\d+)$/.exec(own)!;
  const [, foundKind, foundVersion] = (typeof found === "string" && /^(.*)-(\d{1,9})$/.exec(found)) || [];
  return foundKind === kind && Number(foundVersion) > Number(version);
}

/** What to say of such a file. */
export const newerFormat = (name: string, found: string, own: string): string =>
  `${name} was written by a newer polgrad: its format is ${found}, and this one reads up to ${own}`;
