// "Compare": a run that was kept beside the last one, their difference, and where in the network it begins.

import { h, paint, short } from '../dom.js';
import { partsOf } from '../u/parts.js';

export function createCompare(app, element) {
  let busy = false;

  // What differs between the options of two runs, in words.
  function differences(a, b) {
    const flat = (value, name = '') => (value && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, one]) => flat(one, name ? `${name}.${key}` : key)) : [[name, JSON.stringify(value)]]);
    const first = new Map(flat(a));
    const second = new Map(flat(b));
    return [...new Set([...first.keys(), ...second.keys()])].filter((name) => first.get(name) !== second.get(name))
      .map((name) => `${name}: ${first.get(name) ?? 'none'} → ${second.get(name) ?? 'none'}`);
  }

  async function keep() {
    await app.model.call('keep');
    app.kept = { options: app.run.options, picture: app.run.result.picture, number: app.run.number, steps: app.run.steps.length };
    update();
  }

  // The outputs of all blocks in this step, in both runs. The worker exchanges its two runs and looks again.
  async function relative() {
    const paths = partsOf(app.trees.get('tiny').modules).map((part) => part.path);
    const step = Math.min(app.step, app.kept.steps - 1);
    await app.look();
    const ours = await app.model.call('tensors', paths);
    await app.model.call('swap');
    let theirs;
    try {
      await app.model.call('look', step, -1);
      theirs = await app.model.call('tensors', paths);
    } finally {
      await app.model.call('swap');
      app.looked = null;
    }
    return paths.map((path, i) => ({ path, value: distance(ours[i], theirs[i]) }));
  }

  async function update() {
    if (busy) return;
    if (!app.run.result) return element.replaceChildren(h('p', { class: 'quiet' }, 'The first picture is on its way.'));
    if (!app.kept) {
      return element.replaceChildren(
        h('p', {}, 'Keep this run, change something, and draw again: both pictures, their difference, and the modules at which they part.'),
        h('button', { type: 'button', class: 'main', id: 'keep', onclick: keep }, 'Keep this run'));
    }
    busy = true;
    try {
      const { options, picture } = app.kept;
      const ours = app.run.result.picture;
      const changes = differences(options, app.run.options);
      const canSubtract = picture.height === ours.height && picture.width === ours.width;
      const modules = app.kept.number === app.run.number || !canSubtract ? null : await relative().catch(() => null);
      element.replaceChildren(
        h('div', { class: 'pair-of' }, shown(picture, 'the run that was kept'), shown(ours, 'the last run'),
          canSubtract ? shown(difference(picture, ours), `difference: ${meanDifference(picture, ours).toFixed(2)} of 255 on average`) : h('p', { class: 'quiet' }, 'The two have different sizes.')),
        h('p', { style: 'margin-top:14px' }, changes.length ? changes.join('; ') : 'Both runs have the same options: change something and draw.'),
        h('p', {}, h('button', { type: 'button', id: 'keep', onclick: keep }, 'Keep the last run instead')),
        modules ? moduleList(modules) : null);
    } finally {
      busy = false;
    }
  }

  function moduleList(rows) {
    const largest = Math.max(...rows.map((row) => row.value), 1e-12);
    const first = rows.find((row) => row.value > 0);
    return h('div', {}, h('h2', { class: 'part' }, `Relative difference of each block in step ${app.step + 1}, ‖b − a‖ / ‖a‖${first ? `; the first is ${first.path}` : ': none'}`),
      h('table', { class: 'list' }, h('tbody', {}, ...rows.map((row) => h('tr', {},
        h('td', {}, h('button', { type: 'button', class: 'link', onclick: () => app.set({ at: row.path, show: null, pixel: null, panel: 'inside' }) }, row.path.replace('unet.', ''))),
        h('td', { class: 'value' }, short(row.value)), h('td', { style: 'width:55%' }, h('div', { class: 'bar', style: `width:${(100 * row.value) / largest}%` })))))));
  }

  update();
  return { update };
}

function shown(picture, text) {
  const canvas = h('canvas', { role: 'img', 'aria-label': text });
  paint(canvas, picture);
  return h('figure', {}, canvas, h('figcaption', {}, text));
}

// ||b - a|| / ||a|| of the rows with the prompt; 0 where one is missing.
function distance(b, a) {
  if (!a || !b || a.data.length !== b.data.length) return 0;
  const start = a.data.length * (1 - 1 / a.shape[0]);
  let squares = 0;
  let whole = 0;
  for (let i = start; i < a.data.length; ++i) {
    squares += (a.data[i] - b.data[i]) ** 2;
    whole += a.data[i] ** 2;
  }
  return Math.sqrt(squares / (whole || 1));
}

const meanDifference = (a, b) => a.rgb.reduce((sum, value, i) => sum + Math.abs(value - b.rgb[i]), 0) / a.rgb.length;

// From black over red to yellow, as heat.
function difference(a, b) {
  const rgb = new Uint8Array(a.rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const value = Math.min(255, 2 * Math.max(...[0, 1, 2].map((c) => Math.abs(a.rgb[i + c] - b.rgb[i + c]))));
    rgb[i] = Math.min(255, 2 * value);
    rgb[i + 1] = Math.max(0, 2 * value - 255);
    rgb[i + 2] = Math.max(0, (value - 200) * 2);
  }
  return { ...a, rgb };
}
