// A tensor to look at: its planes as tiles, a histogram, the exact number under the pointer.

import { h, number, short, shapeText } from '../dom.js';
import { planesOf, statistics } from './planes.js';

const most = 160;  // planes drawn at once

// A colour for a value between the smallest and the largest: grey, or from blue over white to red for
// differences around 0.
export function greyOf(value, low, high) {
  const t = high > low ? (value - low) / (high - low) : 0.5;
  return Math.round(255 * Math.max(0, Math.min(1, t)));
}

// tensor: {name, shape, data}. options: onPick(plane, y, x, value), pixel [plane, y, x], compact.
export function tensorView(tensor, options = {}) {
  const planes = planesOf(tensor, options);
  const count = Math.min(planes.count, most);
  const room = options.width ?? 520;
  const { columns, scale, gap } = arrangement(planes, count, room);
  const rows = Math.ceil(count / columns);
  const cell = { w: planes.width * scale + gap, h: planes.height * scale + gap };
  const canvas = h('canvas', { class: 'tensor', width: Math.max(1, Math.round(columns * cell.w - gap)), height: Math.max(1, Math.round(rows * cell.h - gap)), tabindex: 0, role: 'img',
    'aria-label': `${tensor.name}, ${shapeText(tensor.shape)}: ${planes.count} pictures. The arrow keys read single numbers.` });
  const context = canvas.getContext('2d');
  const range = planes.plane ? null : statistics(planes);
  for (let k = 0; k < count; ++k) drawPlane(context, planes, k, (k % columns) * cell.w, Math.floor(k / columns) * cell.h, scale, range);

  const readout = h('output', { class: 'readout' });
  const frame = h('div', { class: 'tensor-frame' }, canvas, h('div', { class: 'cursor', hidden: true }));
  const cursor = frame.lastChild;
  let current = options.pixel ?? [0, 0, 0];
  const show = (place) => {
    const [k, y, x] = (current = place);
    const value = planes.data[planes.index(k, y, x)];
    readout.replaceChildren(h('b', {}, number(value)), h('span', { class: 'quiet' }, ` ${planes.says(k, y, x)}`));
    const factor = canvas.clientWidth / canvas.width || 1;
    Object.assign(cursor.style, { left: `${((k % columns) * cell.w + x * scale) * factor}px`, top: `${(Math.floor(k / columns) * cell.h + y * scale) * factor}px`,
      width: `${Math.max(3, scale * factor)}px`, height: `${Math.max(3, scale * factor)}px` });
    cursor.hidden = false;
    return value;
  };
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * canvas.width;
    const py = ((event.clientY - box.top) / box.height) * canvas.height;
    const k = Math.floor(py / cell.h) * columns + Math.floor(px / cell.w);
    const x = Math.floor((px % cell.w) / scale);
    const y = Math.floor((py % cell.h) / scale);
    const isInside = k >= 0 && k < count && x >= 0 && x < planes.width && y >= 0 && y < planes.height;
    return isInside ? [k, y, x] : null;
  };
  canvas.addEventListener('pointermove', (event) => { const place = placeOf(event); if (place) show(place); });
  canvas.addEventListener('click', (event) => { const place = placeOf(event); if (place) options.onPick?.(...place, show(place)); });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], PageUp: [-1, 0, 0], PageDown: [1, 0, 0] }[event.key];
    if (event.key === 'Enter') options.onPick?.(...current, show(current));
    if (!step) return;
    event.preventDefault();
    const sizes = [count, planes.height, planes.width];
    show(current.map((value, i) => Math.max(0, Math.min(sizes[i] - 1, value + step[i]))));
  });
  if (options.pixel && options.pixel[0] < count) requestAnimationFrame(() => show(options.pixel));
  const more = planes.count > count ? ` (the first ${count})` : '';
  const numbers = statistics(planes);
  return h('div', { class: 'tensor-view' },
    h('p', { class: 'numbers' }, `${planes.plane ? `${planes.count} ${planes.plane}s${more} of ${planes.height} × ${planes.width}` : `${planes.height} × ${planes.width}`}`,
      h('span', { class: 'quiet' }, ` from ${short(numbers.low)} to ${short(numbers.high)}, mean ${short(numbers.mean)}, deviation ${short(numbers.deviation)}`)),
    frame, readout, options.compact ? null : histogram(planes, numbers));
}

function arrangement(planes, count, room) {
  if (!planes.plane) {
    const scale = Math.max(0.5, Math.min(planes.height === 1 ? 12 : 10, room / planes.width, 360 / planes.height));
    return { columns: 1, scale: scale >= 1 ? Math.floor(scale) : scale, gap: 0 };
  }
  // As large as a height of some 380 pixels allows.
  for (let scale = 12; scale > 1; --scale) {
    const gap = planes.width * scale > 16 ? 3 : 2;
    const columns = Math.max(1, Math.floor((room + gap) / (planes.width * scale + gap)));
    const height = Math.ceil(count / columns) * (planes.height * scale + gap);
    if (height <= 380 && planes.width * scale <= room) return { columns: Math.min(columns, count), scale, gap };
  }
  const scale = Math.min(1, room / planes.width);
  return { columns: Math.min(count, Math.max(1, Math.floor((room + 2) / (planes.width * scale + 2)))), scale, gap: 2 };
}

function drawPlane(context, planes, k, left, top, scale, range) {
  const { low, high } = range ?? statistics(planes, k);
  const image = new ImageData(planes.width, planes.height);
  for (let y = 0, i = 0; y < planes.height; ++y) {
    for (let x = 0; x < planes.width; ++x, i += 4) {
      const grey = greyOf(planes.data[planes.index(k, y, x)], low, high);
      image.data[i] = image.data[i + 1] = image.data[i + 2] = grey;
      image.data[i + 3] = 255;
    }
  }
  const small = document.createElement('canvas');
  small.width = planes.width;
  small.height = planes.height;
  small.getContext('2d').putImageData(image, 0, 0);
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(small, left, top, planes.width * scale, planes.height * scale);
}

// How often which values occur.
function histogram(planes, { low, high }) {
  const bins = 48;
  const counts = new Array(bins).fill(0);
  for (let k = 0; k < planes.count; ++k) {
    for (let y = 0; y < planes.height; ++y) {
      for (let x = 0; x < planes.width; ++x) {
        const t = (planes.data[planes.index(k, y, x)] - low) / (high - low || 1);
        ++counts[Math.min(bins - 1, Math.max(0, Math.floor(t * bins)))];
      }
    }
  }
  const largest = Math.max(...counts);
  return h('figure', { class: 'histogram', 'aria-label': `Histogram from ${short(low)} to ${short(high)}` },
    h('div', { class: 'bars', 'aria-hidden': 'true' }, ...counts.map((count, i) => h('i', {
      style: `height:${(100 * count) / largest}%`, title: `${short(low + ((high - low) * i) / bins)}: ${count}`,
    }))),
    h('figcaption', {}, h('span', {}, short(low)), h('span', {}, short(high))));
}
