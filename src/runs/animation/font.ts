// A font of 3 × 5 squares, for pictures that have no fonts: capitals, digits and a few signs.

/** Five rows of three squares each, from the top; small letters look like capitals. */
const glyphs: Readonly<Record<string, string>> = {
  A: ".#. #.# ### #.# #.#",
  B: "##. #.# ##. #.# ##.",
  C: ".## #.. #.. #.. .##",
  D: "##. #.# #.# #.# ##.",
  E: "### #.. ##. #.. ###",
  F: "### #.. ##. #.. #..",
  G: ".## #.. #.# #.# .##",
  H: "#.# #.# ### #.# #.#",
  I: "### .#. .#. .#. ###",
  J: "..# ..# ..# #.# .#.",
  K: "#.# #.# ##. #.# #.#",
  L: "#.. #.. #.. #.. ###",
  M: "#.# ### ### #.# #.#",
  N: "##. #.# #.# #.# #.#",
  O: ".#. #.# #.# #.# .#.",
  P: "##. #.# ##. #.. #..",
  Q: ".#. #.# #.# ##. .##",
  R: "##. #.# ##. #.# #.#",
  S: ".## #.. .#. ..# ##.",
  T: "### .#. .#. .#. .#.",
  U: "#.# #.# #.# #.# ###",
  V: "#.# #.# #.# #.# .#.",
  W: "#.# #.# ### ### #.#",
  X: "#.# #.# .#. #.# #.#",
  Y: "#.# #.# .#. .#. .#.",
  Z: "### ..# .#. #.. ###",
  0: "### #.# #.# #.# ###",
  1: ".#. ##. .#. .#. ###",
  2: "##. ..# .#. #.. ###",
  3: "##. ..# .#. ..# ##.",
  4: "#.# #.# ### ..# ..#",
  5: "### #.. ##. ..# ##.",
  6: ".## #.. ### #.# ###",
  7: "### ..# .#. .#. .#.",
  8: "### #.# ### #.# ###",
  9: "### #.# ### ..# ##.",
  ".": "... ... ... ... .#.",
  ",": "... ... ... .#. #..",
  ":": "... .#. ... .#. ...",
  "-": "... ... ### ... ...",
  "−": "... ... ### ... ...",
  "+": "... .#. ### .#. ...",
  "/": "..# ..# .#. #.. #..",
  "%": "#.# ..# .#. #.. #.#",
  "#": "#.# ### #.# ### #.#",
  "=": "... ### ... ### ...",
  "(": ".#. #.. #.. #.. .#.",
  ")": ".#. ..# ..# ..# .#.",
  "?": "##. ..# .#. ... .#.",
  "!": ".#. .#. .#. ... .#.",
  " ": "... ... ... ... ...",
};

/** Squares from one letter to the next. */
const advance = 4;

/** The squares of a line of text, [column, row] from its upper left corner; what has no glyph is a question mark. */
export function glyphSquares(text: string): [column: number, row: number][] {
  return Array.from(text.toUpperCase()).flatMap((letter, i) => {
    const rows = (glyphs[letter] ?? glyphs["?"]).split(" ");
    return rows.flatMap((squares, row) =>
      [0, 1, 2].filter((k) => squares[k] === "#").map((k): [number, number] => [advance * i + k, row]),
    );
  });
}

/** Squares that a line of text is wide. */
export const textWidth = (text: string): number => Math.max(0, advance * Array.from(text).length - 1);
