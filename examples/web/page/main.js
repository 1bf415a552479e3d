// Brings the parts of the page together: the state, the model, a run, and who shows what of it.

import { $, h, paint } from './dom.js';
import { Model } from './model.js';
import { Network } from './network.js';
import { Timeline } from './timeline.js';
import { defaults, readAddress, runOptions, writeAddress } from './state.js';
import { mistakes } from './mistakes.js';
import { partsOf } from './u/parts.js';
import { panels } from './panels/panels.js';
import { questions } from './questions.js';

const prompts = ['a large yellow star on a blue background', 'a red circle to the left of a blue square', 'a glossy pink flower on a green background'];

// The shapes and costs of a published model: what `sdxl tree --json` prints of it.
async function published(name) {
  const answer = await fetch(`trees/${name}.json`).catch(() => null);
  if (!answer?.ok) throw new Error(`The shapes of ${name} did not arrive: check the connection, and choose it again.`);
  return answer.json();
}

class App {
  constructor() {
    const { state, problem } = readAddress(location.hash);
    this.state = state;
    this.model = new Model();
    this.run = { steps: [], result: null };
    this.trees = new Map();
    this.network = new Network({
      block: (block) => this.set({ at: block.path, show: null, pixel: null, panel: 'inside' }, { reveal: true }),
      skip: (arc) => this.toggle('skips', arc.number),
      model: (name) => this.set({ model: name, at: null, show: null, pixel: null }),
    });
    this.timeline = new Timeline((step) => this.set({ step: step === this.run.steps.length - 1 ? null : step }));
    this.panel = null;
    this.linkProblem = problem;
    this.say(null);
    this.arrange();
  }

  arrange() {
    $('#prompt').value = this.state.prompt;
    $('#ask').addEventListener('submit', (event) => {
      event.preventDefault();
      this.set({ prompt: $('#prompt').value, step: null }, { draw: true });
    });
    $('#examples').append(...prompts.map((prompt) => h('button', { type: 'button', class: 'chip', onclick: () => this.set({ prompt, step: null }, { draw: true }) }, prompt)));
    $('#questions').append(...questions(this));
    $('#tabs').append(...panels.map(({ name, title }) => h('button', {
      type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'panel', onclick: () => this.set({ panel: name }),
    }, title)));
    addEventListener('hashchange', () => {
      if (location.hash === writeAddress(this.state)) return;
      const { state, problem } = readAddress(location.hash);
      this.set(state, { draw: true });
      this.linkProblem = problem;
      this.say(null);
    });
    this.model.on = {
      progress: ({ what, loaded, total }) => this.progress(what, loaded, total),
      step: (event) => this.onStep(event),
    };
    this.showPanel();
  }

  // Opens the model; the first picture follows.
  async start() {
    this.say(null);
    try {
      this.about = await this.model.call('open');
      this.trees.set('tiny', await this.model.call('tree', 'unet'));
    } catch (error) {
      $('#caption').textContent = 'The model is not here.';
      return this.say(error.message, () => this.start());
    }
    $('#draw').disabled = false;
    $('#questions').hidden = false;
    await this.refresh();
    await this.draw();
    navigator.serviceWorker?.register('offline.js').catch(() => {});  // without it: no page offline
  }

  progress(what, loaded, total) {
    const size = (bytes) => (bytes / 1e6).toFixed(1);
    const name = { program: 'the program', base: 'the model', refiner: 'the refiner' }[what];
    $('#caption').replaceChildren(loaded < total ? `${name}: ${size(loaded)} of ${size(total)} MB` : 'opening the model',
      h('progress', { value: loaded, max: total, 'aria-label': name }));
  }

  // A sentence above everything, with a way to try again; without one, what was wrong with the link.
  say(sentence, again) {
    const message = $('#message');
    const text = sentence ?? this.linkProblem;
    if (!text) return message.replaceChildren();
    return message.replaceChildren(h('span', {}, text), again ? h('button', { type: 'button', onclick: again }, 'Try again') : '');
  }

  // Changes what a visitor chose. `draw`: the picture depends on it; `reveal`: scroll to the panel.
  set(changes, { draw = false, reveal = false } = {}) {
    const before = this.state;
    this.state = { ...before, ...changes };
    if (draw) this.linkProblem = null;
    history.replaceState(null, '', writeAddress(this.state));
    if ($('#prompt').value !== this.state.prompt && document.activeElement !== $('#prompt')) $('#prompt').value = this.state.prompt;
    if (draw) $('#prompt').value = this.state.prompt;
    if (before.panel !== this.state.panel) this.showPanel();
    const done = draw ? this.draw() : this.refresh();
    if (reveal && $('#panel').getBoundingClientRect().top > innerHeight - 160) $('#tabs').scrollIntoView({ behavior: 'smooth', block: 'start' });
    return done;
  }

  // Adds an item to a list of the state, or takes it out, and draws.
  toggle(name, item) {
    const list = this.state[name];
    return this.set({ [name]: list.includes(item) ? list.filter((other) => other !== item) : [...list, item] }, { draw: true });
  }

  get step() {
    const last = this.run.steps.length - 1;
    return this.state.step === null ? last : Math.min(this.state.step, last);
  }

  // Draws with the present state; a wish that comes while it draws is taken up at the end.
  async draw() {
    if (!this.about) return;
    if (this.drawing) {
      this.again = true;
      return this.drawing;
    }
    this.drawing = this.drawNow();
    try {
      await this.drawing;
    } finally {
      this.drawing = null;
    }
    if (this.again) {
      this.again = false;
      return this.draw();
    }
    await this.refresh();
    this.sharpen();
  }

