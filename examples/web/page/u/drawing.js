// The U as SVG. One component, three uses: the live page, and the pages that `sdxl tree --html` and
// `sdxl parity --html` write (which colour the blocks by cost or by error).

import { busesOf } from './layout.js';
import { nameOf } from './parts.js';

const svgNamespace = 'http://www.w3.org/2000/svg';

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

// A text of at most so many letters beside or under something.
const label = (text, x, y, attributes = {}) => svg('text', { x, y, class: 'label', ...attributes }, text);

// layout: see layout.js. options:
//   fill(block)      a colour, or nothing for the empty frame
//   says(block)      the text of a block for a screen reader and its title
//   onBlock(block)   a click or Enter; onArc(arc) likewise; without one they are no buttons
//   onHover(block or arc or source or null)
//   sources          draw where text, time and sizes come from
export function drawU(layout, options = {}) {
  const root = svg('svg', {
    viewBox: `0 0 ${layout.width} ${layout.height}`, width: layout.width, height: layout.height, class: 'u',
    role: 'group', 'aria-label': 'The U-Net, drawn to scale',
  });
  root.append(svg('g', { class: 'flows', 'aria-hidden': 'true' },
    ...layout.flows.map((d) => svg('path', { d, class: 'flow', 'marker-end': 'url(#arrow)' }))));
  root.prepend(svg('defs', {}, svg('marker', { id: 'arrow', viewBox: '0 0 6 6', refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' },
    svg('path', { d: 'M0 0L6 3L0 6z', class: 'arrowhead' }))));
  if (options.sources) root.append(...wiresOf(layout));
  root.append(...rowLabels(layout));
  const arcs = svg('g', { class: 'skips' });
  const blocks = svg('g', { class: 'blocks' });
  root.append(arcs, blocks);
  for (const arc of layout.arcs) arcs.append(arcElement(arc, options));
  for (const block of inRunOrder(layout)) blocks.append(blockElement(block, options));
  return root;
}

const inRunOrder = (layout) => layout.order.map((path) => layout.blocks.find((block) => block.path === path));

function rowLabels(layout) {
  return layout.rows.filter((row) => !layout.isNarrow || !row.isLowest).map((row) => label(`${row.size} × ${row.size}`,
    layout.isNarrow ? row.leftEnd + 8 : row.left - 8, row.top + Math.min(12, row.height / 2 + 4),
    { 'text-anchor': layout.isNarrow ? 'start' : 'end', class: 'label muted' }));
}

function blockElement(block, options) {
  const says = options.says?.(block) ?? `${block.path}, ${block.channels} channels of ${block.height} × ${block.width}`;
  const rect = svg('rect', { x: block.x, y: block.y, width: block.w, height: block.h, rx: 2, class: 'frame' });
  const colour = options.fill?.(block);
  if (colour) rect.style.fill = colour;
  const hit = svg('rect', { x: block.x - 2, y: block.y - 4, width: block.w + 4, height: block.h + 8, class: 'hit' });
  const group = svg('g', { class: `block ${block.arm}`, 'data-path': block.path }, svg('title', {}, says), hit, rect);
  return actions(group, block, says, options.onBlock, options.onHover);
}

function arcElement(arc, options) {
  const says = `Skip ${arc.number}: what ${arc.from} puts out goes to ${arc.to}`;
  const line = svg('path', { d: arc.d, class: 'arc' });
  const hit = svg('path', { d: arc.d, class: 'hit' });
  const group = svg('g', { class: 'skip', 'data-skip': arc.number }, svg('title', {}, says), hit, line);
  return actions(group, arc, says, options.onArc, options.onHover);
}

// Makes an element a button where there is something to do.
function actions(element, subject, says, act, hover) {
  if (act) {
    element.setAttribute('tabindex', '0');
    element.setAttribute('role', 'button');
    element.setAttribute('aria-label', says);
    element.addEventListener('click', () => act(subject));
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      act(subject);
    });
  }
  if (hover) {
    for (const name of ['mouseenter', 'focus']) element.addEventListener(name, () => hover(subject));
    for (const name of ['mouseleave', 'blur']) element.addEventListener(name, () => hover(null));
  }
  return element;
}

// Text and time come in at the left and run along each row; a branch goes up to every block that takes them.
function wiresOf(layout) {
  const left = layout.isNarrow ? 4 : layout.margin - 58;
  const groups = { time: svg('g', { class: 'wire time' }), text: svg('g', { class: 'wire text' }) };
  const ends = { time: [], text: [] };
  for (const row of layout.rows) {
    const buses = busesOf(row, layout.blocks);
    for (const kind of ['time', 'text']) {
      const bus = buses[kind];
      if (!bus) continue;
      ends[kind].push(bus.y);
      const x = left + (kind === 'time' ? 8 : 0);
      groups[kind].append(svg('path', { d: `M${x} ${bus.y}H${bus.last}` + bus.ends.map((end) => `M${end.x} ${end.y2}V${end.y1 + 1}`).join('') }));
      for (const end of bus.ends) groups[kind].append(svg('circle', { cx: end.x, cy: end.y1 + 2, r: 2.2 }));
    }
  }
  const bottom = layout.height - 16;
  for (const [kind, offset] of [['text', 0], ['time', 8]]) {
    const ys = ends[kind];
    if (ys.length === 0) continue;
    const end = kind === 'text' ? `V${bottom}` : `V${bottom - 2}H${left + 30}V${bottom}`;
    groups[kind].append(svg('path', { d: `M${left + offset} ${Math.min(...ys)}${end}` }));
    const words = kind === 'text' ? 'text' : 'time, sizes, the text as a whole';
    groups[kind].append(label(words, left + (kind === 'text' ? -4 : 24), bottom + 12, { class: `label ${kind}` }));
  }
  const first = layout.blocks.find((block) => block.arm === 'in');
  const last = layout.blocks.find((block) => block.arm === 'out');
  const picture = svg('g', { class: 'wire picture' });
  const words = (lines, x, y, anchor) => lines.map((line, i) => label(line, x, y - 2 + 12 * i, { 'text-anchor': anchor, class: 'label picture' }));
  const arrow = (x, y) => svg('path', { d: `M${x} ${y}h22`, 'marker-end': 'url(#arrow)' });
  if (!first || !last) return [groups.text, groups.time];
  const y = first.y + first.h / 2;
  if (layout.isNarrow) {
    const row = layout.rows[0];
    // One below the other: where a level has few blocks, the gap is too narrow for both.
    picture.append(...words(['in: the noisy', 'picture'], row.leftEnd + 8, y - 14, 'start'), ...words(['out: its', 'noise'], row.rightStart - 8, y + 16, 'end'));
  } else {
    picture.append(arrow(first.x - 26, y), ...words(['noisy', 'picture'], first.x - 30, y, 'end'));
    picture.append(arrow(last.x + last.w + 4, y), ...words(['its', 'noise'], last.x + last.w + 30, y, 'start'));
  }
  return [groups.text, groups.time, picture];
}
