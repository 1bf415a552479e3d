// Where everything of the U lies, to scale: a block's width is its number of channels, its height its
// resolution. Each resolution has a row. The rows lie inside each other like bowls, so that the widest one,
// the lowest, decides the scale.

import { takesText, takesTime } from './parts.js';

const hole = 60;     // at least, between the arms of a row, in pixels
const lane = 9;      // between two skips above a row
const wires = 26;    // below a row: the lines of text and time

const blockWidth = (part, scale) => Math.max(3, part.channels * scale);

// parts: see parts.js; skips: [{from, to}], paths. -> { width, height, blocks, arcs, rows }
export function layoutOf(parts, skips, width) {
  const isNarrow = width < 600;
  const [tallest, margin, indent, gap] = isNarrow ? [104, 26, 8, 2] : [118, 84, 30, 4];
  const widthOf = (list, scale) => list.reduce((sum, part) => sum + blockWidth(part, scale) + gap, -gap);
  const sizes = [...new Set(parts.map((part) => part.size))].sort((a, b) => b - a);
  const rows = sizes.map((size, level) => {
    const all = parts.filter((part) => part.size === size);
    const down = all.filter((part) => part.arm === 'in' || part.arm === 'down');
    const isLowest = level === sizes.length - 1;
    const left = margin + indent * level;
    return { size, level, isLowest, left, right: width - left, down, up: all.filter((part) => !down.includes(part)) };
  });
  const scale = Math.min(...rows.map(({ left, right, down, up, isLowest }) => {
    const count = down.length + up.length;
    const channels = [...down, ...up].reduce((sum, part) => sum + part.channels, 0);
    return (right - left - gap * (count - 1) - (isLowest ? 0 : hole)) / channels;
  }));

  let y = 6;
  const blocks = [];
  for (const row of rows) {
    const skipsHere = skips.filter((skip) => row.up.some((part) => part.path === skip.to)).length;
    y += 14 + lane * skipsHere;
    const height = Math.max(6, (row.size / sizes[0]) * tallest);
    const put = (list, start) => {
      let x = start;
      for (const part of list) {
        const w = blockWidth(part, scale);
        blocks.push({ ...part, x, y, w, h: height, level: row.level });
        x += w + gap;
      }
      return x;
    };
    const end = put(row.down, row.left);
    row.rightStart = row.isLowest ? end : row.right - widthOf(row.up, scale);
    row.leftEnd = end - gap;
    put(row.up, row.rightStart);
    Object.assign(row, { top: y, height });
    y += height + wires;
  }
  const inOrder = parts.map((part) => blocks.find((block) => block.path === part.path));
  const order = parts.map((part) => part.path);
  return { width, height: y + 14, isNarrow, margin, scale, rows, blocks, order, arcs: arcsOf(blocks, skips), flows: flowsOf(inOrder) };
}

// A skip leaves the top of the block that pushes it and ends at the top of the one that takes it; an outer
// one lies above an inner one.
function arcsOf(blocks, skips) {
  const at = new Map(blocks.map((block) => [block.path, block]));
  const arcs = skips.flatMap((skip, number) => {
    const from = at.get(skip.from);
    const to = at.get(skip.to);
    return from && to ? [{ ...skip, number, level: to.level, x1: from.x + from.w / 2, y1: from.y, x2: to.x + to.w / 2, y2: to.y }] : [];
  });
  for (const arc of arcs) {
    const inside = arcs.filter((other) => other.level === arc.level && other.x1 > arc.x1 && other.x2 < arc.x2).length;
    arc.y = Math.min(arc.y1, arc.y2) - 8 - lane * inside;
    const r = Math.min(8, arc.y1 - arc.y, arc.y2 - arc.y);
    arc.d = `M${arc.x1} ${arc.y1}V${arc.y + r}q0 ${-r} ${r} ${-r}H${arc.x2 - r}q${r} 0 ${r} ${r}V${arc.y2}`;
  }
  return arcs;
}

// The picture's way from row to row: from the last block of the left arm down, and up on the right.
function flowsOf(blocks) {
  return blocks.slice(1).flatMap((to, i) => {
    const from = blocks[i];
    if (from.level === to.level) return [];
    const isDown = to.level > from.level;
    const x = isDown ? to.x + to.w * 0.2 : from.x + from.w * 0.8;
    return [isDown ? `M${x} ${from.y + from.h + 2}V${to.y - 2}` : `M${x} ${from.y - 2}V${to.y + to.h + 2}`];
  });
}

// The lines below a row, with a branch up to each block that takes what they carry.
export function busesOf(row, blocks) {
  const here = blocks.filter((block) => block.level === row.level);
  const bus = (takes, offset) => {
    const y = row.top + row.height + offset;
    const ends = here.filter(takes).map((block) => ({ x: block.x + block.w / 2, y1: block.y + block.h, y2: y }));
    return ends.length ? { y, ends, last: Math.max(...ends.map((end) => end.x)) } : null;
  };
  return { time: bus(takesTime, 8), text: bus(takesText, 15) };
}
