// Writes the types of options as interfaces with a docstring each, so that an editor and the reference tell what the
// command's help does: meaning, range, default and presets. All of it is in the schemas, whose own types have no words.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is read of src/, as one module: Node 20 reads no TypeScript. */
async function loadSchemas() {
  const entry = "polgrad:schemas";
  const code = ["algorithms/index", "training/by-name", "training/option-values", "language/algorithms/descriptions"]
    .map((name) => `export * from ${JSON.stringify(join(root, `src/${name}.ts`))};`)
    .join("\n");
  const virtual = {
    name: "schemas",
    resolveId: (source) => (source === entry ? entry : null),
    load: (id) => (id === entry ? code : null),
  };
  const file = join(root, "node_modules", `.polgrad-schemas-${process.pid}.mjs`);
  const bundle = await rolldown({ cwd: root, input: entry, platform: "node", plugins: [virtual] });
  try {
    await bundle.write({ file, codeSplitting: false });
    return await import(pathToFileURL(file).href);
  } finally {
    await bundle.close();
    rmSync(file, { force: true });
  }
}

const { algorithms, alternatives, describeAllowed, descriptions, optionsSchema } = await loadSchemas();

const written = (value) => (value === undefined ? "undefined" : JSON.stringify(value).replaceAll(",", ", "));
/** A symbol as λ stays as it is. */
const sentence = (text) =>
  `${text.replace(/^[a-z]/, (letter) => letter.toUpperCase())}${text.endsWith(".") ? "" : "."}`;

/** The type of a value that a schema allows. */
function typeOf(schema) {
  const types = alternatives(schema).map(({ type, enum: choices, const: only, items, additionalProperties }) => {
    if (only !== undefined) return written(only);
    if (choices) return choices.map(written).join(" | ");
    if (type === "integer") return "number";
    if (type === "array") return `readonly ${typeOf(items)}[]`;
    if (type === "object")
      return `Readonly<Record<string, ${additionalProperties ? typeOf(additionalProperties) : "unknown"}>>`;
    if (["number", "boolean", "string", "null"].includes(type)) return type;
    throw new Error(`an option's type has no words here: ${written(schema)}`);
  });
  return types.join(" | ");
}

/** What help says of an option, as sentences: a type tells by itself what words and switches there are. */
function documentation(name, schema, presets) {
  const isPlain = alternatives(schema).some(
    ({ type, words }) => words || ["integer", "number", "array"].includes(type),
  );
  const allowed = isPlain ? `${sentence(describeAllowed(schema, written))} ` : "";
  const byPreset = Object.entries(presets)
    .filter(([, preset]) => name in preset && written(preset[name]) !== written(schema.default))
    .map(([env, preset]) => `${env} ${written(preset[name])}`);
  const presetValues = byPreset.length > 0 ? ` Presets: ${byPreset.join(", ")}.` : "";
  return `${sentence(schema.description)}\n\n${allowed}Default ${written(schema.otherwise ?? schema.default)}.${presetValues}`;
}

/** The properties of an interface, by name. */
const propertiesOf = (schema, presets, without) =>
  new Map(
    Object.entries(schema.shape)
      .filter(([name]) => !without.includes(name))
      .map(([name, field]) => {
        const comment = documentation(name, field, presets).replaceAll("*/", "*\\/").split("\n");
        const lines = comment.map((line) => `   *${line === "" ? "" : ` ${line}`}`).join("\n");
        return [name, `  /**\n${lines}\n   */\n  readonly ${name}?: ${typeOf(field)};`];
      }),
  );

const declaration = (comment, head, properties) =>
  `/** ${comment} */\nexport interface ${head} {\n${[...properties.values()].join("\n")}\n}\n`;

function write(file, declarations) {
  const path = join(root, "src", file);
  const text = ["// Made by scripts/build-options.mjs from the schemas of options.\n", ...declarations].join("\n");
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
}

const pascalCase = (name) => name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

/** Options of the algorithms that play; what all have in the same words is in an interface that the others extend. */
function ofAlgorithms() {
  const each = Object.values(algorithms).map((algorithm) => ({
    ...algorithm,
    head: `OptionsOf${pascalCase(algorithm.name)}`,
    properties: propertiesOf(optionsSchema(algorithm), algorithm.presets, ["env"]),
  }));
  const [first] = each;
  const common = new Map(
    [...first.properties].filter(([name, text]) => each.every(({ properties }) => properties.get(name) === text)),
  );
  const own = ({ properties }) => [...properties].filter(([name]) => !common.has(name));
  return [
    declaration("Options that every algorithm has; all may be left out.", "OptionsOfAll", common),
    ...each.map((algorithm) =>
      declaration(
        `Options of ${algorithm.title}; all may be left out.`,
        `${algorithm.head} extends OptionsOfAll`,
        new Map(own(algorithm)),
      ),
    ),
    `/** The options of each algorithm, by its name. */\nexport interface OptionsByAlgorithm {\n${each
      .map(({ name, head }) => `  ${JSON.stringify(name)}: ${head};`)
      .join("\n")}\n}\n`,
  ];
}

/** Options of the trainings of language models. */
const ofLanguageModels = () =>
  Object.values(descriptions).map(({ name, title, options }) =>
    declaration(
      `Options of ${title === "RLHF" ? title : title.toLowerCase()}; all may be left out.`,
      `OptionsOf${pascalCase(name)}`,
      propertiesOf(options, {}, name === "rlhf" ? ["iterations"] : []),
    ),
  );

write("training/given-options.generated.ts", ofAlgorithms());
write("language/given-options.generated.ts", ofLanguageModels());
