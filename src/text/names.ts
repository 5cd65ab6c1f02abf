// Names of options and metrics, as programs, shells and readers write them; names of files.

/** `learningRate` → `learning-rate`. */
export const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `learning-rate` or `learning_rate` → `learningRate`. */
export const camelCase = (name: string): string =>
  name.replace(/[-_]+(.)/g, (_, letter: string) => letter.toUpperCase());

/** `learningRate` → `learning rate`. */
export const spacedWords = (name: string): string => kebabCase(name).replaceAll("-", " ");

/** The same word or sentence with a capital first. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `text` with all that file systems and shells may not take as part of a name replaced by hyphens. */
export const fileNameOf = (text: string): string => text.replace(/[^\w.+-]+/g, "-");
