// Which modules an environment may come from: files and packages that are here, never code that is fetched or written
// into an address.

import { InputError } from "../errors.ts";

/**
 * What `import` is given for the module of an environment: the URL of a file, or the name of a package as it is. A page
 * has its own origin in the place of files.
 *
 * @throws InputError for any other address, such as `data:` or another machine's, and for a relative path
 */
export function moduleAddress(module: string | URL): string {
  const text = String(module);
  if (/^\.{1,2}([/\\]|$)/.test(text))
    throw new InputError(
      `environment module "${text}" is a relative path: give its URL, new URL(${JSON.stringify(text)}, import.meta.url)`,
    );
  const page = (globalThis as { location?: { href: string; origin: string } }).location;
  const url = parsed(text) ?? (/^[/\\]/.test(text) ? parsed(text, page?.href ?? "file:///") : undefined);
  if (url === undefined && isPackage(text)) return text;
  const isFile = url?.protocol === "file:" && url.host === "";
  const isOfPage = /^https?:$/.test(url?.protocol ?? "") && url?.origin === page?.origin;
  if (url !== undefined && (isFile || isOfPage)) return url.href;
  const shown = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  throw new InputError(
    `environment module "${shown}" is not a file of this ${page ? "page's origin" : "machine"}: ` +
      `give a URL as of new URL("./my-env.js", import.meta.url)${page ? "" : ", which begins with file:"}`,
  );
}

/** A package or a file in one, and no way out of it. */
const isPackage = (text: string): boolean =>
  /^(@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(text);

function parsed(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
