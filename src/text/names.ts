// Names of options and metrics, as programs, shells and readers write them; names of files.

/** `learningRate` → `learning-rate`. */
export const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `learning-rate` or `learning_rate` → `learningRate`. */
export const camelCase = (name: string): string =>
  name.replace(/[-_]+(.)/g, (_, letter: string) => letter.toUpperCase());

/** `learningRate` → `learning rate`. */
export const spacedWords = (name: string): string => kebabCase(name).replaceAll("-", " ");

/** The same word or sentence with a capital first; what begins with a symbol, as σ, stays as it is. */
export const capitalized = (text: string): string =>
  /^[a-z]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

/** Characters of a file's name at most: of the 255 that file systems take, some are left for what is appended. */
export const longestFileName = 180;

/** Names that Windows keeps for devices, whatever their extension, and those of folders themselves. */
const takenNames = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$|^\.*$/i;

/**
 * `text` as the name of one file or folder, on any system: all that file systems and shells may not take replaced by
 * hyphens; never empty, never "..", and never a device.
 */
export function fileNameOf(text: string): string {
  const name = text
    .replace(/[^\w.+-]+/g, "-")
    .slice(0, longestFileName)
    .replace(/\.+$/, "");
  return takenNames.test(name) ? `_${name}` : name;
}
