// Draws with the page's program in node, without a browser: the guard compares the picture with the native one.
//
//   node examples/web/draw.mjs BUILD_FOLDER MODEL_FOLDER OUTPUT.ppm [RUNS]
//
// Prints seconds on a core as JSON: {"open": seconds, "draw": [seconds]}.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [, , build, model, output, runs = '1'] = process.argv;
const load = createRequire(import.meta.url)(path.resolve(build, 'glassbox.js'));
const program = await load({ wasmBinary: fs.readFileSync(path.resolve(build, 'glassbox.wasm')) });

// Copies a folder into the program's file system. The refiner stays out.
function copy(from, to) {
  program.FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory() && entry.name !== 'refiner') copy(source, target);
    if (entry.isFile()) program.FS.writeFile(target, fs.readFileSync(source));
  }
}

function call(name, ...args) {
  if (program.ccall(name, 'number', args.map((arg) => typeof arg), args)) throw new Error(program.ccall('gb_error', 'string', [], []));
}

const seconds = (act) => {
  const start = process.cpuUsage();
  act();
  return process.cpuUsage(start).user / 1e6;
};

copy(model, '/model');
const open = seconds(() => call('gb_open', '/model'));
const options = { prompt: 'a large yellow star on a blue background', seed: 1, scheduler: 'euler', num_inference_steps: 25, guidance_scale: 4 };
const draw = [];
for (let i = 0; i < Number(runs); ++i) draw.push(seconds(() => call('gb_draw', JSON.stringify(options))));
const [height, width, start] = [program._gb_height(), program._gb_width(), program._gb_pixels()];
fs.writeFileSync(output, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.from(program.HEAPU8.buffer, start, 3 * height * width)]));
console.log(JSON.stringify({ open, draw }));
