// An environment from a module: a file or a package that exports it. Loaded where one is named.

import { InputError } from "../errors.ts";
import { inOneLine } from "../text/printable.ts";
import { messageOf, shortened } from "../text/values.ts";
import { callFactory } from "./call-factory.ts";
import type { AsyncEnv } from "./env.ts";
import { assertEnv } from "./env-shape.ts";
import type { EnvModule } from "./env-source.ts";
import { moduleAddress } from "./module-address.ts";

/** What the module's export is, or makes of the options. @throws InputError if there is none, or it is no environment */
export async function makeFromModule(source: EnvModule, options: Record<string, unknown>): Promise<AsyncEnv> {
  const url = moduleAddress(source.module);
  const name = source.export ?? "default";
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ url)) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw new InputError(
      `cannot load environment module "${shortened(url)}": ${shortened(messageOf(error), 1000)}${hint(error)}`,
      {
        cause: error,
      },
    );
  }
  if (!(name in exports)) {
    const others = Object.keys(exports).join(", ") || "nothing";
    const wanted = name === "default" ? "no default export" : `no export "${inOneLine(name)}"`;
    throw new InputError(`environment module "${url}" has ${wanted}; it exports: ${others}`);
  }
  const where = `export "${name}" of "${url}"`;
  const exported = exports[name];
  const made = typeof exported === "function" ? callFactory(exported, { ...source.options, ...options }) : exported;
  return assertEnv(await made, where);
}

/** What to do if the module does not find this package, or is not JavaScript; the sentences are Node's. */
function hint(error: unknown): string {
  const message = messageOf(error);
  if (/Cannot find (package|module) 'polgrad'/.test(message))
    return "\nThe file must lie in a project where polgrad is installed (npm install polgrad).";
  if (/Unknown file extension "\.[cm]?tsx?"/.test(message))
    return (
      "\nThis Node reads no TypeScript: compile the file (npx tsc) and name the .js, or use Node 22.18 or newer. On one " +
      'thread it also works by tsx: npm install tsx, then NODE_OPTIONS="--import tsx" npx polgrad …'
    );
  return "";
}
