// The version of polgrad, for files that it writes: that of package.json, which a page cannot read.

export const version = "0.1.0";