  async drawNow() {
    $('#stage').setAttribute('aria-busy', 'true');
    const number = (this.runNumber = (this.runNumber ?? 0) + 1);
    this.run = { number, steps: [], result: null };
    this.looked = null;
    this.timeline.begin();
    try {
      await this.prepare();
      const watch = ['tiny', 'refiner'].flatMap((name) => (this.trees.has(name) ? partsOf(this.trees.get(name).modules).map((part) => part.path) : []));
      const options = runOptions(this.state, mistakes);
      this.run.options = options;
      this.onRun?.(options);
      this.run.result = await this.model.call('draw', { ...options, watch });
      this.say(this.cutOff());
    } catch (error) {
      this.say(error.message);
      $('#caption').textContent = 'Nothing was drawn.';
    }
    $('#stage').setAttribute('aria-busy', 'false');
  }

  // The refiner, and the configs of a mistake, before a run that needs them.
  async prepare() {
    const mistake = mistakes.find((one) => one.name === this.state.mistake && one.config);
    if ((this.opened ?? null) !== (mistake ?? null)) {
      await this.model.call('reopen', [this.opened?.right, mistake?.config]);
      this.opened = mistake ?? null;
      this.hasRefiner = false;
      this.kept = null;
    }
    if (this.state.refiner && !this.hasRefiner) {
      await this.model.call('openRefiner');
      this.hasRefiner = true;
      this.trees.set('refiner', await this.model.call('tree', 'refiner.unet'));
    }
  }

  cutOff() {
    const pieces = this.run.result.tokens.cut_off;
    return pieces.length === 0 ? null : `The text encoders read 75 tokens: ${pieces.length.toLocaleString('en')} more of this prompt are cut off.`;
  }

  onStep({ facts, tiles, preview }) {
    this.run.steps.push({ facts, tiles: new Map(tiles), preview });
    this.timeline.add(facts, preview);
    paint($('#canvas'), preview);
    this.caption();
    this.network.update(this.run.steps.at(-1).tiles, this.marks());
  }

  // The predictions of all steps, decoded one by one while nothing else is wanted.
  async sharpen() {
    const { number, steps } = this.run;
    for (let k = steps.length - 1; k >= 0; --k) {
      if (this.run.number !== number || this.drawing) return;
      try {
        steps[k].picture = k === steps.length - 1 && !this.state.mistake ? this.run.result.picture : await this.model.call('predicted', k);
      } catch {
        return;
      }
      if (this.run.number !== number) return;
      this.timeline.sharpen(k, steps[k].picture);
      if (k === this.step && this.state.step !== null) this.showPicture();
    }
  }

  marks() {
    // A block is out where a pattern matches it or a module that it is in.
    const patterns = this.state.mute.map((glob) => new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}(\\..*)?$`));
    const muted = new Set((this.network.parts ?? []).map((part) => part.path).filter((path) => patterns.some((pattern) => pattern.test(path))));
    return { at: this.state.at, skips: new Set(this.state.skips), muted };
  }

  caption() {
    const step = this.run.steps[this.step];
    if (!step) return;
    const n = this.run.steps.length;
    const total = this.run.result ? n : step.facts.n;
    const time = this.run.result ? ` · ${(this.run.result.milliseconds / 1000).toFixed(1)} s` : '';
    $('#caption').textContent = `step ${this.step + 1} of ${total} · t = ${Math.round(step.facts.timestep)}${this.state.step === null ? time : ' · its prediction'}`;
  }

  showPicture() {
    const step = this.run.steps[this.step];
    if (!step) return;
    const isFinished = this.state.step === null && this.run.result;
    const picture = isFinished ? this.run.result.picture : step.picture ?? step.preview;
    paint($('#canvas'), picture);
    $('#canvas').setAttribute('aria-label', `${this.state.prompt}: ${isFinished ? 'the picture' : `as predicted in step ${this.step + 1}`}`);
  }

  // Shows the present state: the U, the step, the panel.
  async refresh() {
    const name = this.state.model;
    if (!this.trees.has(name) && this.about) {
      try {
        this.trees.set(name, await published(name));
      } catch (error) {
        this.say(error.message);
        this.state.model = 'tiny';
      }
    }
    const step = this.run.steps[this.step];
    const isRefiner = this.state.model === 'tiny' && step?.facts.model === 'refiner';
    const tree = this.trees.get(isRefiner ? 'refiner' : this.state.model);
    if (tree && tree !== this.network.tree) this.network.show(tree, this.state.model);
    if (step) {
      this.timeline.mark(this.step);
      this.network.update(step.tiles, this.marks());
      this.caption();
      this.showPicture();
    }
    await this.panel?.update?.();
  }

  // The worker holds the tensors of one step at a time: those of the present one from here on.
  async look(path = '') {
    if (this.drawing) await this.drawing.catch(() => {});
    if (!this.run.result) throw new Error('Nothing has been drawn yet.');
    const step = path.startsWith('vae') ? -1 : this.step;
    const key = `${this.run.number} ${step} ${this.state.timestep}`;
    if (this.looked?.key !== key) {
      this.looked = { key, done: this.model.call('look', step, step < 0 ? -1 : this.state.timestep ?? -1) };
    }
    await this.looked.done;
  }

  showPanel() {
    const { name, create } = panels.find((one) => one.name === this.state.panel) ?? panels[0];
    for (const tab of $('#tabs').children) tab.setAttribute('aria-selected', tab.id === `tab-${name}`);
    $('#panel').setAttribute('aria-labelledby', `tab-${name}`);
    $('#heat').hidden = true;
    this.panel?.leave?.();
    this.panel = create(this, $('#panel'));
  }

  reset() {
    return this.set({ ...structuredClone(defaults), panel: this.state.panel, prompt: this.state.prompt }, { draw: true });
  }
}

const app = new App();
window.glassbox = app;  // for the browser's console, and for the tests
app.start();
