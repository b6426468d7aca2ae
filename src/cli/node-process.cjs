/** In place of `node:process` in what is bundled: to import that asks for its standard input, and all else that it has. */
module.exports = globalThis.process;
