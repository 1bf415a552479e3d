// The blocks of a UNet in the order in which they run, from the rows of `sdxl tree --json`.

// {path, kind, output: [N, C, H, W], parameters, multiply_adds} -> the same with {arm, channels, size}.
// arm: 'in', 'down', 'middle', 'up' or 'out'.
export function partsOf(modules) {
  const root = modules[0].path;
  const byPath = new Map(modules.map((row) => [row.path, row]));
  const parts = [];
  const take = (path, arm) => {
    const row = byPath.get(path);
    if (!row || row.output.length !== 4) return;
    const [, channels, height, width] = row.output;
    parts.push({ ...row, arm, channels, height, width, size: Math.max(height, width) });
  };
  // A resnet, then its attention if it has one.
  const takeBlock = (block, arm) => {
    for (let i = 0; byPath.has(`${block}.resnets.${i}`); ++i) {
      take(`${block}.resnets.${i}`, arm);
      take(`${block}.attentions.${i}`, arm);
    }
  };
  take(`${root}.conv_in`, 'in');
  for (let i = 0; byPath.has(`${root}.down_blocks.${i}`); ++i) {
    takeBlock(`${root}.down_blocks.${i}`, 'down');
    take(`${root}.down_blocks.${i}.downsamplers.0`, 'down');
  }
  takeBlock(`${root}.mid_block`, 'middle');
  for (let i = 0; byPath.has(`${root}.up_blocks.${i}`); ++i) {
    takeBlock(`${root}.up_blocks.${i}`, 'up');
    take(`${root}.up_blocks.${i}.upsamplers.0`, 'up');
  }
  take(`${root}.conv_out`, 'out');
  return parts;
}

// What a block is, for a reader: the classes have the names of diffusers.
export const kinds = {
  ResnetBlock: { name: 'residual block', says: 'two convolutions; time and size enter between them' },
  Transformer2D: { name: 'attention', says: 'each place looks at all others and at the words of the prompt' },
  Downsample2D: { name: 'downsampling', says: 'half the height and width: each place sees more of the picture' },
  Upsample2D: { name: 'upsampling', says: 'twice the height and width, back towards the picture' },
};

export function nameOf(part) {
  if (part.arm === 'in') return { name: 'the first convolution', says: 'four latent channels become many' };
  if (part.arm === 'out') return { name: 'the last convolution', says: 'back to four channels: the noise that the step takes away' };
  return kinds[part.kind] ?? { name: part.kind, says: '' };
}

export const takesText = (part) => part.kind === 'Transformer2D';
export const takesTime = (part) => part.kind === 'ResnetBlock';
