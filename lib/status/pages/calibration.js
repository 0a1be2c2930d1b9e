// SPDX-License-Identifier: GPL-3.0-or-later
// Calibration sets: which is in force, how old, how good, and its solutions drawn.

import {ask} from '/api.js';
import {age, badge, facts, groupLink, h, redraw, section, table, time, whyLink} from '/dom.js';
import {zoomable} from '/viewer.js';
import {fixed, flux, isNumber, notKnown, number} from '/words.js';

const setLink = (set) => h('a', {href: '#/set/' + set.id, 'data-key': 'set ' + set.id}, `${set.name} v${set.version}`);

function inForce(sets) {
  const set = sets.find((each) => each.state === 'active');
  if (!set) return h('p', null, badge('failed', 'No set is active.'));
  return [facts([['Set', setLink(set)], ['Solved', [time(set.solved_at), ' UTC']], ['Age', age(set.solved_at)],
    ['Valid', [time(set.valid_from), ' to ', time(set.valid_until), ' UTC']], ['Calibrator', set.calibrator ? `${set.calibrator}, ${flux(set.flux_jy)}` : notKnown],
    ['Verdict', badge(set.verdict, set.verdict)], ['Why', set.group_id ? whyLink(set.group_id) : notKnown]]), picture(set)];
}

function picture(set) {
  return zoomable(`/api/v1/cal/sets/${set.id}/picture`, `Solutions of the set ${set.name}: delays, bandpass and gains by antenna`, 'No picture of its solutions is there.');
}

export function list(body) {
  const now = h('div'), rows = h('div');
  body.append(section('In force', {class: 'card full'}, now), section('Sets', {class: 'card full'}, rows));
  const refresh = async () => {
    const sets = await ask('/api/v1/cal/sets?limit=50');
    redraw(now, sets, inForce);
    redraw(rows, sets, (all) => table('Calibration sets, the latest first',
      ['Set', 'State', 'Verdict', 'Solved (UTC)', 'Age', 'Calibrator', {text: 'Dec', number: true}, 'Reference antenna', 'Why'],
      all.map((set) => [setLink(set), badge(set.state), badge(set.verdict, set.verdict), time(set.solved_at), age(set.solved_at), set.calibrator,
        fixed(set.dec_deg, 2, '°'), set.refant, set.group_id ? whyLink(set.group_id) : null]), 'No set was solved yet.'));
  };
  return {refresh, every_s: 30};
}

function gates(quality) {
  const rows = Object.entries(quality?.gates ?? {});
  const limit = (value) => (isNumber(value) ? number(value) : '–');
  return table('Gates', ['Figure', 'Grade', {text: 'Value', number: true}, {text: 'Warns at', number: true}, {text: 'Fails at', number: true}],
    rows.map(([name, gate]) => [name.replaceAll('_', ' '), badge(gate.grade, gate.grade), number(gate.value), limit(gate.warn), limit(gate.fail)]), 'No figures are recorded.');
}

export function one(body, [id]) {
  const place = h('div');
  body.append(place);
  const draw = (set) => [
    h('div', {class: 'grid'}, section('Set', null, facts([['Name', `${set.name}, version ${set.version}`], ['State', [badge(set.state), ' ', set.state_reason ?? '']],
      ['Verdict', badge(set.verdict, set.verdict)], ['Solved', [time(set.solved_at), ' UTC']], ['Valid', [time(set.valid_from), ' to ', time(set.valid_until)]],
      ['Calibrator', set.calibrator], ['Group', set.group_id ? [groupLink(set.group_id), ' ', whyLink(set.group_id)] : notKnown], ['Used by', `${set.n_group} groups`]])),
    section('History', null, table('History', ['At (UTC)', 'Became', 'By', 'Reason'], set.history.map((each) => [time(each.at), badge(each.to), each.actor, each.reason ?? '–'])))),
    section('Solutions', {class: 'card full'}, picture(set)),
    section('Quality', {class: 'card full'}, gates(set.quality)),
    section('Tables', {class: 'card full'}, table('Tables', [{text: 'Order', number: true}, 'Type', 'Path'], set.tables.map((each) => [each.order_index, each.table_type, h('span', {class: 'path'}, each.path)]))),
  ];
  const refresh = async () => {
    const set = await ask('/api/v1/cal/sets/' + encodeURIComponent(id));
    document.querySelector('#content > h2').textContent = `Set ${set.name}`;
    redraw(place, set, draw);
  };
  return {refresh, every_s: 60};
}
