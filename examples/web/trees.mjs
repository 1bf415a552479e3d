// Writes the shapes and costs of the published models, which the page draws to the same scale: sdxl-base.json and
// sdxl-refiner.json. Made once here, as a dry run of the full model takes half a gigabyte of memory.
//
//   node examples/web/trees.mjs BUILD_FOLDER OUTPUT_FOLDER
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [, , build, output] = process.argv;
const load = createRequire(import.meta.url)(path.resolve(build, 'glassbox.js'));
const program = await load({ wasmBinary: fs.readFileSync(path.resolve(build, 'glassbox.wasm')) });
fs.mkdirSync(output, { recursive: true });
for (const name of ['sdxl-base', 'sdxl-refiner']) {
  if (program.ccall('gb_tree', 'number', ['string'], [name])) throw new Error(program.ccall('gb_error', 'string', [], []));
  fs.writeFileSync(path.join(output, `${name}.json`), program.ccall('gb_result', 'string', [], []));
}
