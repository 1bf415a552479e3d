// What a visitor wonders about first. An answer is seen in the drawing, and said in two sentences.

import { $, h } from './dom.js';

const asked = [
  {
    text: 'What is this U?', part: 'blocks',
    answer: 'The network that finds the noise in a picture. The picture goes down the left arm, where it gets coarser and gains channels, through the bottom, and up the right arm. Each small square is a channel, as it is in this step.',
  },
  {
    text: 'Where does the text come in?', part: 'text',
    answer: 'At the blue dots. Each attention block lets every place of the picture look at the words, in every step. A summary of the whole text also joins the time (amber), and reaches every other block.',
  },
  {
    text: 'What happens without the skips?', part: 'skips',
    answer: 'The violet lines carry what the left arm saw straight across. This is the picture without them: what is left has gone through the bottom, 4 × 4 places. Ask again to have them back.',
    act: (app) => app.set({ skips: app.state.skips.length ? [] : app.trees.get('tiny').skips.map((skip, i) => i), step: null, model: 'tiny' }, { draw: true }),
  },
];

export function questions(app) {
  const buttons = asked.map((question) => h('button', { type: 'button', class: 'chip question', 'aria-pressed': 'false', onclick: () => ask(question) }, question.text));
  const answer = h('p', { id: 'answer', role: 'status' });
  let open = null;

  async function ask(question) {
    const isOpen = open === question;
    open = isOpen ? null : question;
    asked.forEach((one, i) => buttons[i].setAttribute('aria-pressed', one === open));
    app.network.emphasise(open?.part);
    answer.textContent = open?.answer ?? '';
    if (question.act && (isOpen || app.state.skips.length === 0)) await question.act(app);
    if (innerWidth < 700 && open) $('#u').scrollIntoView({ block: 'nearest' });
  }
  return [...buttons, answer];
}
