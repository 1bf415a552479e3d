// "Look inside": one module, with its source, its formula, the steps of its forward, and its tensors.

import { h, grouped, shapeText } from '../dom.js';
import { formulaOf } from './formulas.js';
import { kernelLine, stepsInside } from './inside.js';
import { sourceView } from './source.js';
import { tensorView } from './tensor_view.js';
import { planesOf } from './planes.js';
import { sumView, termsOf } from './sum.js';

const start = 'unet.down_blocks.1.attentions.0';

export function createInspector(app, element) {
  let shown = '';
  let pending = 0;

  // The tree that a path belongs to.
  const treeOf = (path) => {
    const name = app.state.model !== 'tiny' ? app.state.model : path.startsWith('refiner.') ? 'refiner' : 'tiny';
    return app.trees.get(name);
  };

  async function update() {
    if (app.state.model === 'tiny' && !app.run.result) {  // what is shown stays until the new run is there
      if (element.children.length === 0) element.append(h('p', { class: 'quiet' }, 'The first picture is on its way.'));
      return;
    }
    const path = app.state.at ?? start;
    const key = JSON.stringify([path, app.state.show, app.state.pixel, app.step, app.run.number, Boolean(app.run.result), app.state.model, app.state.timestep]);
    if (key === shown) return;
    shown = key;
    const mine = ++pending;
    try {
      const content = app.state.model === 'tiny' ? await live(path) : published(path);
      if (mine === pending) element.replaceChildren(...content);
    } catch (error) {
      if (mine === pending) element.replaceChildren(h('p', { class: 'problem' }, error.message));
    }
  }

  const go = (at) => app.set({ at, show: null, pixel: null });

  function head(path, kind, facts) {
    const tree = treeOf(path);
    const paths = tree ? tree.modules.filter((row) => row.kind !== 'ModuleList').map((row) => row.path) : [];
    const place = paths.indexOf(path);
    const names = path.split('.');
    const crumbs = names.flatMap((name, i) => {
      const whole = names.slice(0, i + 1).join('.');
      const isModule = paths.includes(whole) && whole !== path;
      return [i ? h('span', { class: 'quiet' }, '.') : '', isModule ? h('button', { type: 'button', class: 'link', onclick: () => go(whole) }, name) : h('span', {}, name)];
    });
    const step = (offset, name, text) => h('button', { type: 'button', 'aria-label': name, title: name, disabled: !paths[place + offset], onclick: () => go(paths[place + offset]) }, text);
    const find = h('input', { type: 'search', list: 'paths', placeholder: 'find a module', 'aria-label': 'Find a module', value: '',
      onchange: () => { if (paths.includes(find.value)) go(find.value); } });
    return h('div', { class: 'head' },
      h('h2', {}, h('span', { class: 'path' }, ...crumbs), h('span', { class: 'kind' }, kind)),
      h('p', { class: 'quiet' }, facts),
      h('div', { class: 'walk' }, step(-1, 'The module before', '‹'), step(1, 'The module after', '›'), find,
        h('datalist', { id: 'paths' }, ...paths.map((one) => h('option', { value: one })))));
  }

  // A published model has shapes, and no numbers here.
  function published(path) {
    const tree = treeOf();
    const known = tree?.modules.find((one) => one.path === path) ?? tree?.modules[0];
    if (!known) return [h('p', { class: 'quiet' }, 'The model is on its way.')];
    const children = tree.modules.filter((row) => row.path.startsWith(known.path + '.') && row.path.slice(known.path.length + 1).split('.').length <= 2);
    const facts = `${grouped(known.parameters)} parameters, ${grouped(known.multiply_adds / 1e6)} million multiply-adds for one picture` + (known.output.length ? `, output ${shapeText(known.output)}` : '');
    return [head(known.path, known.kind, facts), h('div', { class: 'two' },
      h('div', {}, h('table', { class: 'modules' }, h('tbody', {}, ...children.map((row) => h('tr', {},
        h('td', {}, h('button', { type: 'button', class: 'link', onclick: () => go(row.path) }, row.path.slice(known.path.length + 1))),
        h('td', {}, row.kind), h('td', {}, shapeText(row.output)), h('td', { class: 'value' }, grouped(row.parameters))))))),
      h('div', {}))];
  }

  async function live(path) {
    await app.look(path);
    const description = await app.model.call('describe', path);
    const { kind, inputs, parameters, output } = description;
    const row = treeOf(path)?.modules.find((one) => one.path === path);
    const has = (one) => Boolean(treeOf(path)?.modules.some((other) => other.path === one));
    const shapes = Object.fromEntries([...inputs, ...parameters].map(({ name, shape }) => [name, shape]));
    shapes.out = output;
    const steps = stepsInside(description, has);
    const show = app.state.show ?? path;
    const chosen = steps.find((step) => step.tensor === show);
    const facts = [row ? `${grouped(row.parameters)} parameters` : '', output.length ? `output ${shapeText(output)}` : '', `step ${app.step + 1}`].filter(Boolean).join(', ');
    const [tensor, source] = await Promise.all([tensorPart(path, kind, show), sourceView(kind, chosen?.lit ?? (steps.length === 0 ? kernelLine : null))]);
    return [head(path, kind, facts),
      h('div', { class: 'formula' }, ...formulaOf(kind, shapes)),
      h('div', { class: 'two' },
        h('div', {}, stepsList(path, steps, has, show), tensorList(path, inputs, parameters, output, show), tensor),
        h('div', {}, source))];
  }

  // The steps of the forward as a row; a step that is a module opens it by its second button.
  function stepsList(path, steps, has, show) {
    if (steps.length === 0) return null;
    return h('div', { class: 'inside' }, h('h3', {}, 'Inside, step by step'), h('ol', {}, ...steps.map((step) => h('li', { class: step.tensor === show ? 'chosen' : '' },
      h('button', { type: 'button', title: step.says, 'aria-pressed': step.tensor === show ? 'true' : 'false', onclick: () => app.set({ show: step.tensor, pixel: null }) }, step.name),
      has(step.tensor) && step.tensor !== path ? h('button', { type: 'button', class: 'open', 'aria-label': `Open ${step.tensor}`, title: 'open', onclick: () => go(step.tensor) }, '⤵') : null))));
  }

  function tensorList(path, inputs, parameters, output, show) {
    const button = (name, label, shape, kind) => h('button', { type: 'button', class: `name ${kind}`, 'aria-pressed': name === show ? 'true' : 'false', onclick: () => app.set({ show: name, pixel: null }) },
      label, h('small', {}, shapeText(shape)));
    return h('div', { class: 'tensors' }, h('h3', {}, 'Tensors'),
      ...inputs.map(({ name, shape }) => button(`inputs/${path}/${name}`, name, shape, 'input')),
      ...parameters.map(({ name, shape }) => button(`parameters/${path}/${name}`, name, shape, 'parameter')),
      output.length ? button(path, 'output', output, 'output') : null);
  }

  async function tensorPart(path, kind, show) {
    const tensor = await app.model.call('tensor', show);
    const canSum = show === path && (kind === 'Conv2d' || kind === 'Linear');
    const pick = (k, y, x) => app.set({ pixel: [k, y, x] });
    const view = tensorView(tensor, { onPick: pick, pixel: app.state.pixel, width: Math.min(560, element.clientWidth - 24) });
    const note = canSum ? 'Click a pixel for the sum behind it.' : sumNote(kind, show === path);
    const parts = [view, h('p', { class: 'quiet note' }, note)];
    if (app.state.pixel) parts.push(canSum ? await sumPart(path, kind, tensor) : await partsOfSum(path, kind, tensor));
    return h('div', {}, ...parts.filter(Boolean));
  }

  const sumNote = (kind, isOutput) => (isOutput && (kind === 'ResnetBlock' || kind === 'Transformer2D' || kind === 'BasicTransformerBlock')
    ? 'A sum of two: what came in, and what this block adds. Click a pixel for both.' : 'The arrow keys and the pointer read single numbers.');

  async function sumPart(path, kind, out) {
    const names = [`inputs/${path}/x`, `parameters/${path}/weight`, `parameters/${path}/bias`, `textbook/${path}`];
    const [x, weight, bias, textbook] = await app.model.call('tensors', names);
    const planes = planesOf(out);
    const [k, y, z] = app.state.pixel;
    if (k >= planes.count || y >= planes.height || z >= planes.width) return h('p', { class: 'problem' }, 'This tensor has no such place.');
    const result = termsOf(kind, { x, weight, bias, out }, planes.place(k, y, z));
    const index = planes.index(k, y, z);
    return sumView(result, { fast: out.data[index], textbook: textbook?.data[index] }, planes.says(k, y, z));
  }

  // Of a block that adds to its input.
  async function partsOfSum(path, kind, out) {
    const names = { ResnetBlock: [`${path}.conv_shortcut`, `inputs/${path}/x`, `${path}.conv2`], BasicTransformerBlock: [`inputs/${path}.norm3/x`, null, `${path}.ff`] }[kind];
    if (!names || app.state.show) return null;
    const [shortcut, input, added] = await app.model.call('tensors', names.map((name) => name ?? ''));
    const planes = planesOf(out);
    const [k, y, z] = app.state.pixel;
    if (k >= planes.count || y >= planes.height || z >= planes.width) return h('p', { class: 'problem' }, 'This tensor has no such place.');
    const index = planes.index(k, y, z);
    const before = (shortcut ?? input).data[index];
    const terms = [{ factor: before, weight: 1, says: shortcut && kind === 'ResnetBlock' ? 'conv_shortcut(x)' : 'what came in', channel: 0 }, { factor: added.data[index], weight: 1, says: names[2].split('.').pop(), channel: 1 }];
    return sumView({ terms, bias: null, sum: before + added.data[index], channels: 2 }, { fast: out.data[index] }, planes.says(k, y, z));
  }

  element.replaceChildren();
  update();
  return { update };
}
