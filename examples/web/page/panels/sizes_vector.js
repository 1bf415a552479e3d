// The vector of the text as a whole and the sizes, which joins the time: 2816 numbers in the published model, 288
// in the tiny one. Each part is as wide as its share.

import { h, number } from '../dom.js';

const sizes = ['original height', 'original width', 'crop top', 'crop left', 'target height', 'target width'];
const ofRefiner = ['original height', 'original width', 'crop top', 'crop left', 'aesthetic score'];

export async function sizesVector(app) {
  if (!app.run.result) return h('p', {});
  const front = app.run.steps[app.step]?.facts.model === 'refiner' ? 'refiner.unet' : 'unet';
  try {
    await app.look();
    const [x, ids] = await app.model.call('tensors', [`inputs/${front}.add_embedding/x`, `inputs/${front}/time_ids`]);
    return h('div', { class: 'vector' }, h('h2', { class: 'part' }, 'What joins the time'),
      h('p', { class: 'quiet' }, 'The second encoder’s summary of the text, then each size as sines and cosines of many frequencies. The UNet’s add_embedding turns them into a vector that every residual block gets.'),
      drawn(x, ids, front === 'unet' ? sizes : ofRefiner));
  } catch (error) {
    return h('p', { class: 'problem' }, error.message);
  }
}

function drawn(x, ids, names) {
  const [n, width] = x.shape;
  const values = x.data.subarray((n - 1) * width);
  const given = ids.data.subarray(ids.data.length - names.length);
  const each = 32;  // numbers of a size in the tiny model; 256 in the published one
  const pooled = width - each * names.length;
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  const parts = [['the text as a whole', 'text', 0, pooled, ''], ...names.map((name, i) => [name, 'time', pooled + i * each, each, ` ${number(given[i])}`])];
  const bars = (start, count) => [...Array(count).keys()].map((i) => h('i', { style: `height:${4 + (96 * Math.abs(values[start + i])) / largest}%`, title: number(values[start + i]) }));
  const share = (count) => `flex:${count} 1 0`;
  const real = [['text', 1280, '1280'], ...names.map(() => ['time', 256, '256'])];
  return h('div', {},
    h('div', { class: 'parts' }, ...parts.map(([name, colour, start, count]) => h('div', { class: colour, style: share(count), title: `${name}: ${count} numbers` }, ...bars(start, count)))),
    h('div', { class: 'names' }, ...parts.map(([name, colour, , count, value]) => h('span', { class: colour, style: share(count) }, name, h('b', {}, value)))),
    h('h2', { class: 'part' }, `The same in the published model: ${1280 + 256 * names.length} numbers`),
    h('div', { class: 'vector real', style: 'margin:0' }, h('div', { class: 'parts' }, ...real.map(([colour, count]) => h('div', { class: colour, style: share(count) }))),
      h('div', { class: 'names' }, ...real.map(([colour, count, text]) => h('span', { class: colour, style: share(count) }, text)))));
}
