export const sft: Readonly<Record<string, string>> = {};
export const reward: Readonly<Record<string, string>> = {};
export const headWeight = "";
export const headBias = 0;
