// "Attention": where a word is looked at, and what a place looks at. Hover a word, or the picture.

import { $, h } from '../dom.js';

const usual = 'up_blocks.1.attentions.2.transformer_blocks.0.attn2';

export function createAttention(app, element) {
  let weights = null;  // {data, heads, queries, keys, side}
  let held = null;     // a word or a place that stays when the pointer leaves: {word} or {place}
  let mine = 0;
  const heat = $('#heat');
  const canvas = $('#canvas');

  const layers = () => {
    const tree = app.trees.get(isRefiner() ? 'refiner' : 'tiny');
    return tree ? tree.modules.filter((row) => /\.attn[12]$/.test(row.path)).map((row) => row.path) : [];
  };
  const isRefiner = () => app.run.steps[app.step]?.facts.model === 'refiner';
  const layer = () => {
    const all = layers();
    return all.includes(app.state.layer) ? app.state.layer : all.find((path) => path.endsWith(usual)) ?? all.at(-1);
  };
  const isText = () => layer()?.endsWith('attn2');
  const words = () => app.run.result?.tokens.words ?? [];

  async function update() {
    const now = ++mine;
    const path = layer();
    if (!path || !app.run.result) return element.replaceChildren(h('p', { class: 'quiet' }, 'The first picture is on its way.'));
    try {
      await app.look(path);
      const { shape, data } = await app.model.call('tensor', `attention/${path}`);
      if (now !== mine) return;
      const [n, heads, queries, keys] = shape;
      const shift = (n - 1) * heads * queries * keys;
      const ratio = app.state.height / app.state.width;
      const width = Math.round(Math.sqrt(queries / ratio));
      weights = { data: data.subarray(shift), heads, queries, keys, width, height: Math.round(queries / width) };
      render(path);
    } catch (error) {
      if (now === mine) element.replaceChildren(h('p', { class: 'problem' }, error.message));
    }
  }

  // The mean over the heads, or one head.
  function weight(query, key) {
    const chosen = app.state.head;
    const heads = chosen === null || chosen >= weights.heads ? [...Array(weights.heads).keys()] : [chosen];
    return heads.reduce((sum, head) => sum + weights.data[(head * weights.queries + query) * weights.keys + key], 0) / heads.length;
  }
  const mapOf = (word) => Float32Array.from({ length: weights.queries }, (_, query) => word.tokens.reduce((sum, key) => sum + weight(query, key), 0));

  function render(path) {
    const select = h('select', { 'aria-label': 'Layer', onchange: () => app.set({ layer: select.value }) },
      ...layers().map((one) => h('option', { value: one, selected: one === path }, one.replace('unet.', '').replace('transformer_blocks.', 'block '))));
    const head = h('select', { 'aria-label': 'Head', onchange: () => app.set({ head: head.value === '' ? null : Number(head.value) }) },
      h('option', { value: '' }, 'all heads'), ...[...Array(weights.heads).keys()].map((i) => h('option', { value: i, selected: app.state.head === i }, `head ${i}`)));
    const choose = (kind) => app.set({ layer: layers().find((one) => one === path.replace(/attn[12]$/, kind)) });
    const kind = (name, text) => h('button', { type: 'button', 'aria-pressed': path.endsWith(name) ? 'true' : 'false', onclick: () => choose(name) }, text);
    const explain = isText()
      ? 'Hover a word below the picture: it shows which places look at it. Hover the picture: the words show what that place looks at.'
      : 'Self-attention: hover the picture, and it shows where that place looks.';
    element.replaceChildren(
      h('div', { class: 'choices' }, h('div', { class: 'row' }, kind('attn2', 'to the words'), ' ', kind('attn1', 'to other places')), h('label', {}, 'layer ', select), h('label', {}, 'head ', head)),
      h('p', { class: 'quiet', style: 'margin-top:12px' }, explain),
      h('h2', { class: 'part' }, isText() ? 'Each word, over the picture' : 'From nine places'),
      h('div', { class: 'maps-grid' }, ...(isText() ? words().map(wordMap) : [...Array(9).keys()].map(placeMap))));
    $('#said').replaceChildren(isText() ? wordRow() : '');  // beside the picture, to see both at once
    show(held);
  }

  function wordRow() {
    return h('div', { class: 'words', id: 'words' }, ...words().map((word, i) => {
      const around = i === 0 || i === words().length - 1;
      return h('button', { type: 'button', class: around ? 'word-around' : '', 'data-word': i, title: `tokens ${word.tokens.slice(0, 4).join(', ')}`,
        onpointerenter: () => show({ word: i }), onpointerleave: () => show(held), onfocus: () => show({ word: i }), onblur: () => show(held),
        onclick: () => { held = held?.word === i ? null : { word: i }; show(held); } }, word.text);
    }));
  }

  const figure = (map, text, caption) => {
    const picture = h('canvas', { role: 'img', 'aria-label': caption });
    drawHeat(picture, map, weights, app.run.result.picture);
    return h('figure', {}, picture, h('figcaption', {}, text));
  };
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  function wordMap(word) {
    const map = mapOf(word);
    const mean = map.reduce((a, b) => a + b, 0) / map.length;
    return figure(map, `${word.text} · ${percent(mean)}`, `Attention to ${word.text}`);
  }
  function placeMap(i) {
    const y = Math.floor((weights.height * (2 * Math.floor(i / 3) + 1)) / 6);
    const x = Math.floor((weights.width * (2 * (i % 3) + 1)) / 6);
    return figure(rowOf(y * weights.width + x), `from row ${y}, column ${x}`, `Self-attention from row ${y}, column ${x}`);
  }
  const rowOf = (query) => Float32Array.from({ length: weights.keys }, (_, key) => weight(query, key));

  // what: {word: index}, {place: query} or nothing.
  function show(what) {
    heat.hidden = !what;
    for (const button of document.querySelectorAll('#words [data-word]')) button.style.setProperty('--share', 0);
    if (!what || !weights) return;
    if ('word' in what) return drawHeat(heat, mapOf(words()[what.word]), weights);
    const row = rowOf(what.place);
    if (!isText()) return drawHeat(heat, row, weights, null, what.place);
    const shares = words().map((word) => word.tokens.reduce((sum, key) => sum + row[key], 0));
    const largest = Math.max(...shares.slice(1, -1), 1e-9);
    document.querySelectorAll('#words [data-word]').forEach((button, i) => {
      button.style.setProperty('--share', Math.min(1, shares[i] / largest));
      button.title = percent(shares[i]);
    });
    drawHeat(heat, new Float32Array(weights.queries), weights, null, what.place);
  }

  const placeAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * weights.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * weights.height);
    return Math.max(0, Math.min(weights.queries - 1, y * weights.width + x));
  };
  const move = (event) => { if (weights) show({ place: placeAt(event) }); };
  const out = () => show(held);
  const click = (event) => { if (weights) { held = held ? null : { place: placeAt(event) }; show(held); } };
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerleave', out);
  canvas.addEventListener('click', click);
  update();
  return {
    update,
    leave() {
      canvas.removeEventListener('pointermove', move);
      canvas.removeEventListener('pointerleave', out);
      canvas.removeEventListener('click', click);
      heat.hidden = true;
      $('#said').replaceChildren();
    },
  };
}

