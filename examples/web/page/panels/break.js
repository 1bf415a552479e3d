// "Break it": leave parts out, or make one of the common mistakes, and guess which one it is.

import { h, paint } from '../dom.js';
import { mistakes, visible } from '../mistakes.js';

// [text, paths or skips to leave out]
const parts = [
  ['the middle block', ['unet.mid_block']],
  ['all looking at the text', ['unet.*.attn2']],
  ['all looking at places', ['unet.*.attn1']],
  ['the first text encoder', ['text_encoder.*']],
  ['the second text encoder', ['text_encoder_2.*']],
  ['the text as a whole', ['text_encoder_2.text_projection']],
  ['the time', ['unet.time_embedding']],
  ['all feed-forwards', ['unet.*.ff']],
];

export function createBreak(app, element) {
  let quiz = null;  // {choices, right, picture, guessed}
  let wanted = '';

  const same = (list) => list.every((path) => app.state.mute.includes(path));
  function togglePaths(list) {
    const rest = app.state.mute.filter((path) => !list.includes(path));
    return app.set({ mute: same(list) ? rest : [...rest, ...list], step: null }, { draw: true });
  }
  const button = (text, isOn, act) => h('button', { type: 'button', class: isOn ? 'on' : '', 'aria-pressed': isOn ? 'true' : 'false', onclick: act }, text);

  // Cuts that the buttons do not stand for: blocks and heads that were chosen by their path.
  function others() {
    const known = parts.flatMap(([, paths]) => paths);
    const paths = app.state.mute.filter((path) => !known.includes(path));
    return [...paths.map((path) => button(path, true, () => app.toggle('mute', path))), ...app.state.heads.map((head) => button(`head ${head}`, true, () => app.toggle('heads', head)))];
  }

  function chooser() {
    const paths = (app.trees.get('tiny')?.modules ?? []).filter((row) => row.kind !== 'ModuleList').map((row) => row.path);
    const input = h('input', { type: 'search', list: 'all-paths', placeholder: 'any module, by its path', 'aria-label': 'Leave out a module', onchange: () => {
      if (input.value) app.toggle('mute', input.value);
    } });
    const heads = paths.filter((path) => /attn[12]$/.test(path));
    const layer = h('select', { 'aria-label': 'Attention layer' }, ...heads.map((path) => h('option', { value: path }, path.replace('unet.', ''))));
    const head = h('select', { 'aria-label': 'Head' }, ...[0, 1, 2, 3].map((i) => h('option', { value: i }, `head ${i}`)));
    return h('div', { class: 'choices' }, input, h('datalist', { id: 'all-paths' }, ...paths.map((path) => h('option', { value: path }))),
      layer, head, h('button', { type: 'button', onclick: () => app.toggle('heads', `${layer.value}:${head.value}`) }, 'leave this head out'));
  }

  function render() {
    const key = JSON.stringify([app.state.mute, app.state.heads, app.state.skips, app.state.mistake, app.trees.size, quiz, app.run.number]);
    if (key === wanted) return;
    wanted = key;
    const skips = app.trees.get('tiny')?.skips ?? [];
    const isWhole = app.state.mute.length + app.state.heads.length + app.state.skips.length === 0 && !app.state.mistake;
    element.replaceChildren(h('div', { class: 'two' },
      h('div', {}, h('h2', { class: 'part' }, 'Leave out'),
        h('div', { class: 'cuts' }, ...parts.map(([text, paths]) => button(text, same(paths), () => togglePaths(paths)))),
        h('h2', { class: 'part' }, 'Skips'),
        h('div', { class: 'cuts' }, ...skips.map((skip, i) => button(String(i), app.state.skips.includes(i), () => app.toggle('skips', i))),
          button('all', app.state.skips.length === skips.length && skips.length > 0, () => app.set({ skips: app.state.skips.length === skips.length ? [] : skips.map((skip, i) => i), step: null }, { draw: true }))),
        h('h2', { class: 'part' }, 'By name'), h('div', { class: 'cuts' }, ...others()), chooser(),
        h('p', { class: 'quiet note' }, 'A block that adds to its input is left out by returning the input; every other module returns zeros.'),
        h('p', {}, h('button', { type: 'button', disabled: isWhole, onclick: () => app.set({ mute: [], heads: [], skips: [], mistake: null }, { draw: true }) }, 'Mend everything'))),
      h('div', {}, h('h2', { class: 'part' }, 'Common mistakes of ports'), mistakeChoice(), h('h2', { class: 'part' }, 'Guess the mistake'), quizPart())));
  }

  function mistakeChoice() {
    const select = h('select', { 'aria-label': 'Mistake', style: 'max-width:100%', onchange: () => app.set({ mistake: select.value || null, step: null }, { draw: true }) },
      h('option', { value: '' }, 'none'), ...mistakes.map(({ name }) => h('option', { value: name, selected: app.state.mistake === name }, name.replaceAll('_', ' '))));
    const chosen = mistakes.find((one) => one.name === app.state.mistake);
    return h('div', {}, select, h('p', { class: 'quiet note' }, chosen?.says ?? 'Each has been made in a published program, and most of them still draw.'));
  }

  function quizPart() {
    const ask = h('button', { type: 'button', onclick: () => pose() }, quiz ? 'Another one' : 'Draw with a hidden mistake');
    if (!quiz) return h('div', {}, ask);
    const canvas = (picture, text) => {
      const drawn = h('canvas', { role: 'img', 'aria-label': text });
      paint(drawn, picture);
      return h('figure', {}, drawn, h('figcaption', {}, text));
    };
    return h('div', {}, h('div', { class: 'quiz' }, canvas(quiz.rightPicture, 'as it should be'), canvas(quiz.picture, 'with one mistake')),
      h('div', { class: 'answers' }, ...quiz.choices.map((one) => h('button', {
        type: 'button', class: quiz.guessed === null ? '' : one === quiz.right ? 'right' : one.name === quiz.guessed ? 'wrong' : '',
        onclick: () => { quiz.guessed = one.name; render(); },
      }, one.says))), h('p', { style: 'margin-top:12px' }, ask));
  }

  // Draws twice, with a mistake and without, and lets the visitor choose between four. The last run is then the
  // right one.
  async function pose() {
    const pool = mistakes.filter((one) => visible.includes(one.name)).sort(() => Math.random() - 0.5);
    const right = pool[0];
    const choices = pool.slice(0, 4).sort(() => Math.random() - 0.5);
    try {
      if (app.drawing) await app.drawing;
      await app.set({ mistake: right.name, step: null, mute: [], heads: [], skips: [] }, { draw: true });
      const picture = app.run.result.picture;
      await app.set({ mistake: null, step: null }, { draw: true });
      quiz = { choices, right, picture, rightPicture: app.run.result.picture, guessed: null };
    } catch (error) {
      app.say(error.message);
    }
    render();
  }

  render();
  return { update: render };
}
