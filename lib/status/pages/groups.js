// SPDX-License-Identifier: GPL-3.0-or-later
// Groups: the list by state, and all of one.

import {ask, query} from '/api.js';
import {actionButton} from '/dialog.js';
import {age, badge, facts, groupLink, h, marks, redraw, section, table, time, tone, whyLink} from '/dom.js';
import {duration, isNumber, notKnown, word} from '/words.js';

const stages = ['convert', 'flag', 'calibrate', 'image', 'measure', 'lightcurve'];
const states = ['', 'collecting', 'pending', 'in_progress', 'completed', 'failed'];
const page = 50;

function stageStrip(group) {
  return h('ol', {class: 'stages', 'aria-label': 'Stages'}, stages.map((stage) => {
    const state = group.stages?.[stage];
    return h('li', {'data-tone': state ? tone(state) : 'none', title: `${stage}: ${state ? word(state) : 'not reached'}`},
      h('span', {'aria-hidden': 'true'}, state ? marks[state] ?? '·' : '–'),
      h('span', {class: 'unseen'}, `${stage}: ${state ? word(state) : 'not reached'}`));
  }));
}

const failed = (group) => group.state === 'failed' || Object.values(group.stages ?? {}).includes('failed');

export function retryButton(id, place, after) {
  return actionButton({text: 'Retry', key: 'retry ' + id, title: `Retry ${id}?`, place, after,
    question: 'Its failed and waiting jobs become ready once more, with fresh attempts.', path: `/api/v1/groups/${encodeURIComponent(id)}/retry`});
}

const saidOf = (group) => group.error ?? (group.stage_state === 'failed' || group.stage_state === 'waiting' ? group.reason ?? '' : '');

export function groupTable(rows, place, after) {
  return table('Groups, the latest first; stages in order: ' + stages.join(', '),
    ['Group', 'State', 'Stages', {text: 'Subbands', number: true}, 'Arrived', 'What was said', 'Actions'],
    rows.map((group) => [
      groupLink(group.group_id), badge(group.state), stageStrip(group),
      `${group.subbands_present} of ${group.expected_subbands}`, group.arrived_at ? h('span', {class: 'whole'}, age(group.arrived_at), ' ago') : null,
      saidOf(group) ? h('span', {class: 'error-text'}, saidOf(group)) : '',
      h('span', {class: 'actions'}, failed(group) ? retryButton(group.group_id, place, after) : null, whyLink(group.group_id)),
    ]), 'No group is there.');
}

export function list(body, [state = '']) {
  const said = h('p'), place = h('div'), more = h('p');
  let depth = 1;
  body.append(
    h('nav', {'aria-label': 'States'}, h('ul', {class: 'choices'}, states.map((each) => h('li', null,
      h('a', {href: '#/groups' + (each ? '/' + each : ''), 'aria-current': each === state ? 'true' : null}, each ? word(each) : 'all'))))),
    said, place, more);
  const refresh = async () => {
    const rows = [];
    for (let i = 0; i < depth; ++i) {
      const part = await ask('/api/v1/groups' + query({state, limit: page, before: rows.at(-1)?.group_id}));
      rows.push(...part);
      if (part.length < page) break;
    }
    redraw(place, rows.map((each) => ({...each, age_s: null})), (all) => groupTable(all, said, refresh));
    redraw(more, rows.length === depth * page, (is) => (is ? h('button', {type: 'button', 'data-key': 'older', onclick: () => { ++depth; refresh(); }}, 'Older') : ''));
  };
  return {refresh, every_s: 5};
}

function againForm(id, said, after) {
  const choice = h('select', {id: 'stage'}, stages.map((each) => h('option', {value: each}, each)));
  const holder = h('span');
  const draw = () => holder.replaceChildren(actionButton({text: 'Do again', title: `Do ${choice.value} of ${id} again?`, place: said, after,
    question: 'This stage and those after it are done once more.', danger: true,
    path: `/api/v1/groups/${encodeURIComponent(id)}/reprocess`, body: {stage: choice.value}}));
  choice.addEventListener('change', draw);
  draw();
  return h('div', {class: 'line'}, h('label', {for: 'stage'}, 'From the stage'), choice, holder);
}

function jobs(group) {
  return table('Jobs', ['Stage', 'State', {text: 'Attempt', number: true}, 'Not before', 'Reason'], group.jobs.map((job) => [
    job.stage, badge(job.state), job.attempt, job.not_before ? time(job.not_before) : '–', h('span', {class: 'error-text'}, job.reason ?? '–')]));
}

function attempts(group) {
  return table('Attempts', ['Stage', {text: 'Attempt', number: true}, 'Outcome', 'Started', {text: 'Took', number: true}, 'Reason'],
    group.attempts.map((each) => [each.stage, each.attempt, badge(each.outcome), time(each.started_at),
      isNumber(each.ended_at) && isNumber(each.started_at) ? duration(each.ended_at - each.started_at) : notKnown, h('span', {class: 'error-text'}, each.reason ?? '–')]), 'None was made.');
}

export function one(body, [id]) {
  const said = h('p'), place = h('div');
  body.append(said, place);
  const draw = (group) => [
    h('div', {class: 'grid'},
      section('How it stands', null, facts([
        ['State', badge(group.state)], ['Class', group.observation_class], ['Subbands', `${group.n_subbands} of ${group.expected_subbands}`],
        ['Missing', group.missing_subbands || 'none recorded'], ['Observed', [time(group.first_time_unix_s), ' UTC']],
        ['Last subband came', group.last_subband_at ? [time(group.last_subband_at), ' UTC'] : notKnown],
        ['Priority', group.priority], ['Retries', group.retry_count], ['Error', h('span', {class: 'error-text'}, group.error ?? 'none')],
        ['Measurement Set', h('span', {class: 'path'}, group.product_path || 'none yet')]])),
      section('What can be done', null, h('p', {class: 'line'}, retryButton(id, said, refresh), whyLink(id)), againForm(id, said, refresh))),
    section('Jobs', {class: 'card full'}, jobs(group)), section('Attempts', {class: 'card full'}, attempts(group)),
    section('Files', {class: 'card full'}, h('details', {'data-key': 'files'}, h('summary', null, `${group.files.length} files`),
      table('Files', [{text: 'Subband', number: true}, 'State', 'Path', 'Reason'], group.files.map((each) => [each.subband_idx, badge(each.state === 'valid' ? 'good' : 'failed', each.state), h('span', {class: 'path'}, each.path), each.reason || '–'])))),
  ];
  const refresh = async () => redraw(place, await ask('/api/v1/groups/' + encodeURIComponent(id)), draw);
  return {refresh, every_s: 5};
}
