// The steps of the run: a small picture of each prediction, and the way through them.

import { $, h, paint, prefersStillness } from './dom.js';

export class Timeline {
  // choose(step): a visitor went to a step.
  constructor(choose) {
    this.choose = choose;
    this.count = 0;
    this.playing = null;
    this.list = h('ol', { id: 'steps' });
    const button = (name, text, act) => h('button', { type: 'button', 'aria-label': name, title: name, onclick: act }, text);
    this.playButton = button('Play the steps', '▶', () => (this.playing ? this.stop() : this.play()));
    this.slider = h('input', { type: 'range', min: 0, max: 0, value: 0, 'aria-label': 'Step', oninput: () => this.go(Number(this.slider.value)) });
    $('#time').append(h('div', { class: 'controls' },
      button('One step back', '‹', () => this.go(this.step - 1)), this.playButton, button('One step on', '›', () => this.go(this.step + 1)), this.slider), this.list);
  }

  begin() {
    this.stop();
    this.list.replaceChildren();
    this.count = 0;
  }

  // A step of the run has been taken.
  add(facts, preview) {
    const canvas = h('canvas');
    paint(canvas, preview);
    const step = this.count++;
    const item = h('button', {
      type: 'button', 'aria-label': `Step ${step + 1}, timestep ${Math.round(facts.timestep)}`, title: `step ${step + 1}, t = ${Math.round(facts.timestep)}`,
      onclick: () => this.go(step),
    }, canvas);
    this.list.append(h('li', { class: facts.model }, item));
    this.slider.max = step;
    this.mark(step);
  }

  // The decoded picture of a step, in place of the preview.
  sharpen(step, picture) {
    const canvas = this.list.children[step]?.querySelector('canvas');
    if (canvas) paint(canvas, picture);
  }

  mark(step) {
    this.step = step;
    this.slider.value = step;
    [...this.list.children].forEach((item, i) => item.firstChild.setAttribute('aria-current', i === step ? 'step' : 'false'));
  }

  go(step, { isPlaying = false } = {}) {
    if (this.count === 0) return;
    if (!isPlaying) this.stop();
    this.mark(Math.max(0, Math.min(this.count - 1, step)));
    this.choose(this.step);
  }

  play() {
    if (this.count === 0) return;
    if (this.step >= this.count - 1) this.go(0);
    this.playButton.textContent = '❚❚';
    this.playButton.setAttribute('aria-label', 'Stop');
    const advance = () => {
      if (this.step >= this.count - 1) return this.stop();
      this.go(this.step + 1, { isPlaying: true });
    };
    this.playing = setInterval(advance, prefersStillness() ? 600 : 160);
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.playButton.textContent = '▶';
    this.playButton.setAttribute('aria-label', 'Play the steps');
  }
}
