// "Knobs": everything that a run is given, and what becomes of the sizes.

import { h, short } from '../dom.js';
import { defaults } from '../state.js';
import { sizesVector } from './sizes_vector.js';

export function createKnobs(app, element) {
  let timer = 0;
  // A slider draws when it rests.
  const later = (changes) => {
    clearTimeout(timer);
    timer = setTimeout(() => app.set({ step: null, timestep: null, ...changes }, { draw: true }), 180);
  };

  const knob = (name, ...children) => h('label', { class: 'knob' }, h('span', {}, name), ...children);
  function slider(name, key, { min, max, step = 1, says = '', read = (state) => state[key], write = (value) => ({ [key]: value }), text = String }) {
    const value = read(app.state);
    const output = h('output', {}, text(value));
    const input = h('input', { type: 'range', min, max, step, value, 'data-knob': key, oninput: () => { output.textContent = text(Number(input.value)); later(write(Number(input.value))); } });
    return knob(name, output, input, says ? h('span', { class: 'quiet' }, says) : null);
  }
  function line(name, key, says, placeholder = '') {
    const input = h('input', { type: 'text', value: app.state[key] ?? '', placeholder, 'data-knob': key, onchange: () => later({ [key]: input.value === '' ? null : input.value }) });
    return knob(name, input, says ? h('span', { class: 'quiet' }, says) : null);
  }
  function choice(name, key, options, { read = (state) => state[key], write = (value) => ({ [key]: value }), says = '' } = {}) {
    const input = h('select', { 'data-knob': key, onchange: () => later(write(input.value)) }, ...options.map(([value, text]) => h('option', { value, selected: value === read(app.state) }, text)));
    return knob(name, input, says ? h('span', { class: 'quiet' }, says) : null);
  }
  // Height and width, or top and left.
  function pair(name, key, own, says, ends) {
    const now = app.state[key] ?? own;
    const inputs = now.map((value, i) => h('input', { type: 'number', min: 0, max: 2048, value, 'aria-label': `${name}, ${ends[i]}`, 'data-knob': `${key}.${i}`, onchange: () => {
      const both = inputs.map((input) => Number(input.value) || 0);
      later({ [key]: JSON.stringify(both) === JSON.stringify(own) ? defaults[key] : both });
    } }));
    return h('div', { class: 'knob' }, h('span', {}, name), h('div', { class: 'pair' }, inputs[0], key === 'crop' ? ',' : '×', inputs[1]), h('span', { class: 'quiet' }, says));
  }

  function refiner() {
    const [way, share] = (app.state.refiner ?? 'none:0.8').split(':');
    const write = (value) => ({ refiner: value === 'none' ? null : `${value}:${value === 'ensemble' ? 0.8 : 0.3}` });
    const list = [choice('Refiner', 'refiner', [['none', 'none'], ['ensemble', 'takes the last steps'], ['image', 'starts from the finished picture']],
      { read: () => way, write, says: way === 'none' ? 'A second model for the details: 16 MB more, once.' : '' })];
    if (way === 'ensemble') list.push(slider('The base takes this share', 'refiner', { min: 0.05, max: 0.95, step: 0.05, read: () => Number(share), write: (value) => ({ refiner: `ensemble:${value}` }) }));
    if (way === 'image') list.push(slider('Strength', 'refiner', { min: 0.05, max: 1, step: 0.05, read: () => Number(share), write: (value) => ({ refiner: `image:${value}` }) }));
    if (way !== 'none') list.push(slider('Aesthetic score', 'score', { min: 1, max: 10, step: 0.5, says: 'Only the refiner is told one.' }));
    return list;
  }

  // Another timestep than the step's, for the one step that is shown: the picture stays, the tensors change.
  function timestep() {
    const step = app.run.steps[app.step];
    const own = Math.round(step?.facts.timestep ?? 0);
    const output = h('output', {}, String(app.state.timestep ?? own));
    const input = h('input', { type: 'range', min: 0, max: 999, value: app.state.timestep ?? own, 'data-knob': 'timestep', oninput: () => {
      output.textContent = input.value;
      clearTimeout(timer);
      timer = setTimeout(() => app.set({ timestep: Number(input.value) === own ? null : Number(input.value) }), 120);
    } });
    return knob('Timestep of the step that is shown', output, input, h('span', { class: 'quiet' }, `The UNet was given ${own}. With another one, “Look inside” and the vector below show what it would have computed.`));
  }

  let wanted = '';
  async function update() {
    const { seed, steps, sampler, guidance, negative, original, target, crop, refiner: two, score, height, width, timestep: t } = app.state;
    const key = JSON.stringify([seed, steps, sampler, guidance, negative, original, target, crop, two, score, height, width, t, app.step, app.run.number, Boolean(app.run.result)]);
    if (key === wanted || element.contains(document.activeElement) && document.activeElement.type === 'range' && document.activeElement.matches(':active')) return;
    wanted = key;
    const focused = document.activeElement?.dataset?.knob;
    const own = [height, width];
    const sizes = [['128x128', '128 × 128'], ['160x96', '160 × 96'], ['96x160', '96 × 160'], ['64x64', '64 × 64']];
    element.replaceChildren(h('div', { class: 'knobs' },
      slider('Seed', 'seed', { min: 0, max: 99, says: 'The first noise.' }),
      slider('Steps', 'steps', { min: 1, max: 60 }),
      choice('Sampler', 'sampler', (app.about?.schedulers ?? ['euler']).map((name) => [name, name])),
      slider('Guidance', 'guidance', { min: 1, max: 15, step: 0.5, says: 'How far away from the picture without the prompt; 1 is none.', text: short }),
      line('Negative prompt', 'negative', 'Guidance leads away from this text.'),
      choice('Picture', 'size', sizes, { read: (state) => `${state.height}x${state.width}`, write: (value) => ({ height: Number(value.split('x')[0]), width: Number(value.split('x')[1]) }), says: 'Height and width, in pixels.' }),
      pair('Original size', 'original', own, 'A small one asks for a picture that was enlarged: blurred.', ['height', 'width']),
      pair('Crop', 'crop', defaults.crop, 'From the top and the left: a picture that was cut there.', ['top', 'left']),
      pair('Target size', 'target', own, 'The size after the crop.', ['height', 'width']),
      ...refiner(), timestep()),
      h('p', {}, h('button', { type: 'button', onclick: () => app.reset() }, 'All as at first')),
      await sizesVector(app));
    if (focused) element.querySelector(`[data-knob="${focused}"]`)?.focus();
  }
  update();
  return { update, leave: () => clearTimeout(timer) };
}
