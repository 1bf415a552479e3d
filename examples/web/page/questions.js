// What a visitor wonders about first. An answer is seen in the drawing, and said in a few sentences.

import { $, h, paint } from './dom.js';

const asked = [
  {
    text: 'What is this U?', part: 'blocks',
    answer: 'A network, the U-Net. A picture begins as noise. In every step the U finds the noise, and a part of that noise is taken away. The picture goes down the left arm and gets coarser, then up the right arm. Each small square is a channel: a map of the network’s numbers in this step.',
  },
  {
    text: 'Where does the text come in?', part: 'text',
    answer: 'At the blue dots, in every step. In these blocks each place of the picture reads from the words of the prompt. A summary of the whole text comes in with the time, at the amber dots.',
  },
  {
    text: 'What happens without the skips?', part: 'skips',
    answer: 'The skips are the violet lines from the left arm straight to the right. They are cut now (red), and the picture is drawn again. All that the right arm gets has gone through the bottom, 4 × 4 places. That is too coarse to find the noise, so much of it stays.',
    cuts: true,
  },
];

// A small picture in an answer, empty until it is drawn.
function small(name) {
  const canvas = h('canvas', { width: 128, height: 128, role: 'img', 'aria-label': `The picture ${name}` });
  return { figure: h('figure', {}, canvas, h('figcaption', {}, name)), show: (picture) => paint(canvas, picture) };
}

// What a run is made from, but for the skips.
const besidesSkips = (options) => JSON.stringify({ ...options, knobs: { ...options.knobs, mute_skip: [] } });

export function questions(app) {
  const buttons = asked.map((question) => h('button', { type: 'button', class: 'chip question', 'aria-pressed': 'false', onclick: () => ask(question) }, question.text));
  const answer = h('div', { id: 'answer', role: 'status' });
  let open = null;
  let pair = null;  // {element, of}: two pictures that differ by the skips alone

  // Asked once more, an answer goes. With it, or with another question, the skips come back.
  async function ask(question) {
    const before = open;
    open = before === question ? null : question;
    asked.forEach((one, i) => buttons[i].setAttribute('aria-pressed', one === open));
    app.network.emphasise(open?.part);
    answer.replaceChildren(...(open ? [h('p', {}, open.answer)] : []));
    const drawn = open?.cuts ? compare(question) : null;
    if (innerWidth <= 600 && open) $('#questions').scrollIntoView({ block: 'start' });
    await drawn;
    if (!open?.cuts && before?.cuts && app.state.skips.length > 0) await app.set({ skips: [], step: null }, { draw: true });
  }

  // The picture as soon as it is drawn: the panel below follows.
  async function drawWith(skips) {
    app.set({ skips, step: null, model: 'tiny' }, { draw: true });
    while (app.drawing) await app.drawing;
    return app.run.result?.picture;
  }

  // The picture with the skips, beside the one without.
  async function compare(question) {
    const [whole, without] = [small('with the skips'), small('without')];
    const element = h('div', { class: 'pair' }, whole.figure, without.figure);
    const back = () => {
      buttons[asked.indexOf(question)].focus();
      return ask(question);
    };
    answer.append(element, h('button', { type: 'button', onclick: back }, 'Put the skips back'));
    while (app.drawing) await app.drawing;
    const first = (app.state.skips.length === 0 && app.run.result?.picture) || await drawWith([]);
    if (!first || !element.isConnected) return;
    whole.show(first);
    pair = { element, of: besidesSkips(app.run.options) };
    const second = await drawWith(app.trees.get('tiny').skips.map((skip, i) => i));
    if (second) without.show(second);
  }

  // A run of something else: the pair is no longer about the picture that is shown.
  app.onRun = (options) => {
    if (pair && besidesSkips(options) !== pair.of) pair.element.remove();
  };
  return [h('div', { class: 'row' }, ...buttons), answer];
}
