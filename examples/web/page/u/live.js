// The feature maps inside the blocks: a canvas under the SVG, at the same coordinates.

// How a block shows its maps: square tiles, as large as fit in it.
function gridOf(block, tile) {
  const aspect = tile.width / tile.height;
  const inner = { w: block.w - 2, h: block.h - 2 };
  let best = { size: 0 };
  for (let columns = 1; columns <= tile.shown; ++columns) {
    const w = inner.w / columns;
    const h = w / aspect;
    const rows = Math.max(1, Math.min(Math.floor(inner.h / h), Math.ceil(tile.shown / columns)));
    const used = Math.min(w, (inner.h / rows) * aspect);
    const area = used * used * Math.min(tile.shown, columns * rows);
    if (area > best.area || best.size === 0) best = { area, columns, rows, size: used };
  }
  return best;
}

const scratch = document.createElement('canvas');

// tiles: Map of path -> {height, width, shown, pixels}, 8 bits a pixel.
export function drawTiles(canvas, layout, tiles, isDark) {
  const density = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = layout.width * density;
  canvas.height = layout.height * density;
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext('2d');
  context.scale(density, density);
  context.imageSmoothingEnabled = false;
  for (const block of layout.blocks) {
    const tile = tiles.get(block.path);
    if (tile) drawBlock(context, block, tile, isDark);
  }
}

function drawBlock(context, block, tile, isDark) {
  const { height, width, pixels } = tile;
  const grid = gridOf(block, tile);
  const w = grid.size;
  const h = grid.size * (height / width);
  const left = block.x + (block.w - w * grid.columns) / 2;
  const top = block.y + (block.h - h * grid.rows) / 2;
  scratch.width = width;
  scratch.height = height;
  const small = scratch.getContext('2d');
  const image = new ImageData(width, height);
  for (let k = 0; k < Math.min(tile.shown, grid.columns * grid.rows); ++k) {
    for (let i = 0; i < height * width; ++i) {
      const value = pixels[k * height * width + i];
      image.data.set(isDark ? [20 + value * 0.86, 20 + value * 0.86, 26 + value * 0.86, 255] : [value, value, value, 255], 4 * i);
    }
    small.putImageData(image, 0, 0);
    context.drawImage(scratch, left + (k % grid.columns) * w + 0.5, top + Math.floor(k / grid.columns) * h + 0.5, w - 1, h - 1);
  }
}