// A map over the places, from clear to the colour of text; over a picture in grey where there is one. `mark`: a
// place that is framed.
export function drawHeat(canvas, map, { width, height }, picture = null, mark = null) {
  const largest = map.reduce((a, b) => Math.max(a, b), 1e-9);
  const small = document.createElement('canvas');
  small.width = width;
  small.height = height;
  const image = new ImageData(width, height);
  map.forEach((value, i) => image.data.set([255, 140 - 90 * (value / largest), 20, 235 * (value / largest)], 4 * i));
  small.getContext('2d').putImageData(image, 0, 0);
  const side = 288;
  canvas.width = width >= height ? side : (side * width) / height;
  canvas.height = height >= width ? side : (side * height) / width;
  const context = canvas.getContext('2d');
  if (picture) {
    const grey = document.createElement('canvas');
    grey.width = picture.width;
    grey.height = picture.height;
    const pixels = new ImageData(picture.width, picture.height);
    for (let i = 0; i < picture.width * picture.height; ++i) {
      const value = 60 + 0.6 * (0.3 * picture.rgb[3 * i] + 0.59 * picture.rgb[3 * i + 1] + 0.11 * picture.rgb[3 * i + 2]);
      pixels.data.set([value, value, value, 255], 4 * i);
    }
    grey.getContext('2d').putImageData(pixels, 0, 0);
    context.drawImage(grey, 0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingEnabled = mark === null;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (mark === null) return;
  const cell = canvas.width / width;
  context.strokeStyle = '#fff';
  context.lineWidth = 3;
  context.strokeRect((mark % width) * cell, Math.floor(mark / width) * cell, cell, cell);
  context.strokeStyle = '#2a63c9';
  context.lineWidth = 1.5;
  context.strokeRect((mark % width) * cell, Math.floor(mark / width) * cell, cell, cell);
}
