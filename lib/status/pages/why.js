// SPDX-License-Identifier: GPL-3.0-or-later
// Why something is as it is: the report of the tool "why", as it comes.

import {ask, query} from '/api.js';
import {badge, groupLink, h, redraw, section, table} from '/dom.js';
import {isNumber, notKnown, number, stamp} from '/words.js';

const groupId = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const titles = {headline: 'In short', compared_with: 'What changed since the last good one', step: 'Step under pressure', inputs: 'Inputs',
  calibration: 'Calibration, and why this one', stages: 'Stages', attempts: 'Attempts', quality: 'Quality, figures against limits', products: 'Products', flux: 'Flux density'};
const named = (key) => { const text = key.replace(/_unix_s$/, '').replaceAll('_', ' '); return text[0].toUpperCase() + text.slice(1); };
const absences = new Set(['reason', 'error', 'group', 'from', 'state_reason']);
const isTime = (key) => /(^|_)at$|_unix_s$|^not_before$/.test(key);
const isEmpty = (value) => value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

function scalar(key, value) {
  if (value === null || value === '' || value === '[]') return h('span', {class: 'faint'}, value === '[]' || absences.has(key) ? 'none' : notKnown);
  if (isNumber(value)) return isTime(key) && value > 1e8 ? stamp(value * 1000) + ' UTC' : Number.isInteger(value) ? String(value) : number(value, 5);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (groupId.test(value)) return groupLink(value);
  if (['state', 'outcome', 'verdict', 'grade'].includes(key)) return badge(value, value);
  if (key === 'path' || key === 'command') return h('code', {class: 'path'}, value);
  return value;
}

function rowsOf(list) {
  const keys = [...new Set(list.flatMap((each) => Object.keys(each)))].filter((key) => list.some((each) => !isEmpty(each[key] ?? null)));
  return table('', keys.map((key) => ({text: named(key), number: list.every((each) => isNumber(each[key] ?? 0)) && !isTime(key)})),
    list.map((each) => keys.map((key) => (each[key] !== null && typeof each[key] === 'object' ? explained(key, each[key]) : scalar(key, each[key] ?? null)))));
}

function explained(key, value) {
  if (Array.isArray(value)) {
    if (value.length === 0) return h('span', {class: 'faint'}, 'none');
    if (value.every((each) => each !== null && typeof each === 'object' && !Array.isArray(each)))
      return value.length > 8 ? h('details', {'data-key': 'rows ' + key}, h('summary', null, `${value.length} rows`), rowsOf(value)) : rowsOf(value);
    return h('ul', null, value.map((each) => h('li', null, each !== null && typeof each === 'object' ? explained(key, each) : scalar(key, each))));
  }
  if (value !== null && typeof value === 'object')
    return h('dl', {class: 'facts'}, Object.entries(value).map(([name, each]) => h('div', null, h('dt', null, named(name)), h('dd', null, each !== null && typeof each === 'object' ? explained(name, each) : scalar(name, each)))));
  return scalar(key, value);
}

function headline(head) {
  return section('In short', {class: 'card full'}, h('p', {class: 'headline'}, head.text),
    head.advice ? h('p', null, head.advice) : null, head.command ? h('p', null, 'Command: ', h('code', null, head.command)) : null);
}

export function one(body, [subject, source]) {
  const place = h('div');
  document.querySelector('#content > h2').textContent = `Why ${subject}` + (source ? `: ${source}` : '');
  if (groupId.test(subject)) body.append(h('p', null, 'The group: ', groupLink(subject)));
  body.append(place);
  const draw = (report) => Object.entries(report).filter(([key, value]) => key !== 'subject' && !isEmpty(value)).map(([key, value]) =>
    (key === 'headline' ? headline(value) : section(titles[key] ?? named(key), {class: 'card full'}, explained(key, value))));
  const refresh = async () => redraw(place, await ask('/api/v1/why/' + encodeURIComponent(subject) + query({source})), draw);
  return {refresh, every_s: 10};
}
