// SPDX-License-Identifier: GPL-3.0-or-later
// Logs of the tools: the last lines of each.

import {ask, askText} from '/api.js';
import {age, h, redraw, table} from '/dom.js';
import {bytes} from '/words.js';

export function list(body) {
  const place = h('div');
  body.append(place);
  const refresh = async () => redraw(place, await ask('/api/v1/logs'), (rows) => table('Logs', ['Log', {text: 'Size', number: true}, 'Last written'],
    rows.map((each) => [h('a', {href: '#/log/' + encodeURIComponent(each.name), 'data-key': 'log ' + each.name}, each.name), bytes(each.size_byte), [age(each.modified), ' ago']]),
    'No log is in the folder of logs, paths.log_dir.'));
  return {refresh, every_s: 10};
}

const tones = [[/\b(ERROR|CRITICAL)\b/, 'bad'], [/\bWARNING\b/, 'warn']];

export function one(body, [name]) {
  const count = h('select', {id: 'lines'}, [100, 500, 2000].map((n) => h('option', {value: n}, n)));
  const only = h('input', {id: 'only', type: 'search', autocomplete: 'off'});
  const follow = h('input', {id: 'follow', type: 'checkbox', checked: true});
  const place = h('pre', {class: 'log', tabindex: '0', role: 'region', 'aria-label': `Last lines of ${name}`});
  body.append(h('div', {class: 'line'}, h('label', {for: 'lines'}, 'Lines'), count, h('label', {for: 'only'}, 'Only with'), only, follow, h('label', {for: 'follow'}, 'Stay at the end')), place);
  let text = '';
  const draw = () => {
    const wanted = only.value.toLowerCase();
    const lines = text.split('\n').filter((line) => line && line.toLowerCase().includes(wanted));
    redraw(place, lines, (all) => (all.length ? all.map((line) => h('span', {'data-tone': tones.find(([sign]) => sign.test(line))?.[1] ?? null}, line + '\n')) : 'No such line.'));
    if (follow.checked) place.scrollTop = place.scrollHeight;
  };
  const refresh = async () => {
    text = await askText(`/api/v1/logs/${encodeURIComponent(name)}?lines=${count.value}`);
    draw();
  };
  only.addEventListener('input', draw);
  count.addEventListener('change', refresh);
  return {refresh, every_s: 5};
}
