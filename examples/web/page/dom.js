// Elements without a framework.

// h('button', { class: 'small', onclick: act }, 'Draw') -> an element.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') element.style.cssText = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = (selector) => document.querySelector(selector);

// Draws an RGB picture, 3 bytes a pixel, in a canvas of its own size.
export function paint(canvas, { height, width, rgb }) {
  const image = new ImageData(width, height);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    image.data[j] = rgb[i];
    image.data[j + 1] = rgb[i + 1];
    image.data[j + 2] = rgb[i + 2];
    image.data[j + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(image, 0, 0);
}

// A number as `sdxl trace`'s file has it, in the digits that a float32 needs.
export function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const text = Number(Math.fround(value).toPrecision(7)).toString();
  return text.replace('-', '−');
}

export const shapeText = (shape) => shape.join(' × ');
export const short = (value) => Number(value.toPrecision(3)).toString().replace('-', '−');
export const grouped = (value) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');

export const prefersStillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
