// A prettier plugin for kernels/: AssemblyScript is TypeScript with decorators on functions, which prettier's TypeScript
// parser refuses. They pass as comments while it works.

import * as estree from "prettier/plugins/estree";
import * as typescript from "prettier/plugins/typescript";

const decorator = /^@(\w+)$/gm;
const disguised = /^\/\/@\w+$/;

const parser = typescript.parsers.typescript;
const printer = estree.printers.estree;

export const parsers = {
  assemblyscript: {
    ...parser,
    astFormat: "assemblyscript",
    preprocess: (text) => text.replace(decorator, "//@$1"),
  },
};

export const printers = {
  assemblyscript: {
    ...printer,
    printComment(path, options) {
      const comment = options.originalText.slice(parser.locStart(path.node), parser.locEnd(path.node)).trimEnd();
      return disguised.test(comment) ? comment.slice(2) : printer.printComment(path, options);
    },
  },
};
