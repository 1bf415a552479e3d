// The common mistakes (docs/common_mistakes.md) that a switch can make. `argument`: of the run;
// `scale`: factors of modules; `config`: fields of the model's files.

const heads = (channels, count) => Math.sqrt(channels / count);
const queries = (pattern, channels, count) => `${pattern}=${heads(channels, count)}`;

export const mistakes = [
  { name: 'attention_scale', says: 'Attention’s scores are not divided by the square root of the head’s size.',
    scale: [queries('unet.*_blocks.1.*.to_q', 80, 4), queries('unet.down_blocks.2.*.to_q', 128, 4), queries('unet.mid_block.*.to_q', 128, 4),
      queries('unet.up_blocks.0.*.to_q', 128, 4), queries('text_encoder.*q_proj', 64, 2), queries('text_encoder_2.*q_proj', 96, 3)] },
  { name: 'conditioning_crop_first', argument: true, says: 'The crop stands before the original size in the sizes that the UNet gets.' },
  { name: 'guidance_halves', argument: true, says: 'The two predictions of guidance are mixed up.' },
  { name: 'guidance_sign', argument: true, says: 'Guidance goes away from the prompt, not towards it.' },
  { name: 'noise_channels_last', argument: true, says: 'The first noise is drawn with the channels innermost.' },
  { name: 'noise_unscaled', argument: true, says: 'The first noise isn’t multiplied by the first noise level.' },
  { name: 'schedule_spacing', argument: true, says: 'The timesteps are spread from end to end; SDXL’s are “leading”.' },
  { name: 'schedule_offset', argument: true, says: 'The timesteps begin at 0; SDXL’s begin at 1.' },
  { name: 'image_truncated', argument: true, says: 'Colours are cut down to whole numbers, not rounded.' },
  { name: 'conditioning_width_first', argument: true, says: 'Width stands before height in the sizes (seen in pictures that are not square).' },
  { name: 'sinusoid_off_by_one', config: { 'unet/config.json': { freq_shift: 1 } }, right: { 'unet/config.json': { freq_shift: 0 } },
    says: 'The sinusoid’s frequencies are spread over one step less.' },
  { name: 'sinusoid_sines_first', config: { 'unet/config.json': { flip_sin_to_cos: false } }, right: { 'unet/config.json': { flip_sin_to_cos: true } },
    says: 'The sinusoid of a timestep begins with the sines; in SDXL the cosines come first.' },
  { name: 'text_quick_gelu', config: { 'text_encoder_2/config.json': { hidden_act: 'quick_gelu' } }, right: { 'text_encoder_2/config.json': { hidden_act: 'gelu' } },
    says: 'The second text encoder gets the first one’s activation.' },
  { name: 'unet_no_added_conditioning', scale: ['unet.add_embedding=0'], says: 'The pooled text and the sizes never reach the UNet.' },
  { name: 'unet_resnet_epsilon', config: { 'unet/config.json': { norm_eps: 1e-6 } }, right: { 'unet/config.json': { norm_eps: 1e-5 } },
    says: 'The UNet’s norms add 1e-6 to the variance, the autoencoder’s number.' },
  { name: 'vae_scaling_factor', config: { 'vae/config.json': { scaling_factor: 0.22867782872345194 * 0.18215 / 0.13025 } },
    right: { 'vae/config.json': { scaling_factor: 0.22867782872345194 } }, says: 'Latents are scaled by Stable Diffusion 1’s number.' },
];

// Those whose picture shows it at a glance: for the quiz.
export const visible = ['attention_scale', 'conditioning_crop_first', 'guidance_halves', 'guidance_sign', 'noise_unscaled',
  'sinusoid_off_by_one', 'sinusoid_sines_first', 'unet_no_added_conditioning', 'vae_scaling_factor'];
