// SPDX-License-Identifier: GPL-3.0-or-later
// Elements. Whatever comes from the server becomes text, never markup.

import {duration, notKnown, stamp, when, word} from '/words.js';

const svgNamespace = 'http://www.w3.org/2000/svg';

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
}

function fill(element, children) {
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  return element;
}

// h('p', {class: 'x'}, 'text', [nodes])
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  return fill(element, children);
}

export function s(name, attributes, ...children) {
  const element = document.createElementNS(svgNamespace, name);
  set(element, attributes);
  return fill(element, children);
}

const drawn = new WeakMap();

// Puts nodes in place of what an element has, unless they say the same as last time, and leaves the
// focus where it was: on the element of the same data-key.
export function redraw(element, value, draw) {
  const said = JSON.stringify(value);
  if (drawn.get(element) === said) return;
  drawn.set(element, said);
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.getAttribute('data-key');
  const open = new Set([...element.querySelectorAll('details[open][data-key]')].map((each) => each.dataset.key));
  element.replaceChildren();
  fill(element, [draw(value)]);
  for (const each of element.querySelectorAll('details[data-key]'))
    if (open.has(each.dataset.key)) each.open = true;
  if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({preventScroll: true});
}

// An age that goes on by itself: tick() is called every second.
export function age(time) {
  const ms = when(time);
  if (Number.isNaN(ms)) return h('span', {class: 'faint'}, notKnown);
  return h('time', {datetime: new Date(ms).toISOString(), title: stamp(ms) + ' UTC', 'data-age': ms}, ageText(ms));
}
function ageText(ms) { return duration((Date.now() + clockOffset - ms) / 1000); }
let clockOffset = 0;
export function tick(offset) {
  clockOffset = offset;
  for (const each of document.querySelectorAll('[data-age]')) {
    const text = ageText(Number(each.dataset.age));
    if (each.textContent !== text) each.textContent = text;
  }
}

export const marks = {
  done: '✓', completed: '✓', active: '✓', good: '✓', PASS: '✓', joined: '✓', failed: '✕', fail: '✕', FAIL: '✕',
  critical: '✕', claimed: '▶', in_progress: '▶', taken: '▶', ready: '○', pending: '○', queued: '○', candidate: '○',
  waiting: '…', collecting: '…', warn: '!', WARN: '!', warning: '!',
};
const tones = {
  done: 'good', completed: 'good', active: 'good', good: 'good', PASS: 'good', joined: 'good',
  failed: 'bad', fail: 'bad', FAIL: 'bad', critical: 'bad', claimed: 'busy', in_progress: 'busy', taken: 'busy',
  warn: 'warn', WARN: 'warn', warning: 'warn', collecting: 'warn', waiting: 'warn',
};
export const tone = (state) => tones[state] ?? 'plain';

export function badge(state, text) {
  const said = text ?? word(state);
  return h('span', {class: said.length < 24 ? 'badge short' : 'badge', 'data-tone': tone(state)},
    h('span', {'aria-hidden': 'true'}, (marks[state] ?? '·') + ' '), said);
}

export const time = (value) => {
  const ms = when(value);
  return Number.isNaN(ms) ? h('span', {class: 'faint'}, notKnown)
    : h('time', {datetime: new Date(ms).toISOString()}, stamp(ms));
};

// table(caption, ['Group', {text: 'Flux', number: true}], [[cell, ...], ...])
export function table(caption, columns, rows, none) {
  const heads = columns.map((each) => (typeof each === 'string' ? {text: each} : each));
  if (rows.length === 0) return h('p', {class: 'faint'}, none ?? 'None.');
  return h('div', {class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0'},
    h('table', {class: heads.length > 3 ? 'stack' : null},
      h('caption', {class: 'unseen'}, caption),
      h('thead', null, h('tr', null, heads.map((each) =>
        h('th', {scope: 'col', class: each.number ? 'number' : null}, each.text)))),
      h('tbody', null, rows.map((row) => h('tr', null, row.map((cell, index) =>
        h(index === 0 ? 'th' : 'td', {scope: index === 0 ? 'row' : null, 'data-label': heads[index].text,
          class: [heads[index].number && 'number', cell === '' && 'blank'].filter(Boolean).join(' ') || null},
        h('span', {class: 'cell'}, cell ?? h('span', {class: 'faint'}, notKnown)))))))));
}

export function facts(pairs) {
  return h('dl', {class: 'facts'}, pairs.filter(Boolean).map(([name, value]) => h('div', null,
    h('dt', null, name), h('dd', null, value ?? h('span', {class: 'faint'}, notKnown)))));
}

// A section with a heading; fails and loads say so in it.
export function section(title, attributes, ...children) {
  const id = 'h-' + title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return h('section', {'aria-labelledby': id, class: 'card', ...attributes}, h('h3', {id}, title), ...children);
}

export const groupLink = (id) => h('a', {href: '#/group/' + encodeURIComponent(id), 'data-key': 'group ' + id}, id);
export const whyLink = (subject, source) => h('a', {
  href: '#/why/' + encodeURIComponent(subject) + (source ? '/' + encodeURIComponent(source) : ''),
  class: 'why', 'data-key': `why ${subject} ${source ?? ''}`,
  'aria-label': `Why ${subject} is as it is` + (source ? `, ${source}` : ''),
}, 'why?');
