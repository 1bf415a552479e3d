// A tensor as pictures: what its axes are, and which planes a reader wants to see.

// {name, shape, data} -> {planes, height, width, at(plane, y, x), says(plane, y, x), count, axes}
// `row` is the row of the batch: with guidance the last one has the prompt.
export function planesOf({ name, shape, data }, { row = shape[0] - 1 } = {}) {
  const isWeight = name.startsWith('parameters/');
  if (name.startsWith('attention/')) return attentionPlanes(shape, data, row);
  if (isWeight && shape.length === 4) {
    const [o, i, kh, kw] = shape;
    return plain(data, { count: o, height: i * kh, width: kw, base: 0, plane: 'output channel', line: (y) => `input channel ${Math.floor(y / kh)}, kernel row ${y % kh}`, column: 'kernel column', wrap: true, i, kh, kw });
  }
  if (isWeight || shape.length <= 2) {
    const [height, width] = shape.length === 2 ? shape : [1, shape[0] ?? 1];
    return plain(data, { count: 1, height, width, base: 0, plane: null, line: (y) => (shape.length === 2 ? `row ${y}` : ''), column: shape.length === 2 ? 'column' : 'index', place: (k, y, x) => [x, y, 0] });
  }
  if (shape.length === 4) {
    const [, channels, height, width] = shape;
    return plain(data, { count: channels, height, width, base: row * channels * height * width, plane: 'channel', line: (y) => `row ${y}`, column: 'column' });
  }
  return tokenPlanes(shape, data, row);
}

function plain(data, { count, height, width, base, plane, line, column, kh, kw, i, wrap, place = (k, y, x) => [k, y, x] }) {
  const index = (k, y, x) => base + (k * height + y) * width + x;
  const says = (k, y, x) => [plane ? `${plane} ${k}` : '', line(y), `${column} ${x}`].filter(Boolean).join(', ');
  // A kernel's input channels stand side by side.
  if (wrap) {
    return { count, height: kh, width: i * kw, plane, data, index: (k, y, x) => base + ((k * i + Math.floor(x / kw)) * kh + y) * kw + (x % kw),
      says: (k, y, x) => `output channel ${k}, input channel ${Math.floor(x / kw)}, kernel row ${y}, column ${x % kw}`, place: (k, y, x) => [k, y, x] };
  }
  return { count, height, width, plane, data, index, says, place };
}

// (N, T, C): where T is a square number of places, each channel is a picture again; else rows are tokens.
function tokenPlanes([, tokens, channels], data, row) {
  const side = Math.round(Math.sqrt(tokens));
  const base = row * tokens * channels;
  if (side * side !== tokens) {
    return { count: 1, height: tokens, width: channels, plane: null, data, index: (k, y, x) => base + y * channels + x,
      says: (k, y, x) => `token ${y}, channel ${x}`, place: (k, y, x) => [x, y, 0] };
  }
  return { count: channels, height: side, width: side, plane: 'channel', data, index: (k, y, x) => base + (y * side + x) * channels + k,
    says: (k, y, x) => `channel ${k}, row ${y}, column ${x} (token ${y * side + x})`, place: (k, y, x) => [k, y, x] };
}

function attentionPlanes([, heads, queries, keys], data, row) {
  const base = row * heads * queries * keys;
  return { count: heads, height: queries, width: keys, plane: 'head', data, index: (k, y, x) => base + (k * queries + y) * keys + x,
    says: (k, y, x) => `head ${k}: place ${y} to ${keys === 77 ? 'token' : 'place'} ${x}`, place: (k, y, x) => [k, y, x] };
}

// The smallest, largest and mean value and the deviation of a plane, or of all.
export function statistics(planes, plane = null) {
  let low = Infinity, high = -Infinity, sum = 0, squares = 0, count = 0;
  const first = plane ?? 0;
  const last = plane === null ? planes.count : plane + 1;
  for (let k = first; k < last; ++k) {
    for (let y = 0; y < planes.height; ++y) {
      for (let x = 0; x < planes.width; ++x) {
        const value = planes.data[planes.index(k, y, x)];
        low = Math.min(low, value);
        high = Math.max(high, value);
        sum += value;
        squares += value * value;
        ++count;
      }
    }
  }
  const mean = sum / count;
  return { low, high, mean, rms: Math.sqrt(squares / count), deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), count };
}
