// Terms with their descriptions, as help and lists have them: beside each other where there is room, else below.

/** Columns that a description needs to stand beside its term. */
const narrowest = 34;

/** Text in lines of at most `width` columns; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/**
 * A term and what it means, indented, in lines of at most `width` columns.
 *
 * @param termWidth columns of the longest term of the list
 */
export function termLines(term: string, description: string, termWidth: number, width: number): string {
  if (description === "") return `  ${term}`;
  const left = termWidth + 4;
  if (width - left >= narrowest) {
    const lines = wrapped(description, width - left);
    return `  ${term.padEnd(termWidth)}  ${lines.join(`\n${" ".repeat(left)}`)}`;
  }
  return [`  ${term}`, ...wrapped(description, width - 6).map((line) => `      ${line}`)].join("\n");
}
