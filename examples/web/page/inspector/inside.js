// The steps of a forward, one by one: the line that runs, and the tensor that it makes. Every tensor is one
// that the run recorded: an output, or the input of the layer behind it.

const at = (name, tensor, lit, says = '') => ({ name, tensor, lit, says });

// path -> [{name, tensor, lit, says}]; `has(path)`: the model has such a module.
const steps = {
  ResnetBlock: (p, has) => [
    has(`${p}.conv_shortcut`) ? at('conv_shortcut', `${p}.conv_shortcut`, /shortcut_of\(x\)/, 'the way around, to as many channels') : null,
    at('norm1', `${p}.norm1`, /norm1/),
    at('silu', `inputs/${p}.conv1/x`, /norm1/, 'x · sigmoid(x)'),
    at('conv1', `${p}.conv1`, /conv1\.forward/),
    has(`${p}.time_emb_proj`) ? at('time', `${p}.time_emb_proj`, /time_emb_proj->/, 'one number a channel') : null,
    has(`${p}.time_emb_proj`) ? at('+ time', `inputs/${p}.norm2/x`, /h = h \+ t/) : null,
    at('norm2', `${p}.norm2`, /norm2/),
    at('silu', `inputs/${p}.conv2/x`, /norm2/),
    at('conv2', `${p}.conv2`, /conv2\.forward/),
    at('sum', p, /return record/, 'with what went around'),
  ],
  Transformer2D: (p, has) => [
    at('norm', `${p}.norm`, /norm\.forward/),
    at('proj_in', `${p}.proj_in`, /proj_in/, 'a row for each place'),
    ...[...Array(20).keys()].filter((i) => has(`${p}.transformer_blocks.${i}`)).map((i) => at(`block ${i}`, `${p}.transformer_blocks.${i}`, /block\.forward/)),
    at('proj_out', `${p}.proj_out`, /proj_out/),
    at('sum', p, /return record/),
  ],
  BasicTransformerBlock: (p) => [
    at('norm1', `${p}.norm1`, /norm1/),
    at('attn1', `${p}.attn1`, /attn1/, 'each place looks at all places'),
    at('sum', `inputs/${p}.norm2/x`, /h = x \+/),
    at('norm2', `${p}.norm2`, /norm2/),
    at('attn2', `${p}.attn2`, /attn2/, 'each place looks at the words'),
    at('sum', `inputs/${p}.norm3/x`, /h = h \+/),
    at('norm3', `${p}.norm3`, /norm3/),
    at('ff', `${p}.ff`, /ff\.forward/, 'each place by itself'),
    at('sum', p, /return record/),
  ],
  Attention: (p) => [
    at('q', `${p}.to_q`, /to_q/), at('k', `${p}.to_k`, /to_k/), at('v', `${p}.to_v`, /to_v/),
    at('softmax', `attention/${p}`, /scaled_dot_product/, 'the weight of each key for each query'),
    at('heads', `inputs/${p}.to_out.0/x`, /scaled_dot_product/, 'the weighted means of v'),
    at('to_out', `${p}.to_out.0`, /to_out/),
  ],
  FeedForward: (p) => [at('net.0', `${p}.net.0`, /net_0/), at('net.2', `${p}.net.2`, /net_2/)],
  GEGLU: (p) => [at('proj', `${p}.proj`, /proj/), at('value · gelu(gate)', p, /geglu/)],
  Downsample2D: (p) => [at('conv', `${p}.conv`, /conv/)],
  Upsample2D: (p) => [at('nearest', `inputs/${p}.conv/x`, /upsample_nearest/), at('conv', `${p}.conv`, /conv\.forward/)],
  TimestepEmbedding: (p) => [at('linear_1', `${p}.linear_1`, /linear_1/), at('silu', `inputs/${p}.linear_2/x`, /silu/), at('linear_2', `${p}.linear_2`, /linear_2/)],
};

export function stepsInside(description, has) {
  const list = steps[description.kind]?.(description.path, has) ?? [];
  return list.filter(Boolean);
}

// The line of a layer without children: the call of its kernel.
export const kernelLine = /\b(conv2d|linear|group_norm|layer_norm|embedding)\(/;
