// Everything that a visitor chose, as the address of the page: a link shows the same picture, the same
// module, the same number.

export const version = 1;

export const defaults = {
  prompt: 'a large yellow star on a blue background',
  negative: null,           // null: none at all, which is not the empty text
  seed: 1,
  steps: 25,
  sampler: 'euler',
  guidance: 4,
  height: 128, width: 128,
  original: null,           // [height, width]; null: that of the picture
  crop: [0, 0],
  target: null,
  score: 6,
  refiner: null,            // 'ensemble:0.8' or 'image:0.3'
  mute: [], heads: [], skips: [],
  mistake: null,
  model: 'tiny',            // or 'sdxl-base', 'sdxl-refiner': the same drawing, without weights
  step: null,               // null: the last one
  at: null,                 // the path of a module
  show: null,               // one of its tensors
  pixel: null,              // [channel, row, column]
  panel: 'inside',
  layer: null, head: null,  // of the attention panel
  timestep: null,           // another one than the step's
};

const isList = (name) => Array.isArray(defaults[name]) || ['original', 'target', 'pixel'].includes(name);
const isNumber = (name) => typeof defaults[name] === 'number' || ['step', 'timestep', 'head'].includes(name);

export function writeAddress(state) {
  const parts = new URLSearchParams({ v: String(version) });
  for (const [name, own] of Object.entries(defaults)) {
    const value = state[name];
    if (value === null || value === undefined || JSON.stringify(value) === JSON.stringify(own)) continue;
    parts.set(name, isList(name) ? value.join(',') : String(value));
  }
  return '#' + parts.toString();
}

// -> { state, problem }: what the address says, and a sentence about what it says in vain.
export function readAddress(hash) {
  const state = structuredClone(defaults);
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const unknown = [];
  for (const [name, text] of parts) {
    if (name === 'v') continue;
    if (!(name in defaults)) {
      unknown.push(name);
    } else if (isList(name)) {
      const items = text === '' ? [] : text.split(',');
      state[name] = ['mute', 'heads'].includes(name) ? items : items.map(Number);
    } else if (isNumber(name)) {
      state[name] = Number(text);
    } else {
      state[name] = text;
    }
    if (hasNaN(state[name])) {
      unknown.push(name);
      state[name] = structuredClone(defaults[name]);
    }
  }
  const made = Number(parts.get('v') ?? version);
  let problem = null;
  if (made !== version) problem = `This link was made for version ${made} of the page; this is version ${version}, and shows what it still understands.`;
  else if (unknown.length > 0) problem = `This page does not understand a part of the link: ${unknown.join(', ')}. The rest is shown.`;
  return { state, problem };
}

const hasNaN = (value) => (Array.isArray(value) ? value.some(Number.isNaN) : Number.isNaN(value));

// The options of a run, as the worker's `draw` takes them: see api/session.h.
export function runOptions(state, mistakes) {
  const mistake = mistakes.find((one) => one.name === state.mistake);
  const whole = (text) => text.replace(/\p{Surrogate}/gu, '\ufffd');  // half of a character is none in UTF-8
  const options = {
    prompt: whole(state.prompt), seed: state.seed, scheduler: state.sampler, num_inference_steps: state.steps,
    guidance_scale: state.guidance, height: state.height, width: state.width, crop: state.crop,
    aesthetic_score: state.score,
    knobs: { mute: state.mute, mute_head: state.heads, mute_skip: state.skips, scale: mistake?.scale ?? [] },
  };
  if (state.negative !== null) options.negative_prompt = whole(state.negative);
  if (state.original) options.original_size = state.original;
  if (state.target) options.target_size = state.target;
  if (mistake?.argument) options.mistakes = [mistake.name];
  if (state.refiner) {
    const [way, share] = state.refiner.split(':');
    options.refiner = way === 'image' ? { strength: Number(share) } : { high_noise_fraction: Number(share) };
  }
  return options;
}
