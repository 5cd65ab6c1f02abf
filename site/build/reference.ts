// The reference: every export of the library, as its declarations and docstrings say.

import ts from "typescript";
import { renderDocstring } from "./markdown.ts";
import { escapeHtml } from "./source.ts";

/** One export. */
export interface Entry {
  /** With its namespace, as `advantages.gae`. */
  readonly name: string;
  /** What it is imported from. */
  readonly from: string;
  readonly kind: string;
  readonly docs: string;
  readonly declaration: string;
}

const kinds: readonly (readonly [ts.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Function, "function"],
  [ts.SymbolFlags.Class, "class"],
  [ts.SymbolFlags.Interface, "interface"],
  [ts.SymbolFlags.TypeAlias, "type"],
  [ts.SymbolFlags.Variable, "constant"],
];

/** All exports of the entries of the package, as its types in dist/ declare them. */
export function exportsOf(library: string): Entry[] {
  const entries = { polgrad: "index", "polgrad/node": "node", "polgrad/policy": "policy" };
  const files = Object.values(entries).map((file) => `${library}dist/${file}.d.ts`);
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const found: Entry[] = [];
  const walk = (module: ts.Symbol, from: string, prefix: string): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) {
        walk(symbol, from, `${name}.`);
        continue;
      }
      const declarations = symbol.declarations ?? [];
      const shown = declarations.map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
      const tags = symbol
        .getJsDocTags(checker)
        .map(({ name, text }) => `- **@${name}** ${ts.displayPartsToString(text)}`);
      found.push({
        name,
        from,
        kind: kinds.find(([flag]) => symbol.flags & flag)?.[1] ?? "export",
        docs: [ts.displayPartsToString(symbol.getDocumentationComment(checker)), tags.join("\n")]
          .filter(Boolean)
          .join("\n\n"),
        declaration: shown.map((node) => node.getText().replace(/^export (declare )?/, "")).join("\n"),
      });
    }
  };
  for (const [from, file] of Object.entries(entries)) {
    const source = program.getSourceFile(`${library}dist/${file}.d.ts`)!;
    walk(checker.getSymbolAtLocation(source)!, from, "");
  }
  return found;
}

/** The reference as HTML. */
export function reference(library: string): string {
  const all = exportsOf(library);
  const articles = all.map(
    ({ name, from, kind, docs, declaration }) =>
      `<article class="export" id="${from}:${name}" data-name="${name.toLowerCase()}"><h2><code>${name}</code> <span class="small">${kind}, from ${from}</span></h2>${renderDocstring(docs)}<pre tabindex="0" role="region" aria-label="Declaration of ${name} of ${from}"><code class="block">${escapeHtml(declaration)}</code></pre></article>`,
  );
  return `<p class="lead">All ${all.length} exports, from the library's own declarations.</p>
<label class="search">Search <input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="trainPpo, gae, Env, …" /></label>
<p class="small" role="status" id="found">${all.length} exports</p>
<div id="exports">${articles.join("\n")}</div>`;
}
