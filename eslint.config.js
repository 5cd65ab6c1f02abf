// What TypeScript and prettier do not check: the order of the folders, arithmetic that is the same on every engine.
// kernels/ is AssemblyScript, which only prettier reads. Rules that need types (promises that nobody awaits) are in
// .oxlintrc.json: oxlint has the same ones, on the native compiler, in a tenth of the time.

import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** The folders of src/: each imports only from those before it. */
const folders = [
  "text",
  "math",
  "random",
  "physics",
  "threads",
  "tensor",
  "optimizers",
  "spaces",
  "envs",
  "nn",
  "distributions",
  "policies",
  "onnx",
  "advantages",
  "exact",
  "learning",
  "experience",
  "algorithms",
  "training",
  "language",
  "runs",
  "jobs",
  "suites",
  "cluster",
  "sweeps",
  "search",
  "comparison",
  "experiments",
  "cli",
];

/** What needs Node; all else runs in a page. */
const forNode = ["runs", "jobs", "suites", "cluster", "sweeps", "search", "comparison", "experiments", "cli"];

/** Narrower than the order: all that these folders may import from. */
const narrow = {
  text: [],
  math: [],
  random: ["math"],
  physics: [],
  threads: ["text"],
  tensor: ["math", "threads"],
  spaces: ["text", "math", "random"],
  envs: ["text", "math", "random", "physics", "spaces"],
  nn: ["text", "math", "random", "tensor"],
  advantages: ["math"],
  exact: ["text", "math", "random", "spaces", "envs", "advantages"],
};

/** What of Math has the same bits on every engine, by the standard. The rest of it is in src/math. */
const exactMath =
  "abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|E|LN10|LN2|LOG10E|LOG2E|PI|SQRT1_2|SQRT2";

const inexact = "Its bits differ between JavaScript engines: take it from src/math.";

const exactArithmetic = [
  {
    selector: `MemberExpression[object.name='Math']:not([computed=false][property.name=/^(${exactMath})$/])`,
    message: inexact,
  },
  { selector: "VariableDeclarator[init.name='Math']", message: "Name the function where it is used: Math.sqrt(x)." },
  { selector: ":matches(BinaryExpression[operator='**'], AssignmentExpression[operator='**='])", message: inexact },
];

const names = {
  selector:
    ":matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator[id.name=/^[A-Z][A-Z0-9_]+$/]",
  message: "Constants are named like variables: maxSteps.",
};

/** zod comes as `import * as z from "zod/mini"`: its `z` and all of "zod" bring every message of every language along. */
const smallSchemas = [
  {
    selector:
      ":matches(ImportDeclaration, ImportExpression, ExportNamedDeclaration, ExportAllDeclaration)" +
      "[source.value=/^zod\\b/]:not([source.value='zod/mini']:has(> ImportNamespaceSpecifier))",
    message: 'A page would load all of zod: import * as z from "zod/mini".',
  },
];

const nodeImports = {
  regex: `^(node:|(fs|path|os|url|util|crypto|worker_threads|child_process|process|v8)(/|$))`,
  message: `This runs in browsers: what needs Node belongs in src/${forNode.join(", src/")} or src/node.ts.`,
};

const nodeGlobals = ["process", "Buffer", "require", "__dirname", "__filename", "global", "setImmediate"].map(
  (name) => ({ name, message: "This runs in browsers." }),
);

const inBrowser = [
  "src/*.ts",
  ...folders.filter((folder) => !forNode.includes(folder)).map((folder) => `src/${folder}/**/*.ts`),
];
const onlyInNode = ["src/node.ts"];

/** Imports of one folder: none from later ones, nor from the files that export the library. */
function importsOf(folder, index) {
  const allowed = narrow[folder] ?? folders.slice(0, index);
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  const climb = String.raw`^(\.\./)+`;
  const order = { message: `src/${folder} imports only from ${["errors.ts", ...allowed].join(", ")}.` };
  const patterns = [{ regex: `${climb}(${forbidden.join("|")})(/|$)`, ...order }];
  // The command line is a user of the library, and takes it whole.
  if (folder !== "cli")
    patterns.push({ regex: `${climb}(index|node|policy)\\.ts$`, message: "Import from the folder itself." });
  if (!forNode.includes(folder)) patterns.push(nodeImports);
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
}

/**
 * The site shows what the library computes, and computes nothing of the lecture itself: no advantage, ratio, clip, return
 * or softmax by hand. Numbers of these names go into no arithmetic; geometry has names of its own.
 */
const quantities =
  "gamma|lambda|epsilon|clip|ratio|rho|advantage|reward|return|value|nextValue|logProb|logRatio|probability|policy|kl|" +
  "entropy|delta|psi|theta|score|baseline|logit|mean|variance|weight";
const isQuantity = `[name=/^(${quantities})s?$/]`;
const formulas = [
  {
    selector:
      String.raw`:matches(BinaryExpression[operator=/^[-*%\x2f]$/], AssignmentExpression[operator=/^[-*\x2f]=$/]) > ` +
      `:matches(Identifier${isQuantity}, MemberExpression[property.name=/^(${quantities})s?$/], MemberExpression[object.name=/^(${quantities})s?$/]:not([property.name='length']))`,
    message: "The library computes this: call it in a simulation.",
  },
];
const onThePage = {
  regex: "^polgrad|/(worker|simulation)(\\.ts|/)",
  allowTypeImports: true,
  message: "Pages ask the worker, which has the library: import types only.",
};

const nodeScripts = ["console", "process", "Buffer", "URL", "performance", "setTimeout", "clearTimeout", "TextEncoder"];

const unused = { args: "after-used", caughtErrors: "all", ignoreRestSiblings: true };

export default defineConfig(
  { ignores: ["**/dist", "docs/api", "runs", "kernels", "**/node_modules", "src/**/*.generated.ts"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-unused-vars": ["error", unused],
      "object-shorthand": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": ["error", names],
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommended],
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", unused],
    },
  },
  { files: ["src/**/*.ts"], rules: { "no-restricted-syntax": ["error", names, ...smallSchemas] } },
  {
    files: inBrowser,
    ignores: onlyInNode,
    rules: {
      "no-restricted-globals": ["error", ...nodeGlobals],
      "no-restricted-syntax": ["error", names, ...exactArithmetic, ...smallSchemas],
      "@typescript-eslint/no-restricted-imports": ["error", { patterns: [nodeImports] }],
    },
  },
  folders.map(importsOf),
  {
    files: ["site/**/*.ts"],
    ignores: ["site/build/**", "site/vite.config.ts"],
    rules: {
      "no-restricted-globals": ["error", ...nodeGlobals],
      "no-restricted-syntax": ["error", names, ...exactArithmetic, ...smallSchemas, ...formulas],
      "@typescript-eslint/no-restricted-imports": ["error", { patterns: [nodeImports] }],
    },
  },
  {
    files: ["site/page/**/*.ts", "site/lab/*.ts", "site/scenes/*/page.ts", "site/scenes/*/settings.ts"],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [nodeImports, onThePage] }] },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: Object.fromEntries(nodeScripts.map((name) => [name, "readonly"])) },
  },
  {
    files: ["site/build/service-worker.js"],
    languageOptions: { globals: { self: "readonly", caches: "readonly", fetch: "readonly" } },
  },
);
