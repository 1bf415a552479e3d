// The sum behind one number of an output: every input and weight that made it, written out.
//
// The terms are the layer's recorded input times its weights. Beside their sum, in double, stand the value of the
// textbook's loops (tensor/kernels/textbook) and the one that the fast kernel computed in the run.

import { h, number } from '../dom.js';

const written = 8;  // terms; the others are added up

// layer: {kind, path}; tensors: by name, null where there is none. place: [channel, row, column] of the output.
// -> {terms: [{factor, weight, says}], bias, sum} or null for a class whose output is no sum.
export function termsOf(kind, tensors, place) {
  if (kind === 'Conv2d') return convolution(tensors, place);
  if (kind === 'Linear') return product(tensors, place);
  return null;
}

function convolution({ x, weight, bias, out }, [c, row, column]) {
  const [n, channels, height, width] = x.shape;
  const [, , kernel] = weight.shape;
  const stride = Math.round(height / out.shape[2]);
  const padding = kernel === 3 ? 1 : 0;
  const terms = [];
  for (let i = 0; i < channels; ++i) {
    for (let a = 0; a < kernel; ++a) {
      for (let b = 0; b < kernel; ++b) {
        const y = row * stride + a - padding;
        const z = column * stride + b - padding;
        if (y < 0 || y >= height || z < 0 || z >= width) continue;  // beyond the edge: zero
        const factor = x.data[(((n - 1) * channels + i) * height + y) * width + z];
        terms.push({ factor, weight: weight.data[((c * channels + i) * kernel + a) * kernel + b], says: `channel ${i}, row ${y}, column ${z}`, channel: i, a, b });
      }
    }
  }
  return total(terms, bias ? bias.data[c] : null, { channels, kernel });
}

// x (N, T, I) or (N, I). place: [channel, row, column] of the picture that the tokens are, or [channel, token], or
// [channel, row of the batch].
function product({ x, weight, bias }, [c, row, column]) {
  const inputs = x.shape.at(-1);
  const rows = x.shape.length === 3 ? x.shape[1] : 1;
  const side = Math.round(Math.sqrt(rows));
  const isPicture = x.shape.length === 3 && side * side === rows;
  const t = isPicture ? row * side + column : Math.min(rows - 1, row);
  const start = (x.shape.length === 2 ? row : (x.shape[0] - 1) * rows + t) * inputs;
  const terms = [...Array(inputs).keys()].map((i) => ({ factor: x.data[start + i], weight: weight.data[c * inputs + i], says: `input ${i}`, channel: i }));
  return total(terms, bias ? bias.data[c] : null, { channels: inputs, kernel: 1 });
}

function total(terms, bias, shape) {
  const sum = terms.reduce((value, term) => value + term.factor * term.weight, bias ?? 0);
  return { terms, bias, sum, ...shape };
}

// values: {fast, textbook}: the number in the output, and the textbook's.
export function sumView(result, values, says) {
  const sorted = [...result.terms].sort((a, b) => Math.abs(b.factor * b.weight) - Math.abs(a.factor * a.weight));
  const shown = sorted.slice(0, written);
  const rest = sorted.slice(written).reduce((value, term) => value + term.factor * term.weight, 0);
  const line = (left, value, note) => h('tr', {}, h('td', { class: 'product' }, left), h('td', { class: 'value' }, number(value)), h('td', { class: 'quiet' }, note));
  return h('div', { class: 'sum' },
    h('h4', {}, `The sum behind ${says}`),
    h('div', { class: 'scroll' }, h('table', {},
      h('tbody', {},
        ...shown.map((term) => line(`${number(term.factor)}${term.weight === 1 && result.channels === 2 ? '' : ` × ${number(term.weight)}`}`, term.factor * term.weight, term.says)),
        sorted.length > written ? line(`${sorted.length - written} smaller terms`, rest, '') : null,
        result.bias === null ? null : line('bias', result.bias, '')),
      h('tfoot', {},
        line('sum', result.sum, `of ${result.terms.length} terms, in double`),
        values.textbook === undefined ? null : line('textbook', values.textbook, 'the loops of the definition, rounded to float32'),
        line('in the run', values.fast, 'the fast kernel')))),
    result.channels > 2 ? byChannel(result) : null);
}

// Which input channels the number came from: the sum of each one's terms, as a bar up or down.
function byChannel({ terms, channels }) {
  const sums = new Float64Array(channels);
  for (const term of terms) sums[term.channel] += term.factor * term.weight;
  const largest = Math.max(...sums.map(Math.abs)) || 1;
  return h('figure', { class: 'channels', 'aria-label': 'What each input channel adds' },
    h('div', { class: 'signed', 'aria-hidden': 'true' }, ...Array.from(sums, (value, i) => h('span', {}, h('i', {
      class: value < 0 ? 'minus' : 'plus', style: `height:${(50 * Math.abs(value)) / largest}%; ${value < 0 ? 'top' : 'bottom'}:50%`, title: `input channel ${i}: ${number(value)}`,
    })))),
    h('figcaption', {}, `what each of the ${channels} input channels adds`));
}
