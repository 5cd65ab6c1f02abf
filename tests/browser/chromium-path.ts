// Where Chromium is.

import { existsSync } from "node:fs";

const { CHROMIUM } = process.env;
const candidates = CHROMIUM === undefined ? ["/usr/bin/chromium", "/usr/bin/chromium-browser"] : [CHROMIUM];

/** The browser's program, or undefined where there is none: set CHROMIUM to one elsewhere. */
export const chromiumPath = candidates.find((path) => existsSync(path));

export const noChromium = "there is no Chromium: install Debian's `chromium`, or set CHROMIUM to its path";
