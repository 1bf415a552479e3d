// The panels below the picture: each has one question, and the whole width.

import { createInspector } from '../inspector/inspector.js';
import { createAttention } from './attention.js';
import { createKnobs } from './knobs.js';
import { createBreak } from './break.js';
import { createCompare } from './compare.js';
import { createTakeAlong } from './take_along.js';

// create(app, element) -> {update(), leave()}; leave is optional.
export const panels = [
  { name: 'inside', title: 'Look inside', create: createInspector },
  { name: 'attention', title: 'Attention', create: createAttention },
  { name: 'knobs', title: 'Knobs', create: createKnobs },
  { name: 'break', title: 'Break it', create: createBreak },
  { name: 'compare', title: 'Compare', create: createCompare },
  { name: 'along', title: 'Take it along', create: createTakeAlong },
];
