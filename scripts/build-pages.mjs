// What the pages of experiments are built with: formulas in TeX become MathML, and functions that a page shows are taken
// from the source. Both are found in the text of src/experiments, and written there as modules.

import katex from "katex";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "src/experiments");
const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".generated.ts"))
  .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));

/** Texts that pages show are in these. */
const hasProse = ({ file }) => /^(lecture[\\/].*|arc\.ts)$/.test(file);

/** The formulas of a file: between dollars that begin no placeholder, in its strings. */
function* formulasOf({ file, text }) {
  for (const [literal, isRaw] of text.matchAll(/(String\.raw)?`(?:[^`\\]|\\[^])*`|"(?:[^"\\\n]|\\.)*"/g)) {
    const string = isRaw ? literal : literal.replace(/\\(.)/g, "$1");
    // The bundle writes other characters as escapes, which String.raw shows as they are written.
    const other = isRaw && /[^\0-\x7f]/.exec(literal);
    if (other)
      throw new Error(`src/experiments/${file}: ${other[0]} is not ASCII: put it in by \${…}, from outside String.raw`);
    for (const [, block, inline] of string.matchAll(/\$\$([^$]+)\$\$|\$(?!\{)([^$`]+)\$(?!\{)/g)) {
      const tex = (block ?? inline).replace(/\s+/g, " ").trim();
      yield { key: `${block ? "block" : "inline"} ${tex}`, tex, displayMode: Boolean(block), file };
    }
  }
}

function typeset({ tex, displayMode, file }) {
  try {
    const html = katex.renderToString(tex, { displayMode, output: "mathml", throwOnError: true, strict: "error" });
    return html.replace(/<annotation .*?<\/annotation>/g, "").replace(/^<span class="katex">|<\/span>$/g, "");
  } catch (error) {
    throw new Error(`src/experiments/${file}: the formula ${tex}: ${error.message}`, { cause: error });
  }
}

/**
 * A declaration of a file with its body, which ends with the first line that is not indented, with its first line, or
 * before an empty line that no indented one follows.
 */
function excerpt(file, name, user) {
  const lines = readFileSync(join(root, "src", file), "utf8").split("\n");
  const begins = new RegExp(`^(export )?(default )?(async )?(function\\*?|const|interface|class) ${name}\\b`);
  const first = lines.findIndex((line) => begins.test(line));
  if (first < 0) throw new Error(`src/experiments/${user}: src/${file} has no ${name}`);
  const isWhole = /[;}]$/.test(lines[first]) && !/[{([]$/.test(lines[first]);
  const isLast = (line, i) => /^(?!\s).*[;}]$/.test(line) || (lines[i + 1] === "" && !/^\s/.test(lines[i + 2] ?? ""));
  const last = isWhole ? first : lines.findIndex((line, i) => i > first && isLast(line, i));
  return lines.slice(first, last + 1).join("\n");
}

function write(name, header, entries) {
  const file = join(folder, `${name}.generated.ts`);
  const text = `// Made by scripts/build-pages.mjs: ${header}\n\nexport const ${name}: Readonly<Record<string, string>> = ${JSON.stringify(Object.fromEntries(entries), null, 2)};\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

write(
  "formulas",
  "formulas as MathML.",
  texts.filter(hasProse).flatMap((each) => [...formulasOf(each)].map((found) => [found.key, typeset(found)])),
);
write(
  "sources",
  "functions of the source that pages show.",
  texts.flatMap(({ file, text }) =>
    [...text.matchAll(/sourceOf\(\s*"([^"]+)",\s*"([^"]+)",?\s*\)/g)].map(([, source, name]) => [
      `${source}#${name}`,
      excerpt(source, name, file),
    ]),
  ),
);
