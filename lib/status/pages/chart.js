// SPDX-License-Identifier: GPL-3.0-or-later
// Charts as SVG: axes with units, and the same figures as a table for whoever cannot see them.

import {h, s} from '/dom.js';
import {isNumber, number, stamp} from '/words.js';

const left = 56, right = 24, top = 12, bottom = 44;
const hour_ms = 3600e3, day_ms = 24 * hour_ms;

// Round steps that give about n parts.
export function roundStep(range, n) {
  const raw = range / n, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999);
}

function ticksOf([low, high], n) {
  const step = roundStep(high - low, n), ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k) ticks.push(k * step);
  return ticks;
}

const timeSteps = [60e3, 5 * 60e3, 15 * 60e3, hour_ms / 2, hour_ms, 2 * hour_ms, 3 * hour_ms, 6 * hour_ms,
  12 * hour_ms, day_ms, 2 * day_ms, 5 * day_ms, 10 * day_ms, 30 * day_ms, 90 * day_ms, 365 * day_ms, 1825 * day_ms];

function timeTicks([low, high], n) {
  const step = timeSteps.find((each) => (high - low) / each <= n) ?? timeSteps.at(-1), ticks = [];
  for (let t = Math.ceil(low / step) * step; t <= high; t += step) ticks.push(t);
  return {ticks, text: (t) => (step < day_ms ? stamp(t).slice(11, 16) : stamp(t).slice(0, 10))};
}

function range(values, withZero) {
  const finite = values.filter(isNumber);
  if (withZero) finite.push(0);
  let low = Math.min(...finite), high = Math.max(...finite);
  if (!(high > low)) [low, high] = high === 0 ? [0, 1] : [Math.min(0, low), high + Math.abs(high) * 0.1];
  const margin = (high - low) * 0.06;
  return [withZero && low === 0 ? 0 : low - margin, high + margin];
}

// The frame: axes, ticks, grid, names. Returned: the SVG and where values lie in it.
function frame(width, height, options) {
  const x = (value) => left + (value - options.x[0]) / (options.x[1] - options.x[0]) * (width - left - right);
  const y = (value) => height - bottom - (value - options.y[0]) / (options.y[1] - options.y[0]) * (height - top - bottom);
  const picture = s('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': options.label});
  const marks = timeTicks(options.x, Math.max(2, Math.floor(width / 95)));
  for (const value of ticksOf(options.y, 5)) picture.append(
    s('line', {class: 'grid', x1: left, x2: width - right, y1: y(value), y2: y(value)}),
    s('text', {class: 'tick', x: left - 6, y: y(value) + 4, 'text-anchor': 'end'}, number(value, 3).replace('-', '−')));
  for (const value of marks.ticks) picture.append(
    s('line', {class: 'axis', x1: x(value), x2: x(value), y1: height - bottom, y2: height - bottom + 5}),
    s('text', {class: 'tick', x: x(value), y: height - bottom + 18, 'text-anchor': 'middle'}, marks.text(value)));
  picture.append(
    s('path', {class: 'axis', d: `M${left},${top}V${height - bottom}H${width - right}`}),
    s('text', {class: 'axis-name', x: (left + width - right) / 2, y: height - 6, 'text-anchor': 'middle'}, options.xName),
    s('text', {class: 'axis-name', transform: `translate(13,${(top + height - bottom) / 2}) rotate(-90)`,
      'text-anchor': 'middle'}, options.yName));
  return {picture, x, y};
}

// Shapes as well as colours tell series apart.
function symbol(kind, x, y, attributes) {
  if (kind === 1) return s('rect', {x: x - 3.5, y: y - 3.5, width: 7, height: 7, ...attributes});
  if (kind === 2) return s('path', {d: `M${x},${y - 4.5}L${x + 4.5},${y + 4}H${x - 4.5}Z`, ...attributes});
  return s('circle', {cx: x, cy: y, r: 3.5, ...attributes});
}

function key(series) {
  return h('ul', {class: 'key'}, series.map((each, index) => h('li', null,
    s('svg', {width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true'}, symbol(each.kind ?? index, 7, 7, {class: `fill-${each.kind ?? index}`})),
    ' ' + each.name)));
}

// Draws anew whenever the width changes.
function responsive(draw, height) {
  const holder = h('div', {class: 'chart'});
  let width = 0;
  const watcher = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now < 50 || now === width) return;
    width = now;
    holder.replaceChildren(draw(width, height));
  });
  watcher.observe(holder);
  return holder;
}

function asTable(caption, names, rows) {
  return h('details', {'data-key': 'figures ' + caption}, h('summary', null, 'Figures'),
    h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption}, h('table', null,
      h('caption', {class: 'unseen'}, caption),
      h('thead', null, h('tr', null, names.map((each) => h('th', {scope: 'col'}, each)))),
      h('tbody', null, rows.map((row) => h('tr', null, row.map((each) => h('td', null, each))))))));
}

