// The U on the page: the drawing, its live maps, the skips' thickness, the sentence below it.

import { $, h, grouped } from './dom.js';
import { layoutOf } from './u/layout.js';
import { drawU } from './u/drawing.js';
import { drawTiles } from './u/live.js';
import { nameOf, partsOf } from './u/parts.js';

const models = [
  ['tiny', 'the tiny model', 'It draws here: 9 million numbers.'],
  ['sdxl-base', 'SDXL', 'The published base model, to the same scale: 2.6 billion numbers, too many for a page.'],
  ['sdxl-refiner', 'its refiner', 'The published refiner: four levels in place of three.'],
];

export class Network {
  // on: {block(block), skip(arc), model(name)}
  constructor(on) {
    this.on = on;
    this.tiles = new Map();
    this.marks = { at: null, muted: new Set(), skips: new Set() };
    this.canvas = h('canvas', { class: 'maps', 'aria-hidden': 'true' });
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.dark.addEventListener('change', () => this.paint());
    new ResizeObserver(() => this.resize()).observe($('#u'));
    $('#models').append(...models.map(([name, label]) => h('button', {
      type: 'button', role: 'radio', 'data-model': name, onclick: () => on.model(name),
    }, label)));
  }

  // tree: what `sdxl tree --json` says, and the skips.
  show(tree, model) {
    this.tree = tree;
    this.model = model;
    this.parts = partsOf(tree.modules);
    this.says = models.find(([name]) => name === model)[2];
    for (const button of $('#models').children) button.setAttribute('aria-checked', button.dataset.model === model);
    this.width = 0;
    this.resize();
  }

  resize() {
    const width = Math.floor($('#u').clientWidth);
    if (!this.parts || width === this.width || width < 50) return;
    this.width = width;
    this.layout = layoutOf(this.parts, this.tree.skips, width);
    this.svg = drawU(this.layout, {
      sources: true,
      says: (block) => this.sentence(block),
      onBlock: this.on.block,
      onArc: this.model === 'tiny' ? this.on.skip : undefined,
      onHover: (subject) => this.hint(subject),
    });
    $('#u').replaceChildren(this.canvas, this.svg);
    this.paint();
    this.hint(null);
  }

  paint() {
    if (!this.layout) return;
    drawTiles(this.canvas, this.layout, this.model === 'tiny' ? this.tiles : new Map(), this.dark.matches);
    this.svg.classList.toggle('empty', this.model !== 'tiny' || this.tiles.size === 0);
    const strengths = this.layout.arcs.map((arc) => this.tiles.get(arc.from)?.rms ?? 0);
    const largest = Math.max(...strengths, 1e-9);
    for (const arc of this.layout.arcs) {
      const element = this.svg.querySelector(`[data-skip="${arc.number}"]`);
      const rms = this.model === 'tiny' ? this.tiles.get(arc.from)?.rms : undefined;
      element.style.setProperty('--thickness', rms === undefined ? 1.5 : 0.8 + 3.7 * (rms / largest));
      element.classList.toggle('muted', this.model === 'tiny' && this.marks.skips.has(arc.number));
    }
    for (const element of this.svg.querySelectorAll('[data-path]')) {
      const path = element.dataset.path;
      element.classList.toggle('chosen', this.marks.at === path || (this.marks.at ?? '').startsWith(path + '.'));
      element.classList.toggle('muted', this.marks.muted.has(path));
    }
  }

  // tiles of the step that is shown.
  update(tiles, marks) {
    this.tiles = tiles;
    this.marks = marks;
    this.paint();
  }

  // Lets parts of the drawing stand out: 'text', 'time', 'skips', 'blocks' or nothing.
  emphasise(what) {
    for (const name of ['text', 'time', 'skips', 'blocks']) $('#u').classList.toggle(`only-${name}`, name === what);
  }

  sentence(block) {
    const { name, says } = nameOf(block);
    return `${block.path}: ${name}, ${block.channels} channels of ${block.height} × ${block.width}; ${says}`;
  }

  hint(subject) {
    const line = $('#hint');
    if (!subject) {
      const idle = this.model === 'tiny'
        ? 'Click a block to look inside, a violet line (a skip) to cut it.'
        : `${this.says} Width is the number of channels, height the resolution.`;
      return line.replaceChildren(idle);
    }
    if (subject.d) {
      const rms = this.tiles.get(subject.from)?.rms;
      return line.replaceChildren(h('b', { class: 'skips' }, `skip ${subject.number} `),
        `carries ${subject.channels} channels across${rms && this.model === 'tiny' ? `, rms ${rms.toPrecision(3)}` : ''}. Click to ${this.marks.skips.has(subject.number) ? 'put it back' : 'cut it'}.`);
    }
    const { name, says } = nameOf(subject);
    line.replaceChildren(h('b', {}, name), ` ${subject.channels} channels of ${subject.height} × ${subject.width}; ${says}. `,
      h('span', { class: 'quiet' }, `${grouped(subject.parameters)} parameters`));
  }
}
