// Numbers as people read them.

/**
 * 12,345 or −487.3: grouped, with at most `most` digits after the point, and at least `least`, and no minus before zeros
 * alone. It is what toLocaleString gives, whose first call takes as long as 10,000 of these: Node then loads the world's
 * ways to write numbers.
 */
export function decimal(value: number, most = 1, least = 0): string {
  const size = Math.abs(value);
  if (!(size < 1e10))
    return value
      .toLocaleString("en-US", { maximumFractionDigits: most, minimumFractionDigits: least, signDisplay: "negative" })
      .replace("-", "−");
  const [whole = "", fraction = ""] = rounded(size, most).split(".");
  const sign = value < 0 && /[1-9]/.test(whole + fraction) ? "−" : "";
  const kept = fraction.replace(/0+$/, "").padEnd(least, "0");
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${kept && `.${kept}`}`;
}

/** With so many digits after the point. Halves of the decimal number that is shown go up, as 1.005 to 1.01. */
function rounded(size: number, digits: number): string {
  if (size < 1e-6) return (0).toFixed(digits); // such a number is written with an exponent
  return (Math.round(Number(`${size}e${digits}`)) / Number(`1e${digits}`)).toFixed(digits);
}

/** 12,345: rounded to a whole number. */
export const whole = (value: number): string => decimal(Math.round(value), 0);

/** 12345 or -487.3: with at most one digit after the point, and not grouped. */
export const short = (value: number): string => String(Number(value.toFixed(1)));

/** -487.30: with so many digits after the point, and no minus before zeros alone. */
export const fixed = (value: number, digits: number): string => value.toFixed(digits).replace(/^-(?=[0.]*$)/, "");

/** A return, of any size: -487.3, from ten million on 1.235e+7. */
export const returnText = (value: number): string => (Math.abs(value) < 1e7 ? fixed(value, 1) : value.toExponential(3));

/** 7 → 07. */
export const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** Bytes as 12.3 MiB, from 1,024 on as 1.2 GiB. */
export function mebibytes(bytes: number): string {
  const size = bytes / (1 << 20);
  return size < 1024 ? `${decimal(size)} MiB` : `${decimal(size / 1024)} GiB`;
}