function lines(series, {x, y}) {
  return series.flatMap((each, index) => {
    const marks = [];
    let path = '', pen = 'M';
    for (const [at, value] of each.points) {
      if (!isNumber(value)) { pen = 'M'; continue; }
      path += `${pen}${x(at).toFixed(1)},${y(value).toFixed(1)}`;
      pen = 'L';
      const mark = symbol(index, x(at), y(value), {class: `fill-${index}`});
      mark.append(s('title', null, `${each.name}: ${number(value)} at ${stamp(at)}`));
      marks.push(mark);
    }
    return [s('path', {class: `line-${index}`, d: path || 'M0,0'}), ...marks];
  });
}

// series: [{name, points: [[unix_ms, value or null], ...]}], all at the same times.
export function timeChart({title, unit, series, none}) {
  const values = series.flatMap((each) => each.points.map((point) => point[1])).filter(isNumber);
  if (values.length === 0) return h('p', {class: 'faint'}, none);
  const times = series[0].points.map((point) => point[0]);
  const label = `${title}, ${unit}. ` + series.map((each) => {
    const own = each.points.map((point) => point[1]).filter(isNumber);
    return own.length ? `${each.name}: ${number(Math.min(...own))} to ${number(Math.max(...own))}` : `${each.name}: none`;
  }).join('; ') + '.';
  const draw = (width, height) => {
    const place = frame(width, height, {x: [times[0], times.at(-1) + (times.at(-1) - times[0]) * 0.02], y: range(values, true),
      xName: 'time (UTC)', yName: unit, label});
    place.picture.append(...lines(series, place));
    return place.picture;
  };
  return h('figure', null, h('figcaption', null, title), key(series), responsive(draw, 220),
    asTable(title, ['Time (UTC)', ...series.map((each) => `${each.name} (${unit})`)],
      times.map((at, row) => [stamp(at), ...series.map((each) => number(each.points[row][1]))])));
}

function whisker(x, low, high) {
  return s('path', {class: 'error', d: `M${x},${low}V${high}M${x - 4},${low}H${x + 4}M${x - 4},${high}H${x + 4}`});
}

function arrow(x, y) {
  return s('path', {class: 'limit', d: `M${x - 6},${y}H${x + 6}M${x},${y}V${y + 16}M${x - 4},${y + 10}L${x},${y + 16}L${x + 4},${y + 10}`});
}

function pointMark(point, place) {
  const x = place.x(point.at), link = s('a', {href: point.href, class: point.usable ? 'point' : 'point unusable'});
  if (isNumber(point.value)) {
    if (isNumber(point.error))
      link.append(whisker(x, place.y(point.value - point.error), place.y(point.value + point.error)));
    link.append(symbol(point.kind, x, place.y(point.value), {class: `fill-${point.kind}`}));
  }
  if (isNumber(point.limit)) link.append(arrow(x, place.y(point.limit)));
  link.append(s('title', null, point.text));
  link.setAttribute('aria-label', point.text);
  return link;
}

// points: [{at: unix_ms, value, error, limit, usable, kind, text, href}]
export function pointChart({title, unit, points, names, level, label}) {
  const drawable = points.filter((each) => isNumber(each.value) || isNumber(each.limit));
  if (drawable.length === 0) return h('p', {class: 'faint'}, 'No point with a flux density or a limit.');
  const times = drawable.map((each) => each.at), first = Math.min(...times), last = Math.max(...times);
  const edge = Math.max((last - first) * 0.05, 60e3);
  const heights = drawable.flatMap((each) => [
    isNumber(each.value) ? each.value - (each.error ?? 0) : null, isNumber(each.value) ? each.value + (each.error ?? 0) : null, each.limit]);
  const draw = (width, height) => {
    const place = frame(width, height, {x: [first - edge, last + edge], y: range(heights, true), xName: 'time (UTC)', yName: unit, label});
    place.picture.setAttribute('role', 'group');
    if (isNumber(level)) place.picture.append(s('line', {class: 'level', x1: left, x2: width - right, y1: place.y(level), y2: place.y(level)}));
    place.picture.append(...drawable.map((each) => pointMark(each, place)));
    return place.picture;
  };
  return h('figure', null, h('figcaption', null, title), key(names.map((name, kind) => ({name, kind})).filter(({kind}) => points.some((each) => each.kind === kind))),
    h('p', {class: 'faint small'}, 'Bars: one sigma. Arrows: upper limits. Hollow: not used for statistics.',
      isNumber(level) ? ' Dashed: weighted mean.' : ''), responsive(draw, 300));
}
