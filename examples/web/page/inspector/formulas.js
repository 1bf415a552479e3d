// The formula of each class, in the names of the code, with the shapes of this call under the tensors.
//
// {x} is a tensor of the call: an input, "out", or a parameter by its name. [a // b] is a fraction, Name( a
// function, ^T a transpose. Everything is MathML, which browsers draw themselves.

const formulas = {
  ResnetBlock: ['h = conv1(silu(norm1({x}))) + time_emb_proj(silu({temb}))', '{out} = shortcut({x}) + conv2(silu(norm2(h)))'],
  Transformer2D: ['h = proj_in(flatten(norm({x})))', 'h = block(h, {context})', '{out} = {x} + unflatten(proj_out(h))'],
  BasicTransformerBlock: ['h = {x} + attn1(norm1({x}))', 'h = h + attn2(norm2(h), {context})', '{out} = h + ff(norm3(h))'],
  Attention: ['q = to_q({x}) , k = to_k({context}) , v = to_v({context})', '{out} = to_out(softmax([q k^T // √D]) v)'],
  FeedForward: ['{out} = net_2(net_0({x}))'],
  GEGLU: ['value, gate = proj({x})', '{out} = value · gelu(gate)'],
  Downsample2D: ['{out} = conv({x}) , stride 2'],
  Upsample2D: ['{out} = conv(nearest({x}, 2))'],
  Conv2d: ['{out}[o,y,x] = {bias}[o] + Σ {weight}[o,i,a,b] · {x}[i,y+a,x+b]'],
  Linear: ['{out} = {x} {weight}^T + {bias}'],
  GroupNorm: ['{out} = [{x} − mean // √(var + ε)] · {weight} + {bias} , in each group of channels'],
  LayerNorm: ['{out} = [{x} − mean // √(var + ε)] · {weight} + {bias} , at each position'],
  TimestepEmbedding: ['{out} = linear_2(silu(linear_1({x})))'],
  MidBlock2DCrossAttn: ['{out} = resnets[1](attentions[0](resnets[0]({x}, {temb}), {context}), {temb})'],
  UNet2DConditionModel: ['temb = time_embedding(sinusoid({timestep})) + add_embedding({text_embeds}, sinusoids({time_ids}))',
    'h = conv_in({sample}) , then down, middle, up', '{out} = conv_out(silu(conv_norm_out(h)))'],
  CLIPMLP: ['{out} = fc2(act(fc1({x})))'],
  CLIPEncoderLayer: ['h = {x} + self_attn(layer_norm1({x}))', '{out} = h + mlp(layer_norm2(h))'],
  VaeAttention: ['{out} = {x} + to_out(softmax([q k^T // √C]) v)'],
};

const mathNamespace = 'http://www.w3.org/1998/Math/MathML';
const m = (name, ...children) => {
  const element = document.createElementNS(mathNamespace, name);
  element.append(...children);
  return element;
};

// kind: the class; shapes: {x: [2, 48, 16, 16], ...}. -> an array of <math>, empty for a class without one.
export function formulaOf(kind, shapes) {
  return (formulas[kind] ?? []).map((text) => {
    const math = m('math');
    math.setAttribute('display', 'block');
    math.append(...parse(text, shapes));
    return math;
  });
}

const operators = /^[=+−·,()[\]Σ√^]$/;

function parse(text, shapes) {
  const tokens = text.match(/\{\w+\}|\w+|\^T|\/\/|[^\s\w]/gu);
  let at = 0;
  const fraction = () => {
    const upper = sequence('//');
    const lower = sequence(']');
    return m('mfrac', m('mrow', ...upper), m('mrow', ...lower));
  };
  // Up to a closing token, which is taken too.
  function sequence(end) {
    const row = [];
    while (at < tokens.length && tokens[at] !== end) row.push(item());
    ++at;
    return row;
  }
  function item() {
    const token = tokens[at++];
    if (token.startsWith('{')) return tensor(token.slice(1, -1), shapes);
    if (token === '[' && tokens.slice(at).join(' ').split(']')[0].includes('//')) return fraction();
    if (token === '√') {
      if (tokens[at] !== '(') return m('msqrt', m('mi', tokens[at++]));
      ++at;
      return m('msqrt', ...sequence(')'));
    }
    if (token === '^T') return m('msup', m('mrow'), m('mi', 'T'));
    if (operators.test(token)) {
      const operator = m('mo', token);
      operator.setAttribute('stretchy', 'false');
      return operator;
    }
    const name = m('mi', token);
    if (token.length > 1) name.setAttribute('mathvariant', 'normal');
    return name;
  }
  return sequence(null);
}

const colours = { context: 'text', encoder_hidden_states: 'text', text_embeds: 'text', temb: 'time', timestep: 'time', time_ids: 'time', x: 'picture', sample: 'picture', out: 'picture' };

function tensor(name, shapes) {
  const letter = m('mi', name);
  letter.setAttribute('mathvariant', 'normal');
  letter.setAttribute('class', `tensor ${colours[name] ?? ''}`);
  if (!shapes[name]?.length) return letter;
  const shape = m('mtext', shapes[name].join('×'));
  shape.setAttribute('class', 'shape');
  return m('munder', letter, shape);
}
