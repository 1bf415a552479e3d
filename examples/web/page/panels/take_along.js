// "Take it along": this run as a command, a stop of the debugger, a cell of Python, a link.

import { h } from '../dom.js';
import { defaults, writeAddress } from '../state.js';
import { mistakes } from '../mistakes.js';

const quoted = (text) => `"${String(text).replace(/[\\"$`!]/g, (c) => '\\' + c)}"`;
const python = (value) => JSON.stringify(value).replace('true', 'True').replace('null', 'None');

export function command(state) {
  const parts = ['sdxl generate', `--prompt ${quoted(state.prompt)}`];
  if (state.negative !== null) parts.push(`--negative-prompt ${quoted(state.negative)}`);
  parts.push(`--scheduler ${state.sampler}`, `--steps ${state.steps}`, `--guidance-scale ${state.guidance}`, `--seed ${state.seed}`);
  if (state.height !== defaults.height || state.width !== defaults.width) parts.push(`--height ${state.height} --width ${state.width}`);
  if (state.original) parts.push(`--original-height ${state.original[0]} --original-width ${state.original[1]}`);
  if (String(state.crop) !== String(defaults.crop)) parts.push(`--crop-top ${state.crop[0]} --crop-left ${state.crop[1]}`);
  if (state.target) parts.push(`--target-height ${state.target[0]} --target-width ${state.target[1]}`);
  if (state.refiner) {
    const [way, share] = state.refiner.split(':');
    parts.push('--refiner examples/tiny_sdxl/model/refiner', way === 'image' ? `--refine-strength ${share}` : `--high-noise-fraction ${share}`);
    if (state.score !== defaults.score) parts.push(`--aesthetic-score ${state.score}`);
  }
  for (const path of state.mute) parts.push(`--mute ${quoted(path)}`);
  for (const head of state.heads) parts.push(`--mute-head ${quoted(head)}`);
  for (const skip of state.skips) parts.push(`--mute-skip ${skip}`);
  const mistake = mistakes.find((one) => one.name === state.mistake);
  for (const factor of mistake?.scale ?? []) parts.push(`--scale ${quoted(factor)}`);
  return parts.join(' \\\n    ');
}

export function createTakeAlong(app, element) {
  const part = (title, text, says) => {
    const button = h('button', { type: 'button', onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'copied';
      } catch {
        button.textContent = 'select it below';
      }
      setTimeout(() => { button.textContent = 'copy'; }, 1500);
    } }, 'copy');
    return [h('div', { class: 'copying' }, h('h2', { class: 'part' }, title), button), says ? h('p', { class: 'quiet note' }, says) : null, h('pre', { class: 'copy', tabindex: 0 }, text)];
  };

  function update() {
    const { state } = app;
    const step = Math.max(0, app.step);
    const at = state.at ?? 'unet.mid_block.attentions.0';
    const isWhole = mistakes.find((one) => one.name === state.mistake && !one.scale);
    element.replaceChildren(...[
      part('As a command', command(state) + ' \\\n    --output picture.png', isWhole ? 'The mistake is not part of the command: docs/common_mistakes.md has it as a patch.' : 'It draws the same picture, to 1 of 255.'),
      part('In the debugger', `at ${at} step ${step}`, 'Stops when this module has computed its output in this step (docs/debugging).'),
      part('In Python', `import glassbox\n\nglass = glassbox.open()\nwith glassbox.record(${python(at)}, inputs=True) as seen:\n    picture = glass(${python(state.prompt)}, num_inference_steps=${state.steps}, guidance_scale=${state.guidance},\n                    scheduler=${python(state.sampler)}, seed=${state.seed}).images[0]\nprint(seen)`, 'docs/python.md'),
      part('As a link', location.href.split('#')[0] + writeAddress(state), 'The whole state is in it: the run, the step, the module, the number.'),
    ].flat().filter(Boolean));
  }
  update();
  return { update };
}
