// Numbers as people read them.

/**
 * 12,345 or −487.3: grouped, with at most `most` digits after the point, and at least `least`, and no minus before zeros
 * alone.
 */
export const decimal = (value: number, most = 1, least = 0): string =>
  value
    .toLocaleString("en-US", { maximumFractionDigits: most, minimumFractionDigits: least, signDisplay: "negative" })
    .replace("-", "−");

/** 12,345: rounded to a whole number. */
export const whole = (value: number): string => decimal(Math.round(value), 0);

/** 12345 or -487.3: with at most one digit after the point, and not grouped. */
export const short = (value: number): string => String(Number(value.toFixed(1)));

/** -487.30: with so many digits after the point, and no minus before zeros alone. */
export const fixed = (value: number, digits: number): string => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "");

/** 7 → 07. */
export const twoDigits = (value: number): string => String(value).padStart(2, "0");
