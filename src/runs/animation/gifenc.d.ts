// What is used of gifenc, which comes without types.
declare module "gifenc" {
  export type Colour = [number, number, number];

  export interface Encoder {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      options: {
        palette?: Colour[];
        /** In milliseconds. */
        delay: number;
        transparent?: boolean;
        transparentIndex?: number;
        /** What becomes of the frame before the next: 1, it stays. */
        dispose?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  }

  export interface Gifenc {
    GIFEncoder(): Encoder;
    quantize(rgba: Uint8Array | Uint8ClampedArray, maxColors: number): Colour[];
    applyPalette(rgba: Uint8Array | Uint8ClampedArray, palette: Colour[]): Uint8Array;
  }

  /** All of it where Node loads the CommonJS file; where a bundler takes the other one, its exports are named. */
  const whole: Gifenc;
  export default whole;
  export const GIFEncoder: Gifenc["GIFEncoder"] | undefined;
  export const quantize: Gifenc["quantize"] | undefined;
  export const applyPalette: Gifenc["applyPalette"] | undefined;
}
