// The U above the list of a page that `sdxl tree --html` or `sdxl parity --html` writes: coloured by what the list
// says of each module. The data lies in the page: {modules, skips, colours: [{name, of: {path: [colour, text]}}], source}.

import { drawU } from './drawing.js';
import { layoutOf } from './layout.js';
import { partsOf } from './parts.js';
import { sources } from './sources.js';

const data = JSON.parse(document.getElementById('network').textContent);
const place = document.getElementById('u');
const rows = new Map([...document.querySelectorAll('[data-path]')].map((row) => [row.dataset.path, row]));
const choice = document.getElementById('colours');
const parts = partsOf(data.modules);

// Opens what is above a row, and lets it stand out.
function reveal(row) {
  for (let above = row; above; above = above.parentElement.closest('details')) {
    if (above.tagName === 'DETAILS') above.open = true;
  }
  document.querySelectorAll('.found').forEach((other) => other.classList.remove('found'));
  row.classList.add('found');
  row.scrollIntoView({ block: 'center' });
}

function draw() {
  const { of } = data.colours[choice ? choice.selectedIndex : 0];
  const layout = layoutOf(parts, data.skips, Math.max(340, Math.min(1100, place.clientWidth)));
  place.replaceChildren(drawU(layout, {
    sources: true,
    fill: (block) => of[block.path]?.[0],
    says: (block) => `${block.path}: ${block.channels} channels of ${block.height} × ${block.width}${of[block.path] ? `; ${of[block.path][1]}` : ''}`,
    onBlock: (block) => { if (rows.has(block.path)) reveal(rows.get(block.path)); },
  }));
}

if (parts.length > 0) {
  draw();
  choice?.addEventListener('change', draw);
  addEventListener('resize', draw);
}

// Each module's source: a link where the program knows its repository's folder on this machine.
for (const { path, kind } of data.modules) {
  const row = rows.get(path);
  const file = sources[kind];
  if (!row || !file) continue;
  const name = document.createElement(data.source ? 'a' : 'span');
  if (data.source) name.href = data.source + file;
  name.className = 'file';
  name.textContent = file;
  (row.querySelector(':scope > summary') ?? row).append(' ', name);
}

// The search: rows whose path has the text stay, with what is above them.
document.getElementById('find')?.addEventListener('input', ({ target }) => {
  const text = target.value.trim();
  for (const [path, row] of rows) row.hidden = text !== '' && !path.includes(text) && ![...rows.keys()].some((other) => other.startsWith(path + '.') && other.includes(text));
  if (text === '') return;
  for (const [path, row] of rows) if (row.tagName === 'DETAILS' && !path.includes(text)) row.open = !row.hidden;
});
