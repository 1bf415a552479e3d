// The real source of a module: the file from the repository, with the lines lit that run here.

import { h } from '../dom.js';
import { sources } from '../u/sources.js';

const texts = new Map();

// The lines of a file; null for one that is not here.
export async function linesOf(file) {
  if (!texts.has(file)) {
    const answer = await fetch(`source/${file}`).catch(() => null);
    texts.set(file, answer?.ok ? (await answer.text()).split('\n') : null);
  }
  return texts.get(file);
}

// [first, last] of the lines of KIND::forward, from 0; the whole file where there is none.
export function forwardOf(lines, kind) {
  const first = lines.findIndex((line) => line.includes(`${kind}::forward(`));
  if (first < 0) return [0, lines.length - 1];
  const length = lines.slice(first).findIndex((line) => line.startsWith('}'));
  return [first, first + Math.max(0, length)];
}

const keyword = /\b(const|return|if|for|else|auto|namespace|using|struct|class|switch|case|void|float|double|int64_t|int|bool|static|constexpr|template)\b/;

function coloured(line) {
  const [code, comment] = splitComment(line);
  const pieces = code.split(/(\b\w+\b)/).map((piece) => (keyword.test(piece) ? h('span', { class: 'keyword' }, piece) : piece));
  return [...pieces, comment ? h('span', { class: 'comment' }, comment) : ''];
}

function splitComment(line) {
  const start = line.indexOf('//');
  return start < 0 ? [line, ''] : [line.slice(0, start), line.slice(start)];
}

// lit: a pattern for the lines that shine within the forward of `kind`.
export async function sourceView(kind, lit) {
  const file = sources[kind];
  const lines = file ? await linesOf(file) : null;
  if (!lines) return h('p', { class: 'quiet' }, `The source of ${kind} is in the repository.`);
  const [first, last] = forwardOf(lines, kind);
  let target = null;
  const rows = lines.map((line, i) => {
    const isLit = lit && i >= first && i <= last && lit.test(line);
    const row = h('span', { class: `line${i >= first && i <= last ? ' here' : ''}${isLit ? ' lit' : ''}`, 'data-line': i + 1 }, ...coloured(line), '\n');
    if (isLit || (!lit && i === first)) target ??= row;
    return row;
  });
  const code = h('pre', { class: 'source', tabindex: 0, 'aria-label': `${file}` }, h('code', {}, ...rows));
  requestAnimationFrame(() => { if (target) code.scrollTop = target.offsetTop - code.clientHeight / 3; });
  return h('div', {}, h('p', { class: 'file' }, h('a', { href: `source/${file}` }, file), ` line ${first + 1} to ${last + 1}`), code);
}
