// Fails as a module in TypeScript does where Node reads none.
throw new TypeError('Unknown file extension ".ts" for /snake.ts');
