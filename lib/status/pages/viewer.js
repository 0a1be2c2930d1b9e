// SPDX-License-Identifier: GPL-3.0-or-later
// A picture that can be zoomed and moved: by buttons, keys, wheel, drag and two fingers.

import {h} from '/dom.js';

const most = 16, step = 1.4, stride_px = 60;

// Shades turned against what the theme has, until the tab is closed.
let inverted = false;

export function zoomable(source, description, absent) {
  const image = h('img', {src: source, alt: description, draggable: 'false'});
  const frame = h('div', {class: 'viewer', tabindex: '0', role: 'application', 'aria-label': description + '. Plus and minus zoom, arrows move, 0 shows all.'}, image);
  const figure = h('output', {class: 'zoom', 'aria-live': 'polite'}, '100 %');
  let scale = 1, x = 0, y = 0;

  const show = () => {
    const {width, height} = frame.getBoundingClientRect();
    const room_x = Math.max(0, (image.offsetWidth * scale - width) / 2), room_y = Math.max(0, (image.offsetHeight * scale - height) / 2);
    x = Math.min(room_x, Math.max(-room_x, x));
    y = Math.min(room_y, Math.max(-room_y, y));
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    image.classList.toggle('pixels', scale * image.offsetWidth > 2 * image.naturalWidth);
    figure.textContent = Math.round(scale * 100) + ' %';
    frame.dataset.scale = scale.toFixed(3);
  };
  // Keeps what lies under (at_x, at_y), measured from the middle, where it is.
  const zoom = (factor, at_x = 0, at_y = 0) => {
    const wanted = Math.min(most, Math.max(1, scale * factor));
    x = at_x - (at_x - x) * wanted / scale;
    y = at_y - (at_y - y) * wanted / scale;
    scale = wanted;
    show();
  };
  const all = () => { scale = 1; x = y = 0; show(); };
  const middle = (px, py) => {
    const box = frame.getBoundingClientRect();
    return [px - box.left - box.width / 2, py - box.top - box.height / 2];
  };

  const keys = {'+': () => zoom(step), '=': () => zoom(step), '-': () => zoom(1 / step), 0: all,
    ArrowLeft: () => { x += stride_px; show(); }, ArrowRight: () => { x -= stride_px; show(); },
    ArrowUp: () => { y += stride_px; show(); }, ArrowDown: () => { y -= stride_px; show(); }};
  frame.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey ? null : keys[event.key];
    if (!act || (scale === 1 && event.key.startsWith('Arrow'))) return;
    event.preventDefault();
    act();
  });
  frame.addEventListener('wheel', (event) => {
    if (scale === 1 && event.deltaY > 0) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), ...middle(event.clientX, event.clientY));
  }, {passive: false});
  frame.addEventListener('dblclick', (event) => (scale > 1 ? all() : zoom(3, ...middle(event.clientX, event.clientY))));

  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };
  frame.addEventListener('pointerdown', (event) => { fingers.set(event.pointerId, [event.clientX, event.clientY]); frame.setPointerCapture(event.pointerId); });
  frame.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const was = spread();
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 2 && was > 0) zoom(spread() / was, ...middle(event.clientX, event.clientY));
    else if (fingers.size === 1) { x += event.clientX - before[0]; y += event.clientY - before[1]; show(); }
  });
  for (const end of ['pointerup', 'pointercancel']) frame.addEventListener(end, (event) => fingers.delete(event.pointerId));

  const whole = h('div', {class: 'zoomable'},
    h('div', {class: 'line', role: 'group', 'aria-label': 'Zoom'},
      h('button', {type: 'button', 'aria-label': 'Zoom in', onclick: () => zoom(step)}, '+'),
      h('button', {type: 'button', 'aria-label': 'Zoom out', onclick: () => zoom(1 / step)}, '−'),
      h('button', {type: 'button', onclick: all}, 'All'),
      h('button', {type: 'button', 'aria-pressed': String(inverted), onclick: (event) => {
        inverted = !inverted;
        whole.toggleAttribute('data-inverted', inverted);
        event.currentTarget.setAttribute('aria-pressed', String(inverted));
      }}, 'Turn shades'), figure,
      h('a', {href: source, target: '_blank', rel: 'noopener'}, 'The PNG alone')), frame);
  whole.toggleAttribute('data-inverted', inverted);
  image.addEventListener('error', () => whole.replaceChildren(h('p', {class: 'faint'}, absent)));
  return whole;
}
