// SPDX-License-Identifier: GPL-3.0-or-later
// Notices: what people were told, and jobs that were given up.

import {ask} from '/api.js';
import {badge, groupLink, h, redraw, section, table, time, whyLink} from '/dom.js';
import {retryButton} from '/groups.js';

const groupId = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

export function noticeList(rows, none) {
  if (rows.length === 0) return h('p', null, badge('done', none));
  return h('ul', {class: 'notices'}, rows.map((each) => {
    const id = groupId.exec(each.key + ' ' + each.subject)?.[0];
    return h('li', null, h('p', null, badge(each.severity), ' ', h('strong', null, each.subject), each.cleared ? ' (over)' : ''), h('p', null, each.text),
      h('p', {class: 'remedy'}, 'Remedy: ', each.remedy || 'none is known'),
      h('p', {class: 'faint small'}, 'Since ', time(each.first_seen), each.cleared ? [' until ', time(each.cleared)] : '', ' UTC ', id ? whyLink(id) : ''));
  }));
}

export function list(body) {
  const said = h('p'), open = h('div'), given = h('div');
  const over = h('input', {type: 'checkbox', id: 'over'});
  body.append(section('Notices', {class: 'card full'}, h('p', {class: 'line'}, over, h('label', {for: 'over'}, 'Those that are over, too')), open),
    section('Jobs that were given up', {class: 'card full'}, said, given));
  const refresh = async () => {
    redraw(open, await ask('/api/v1/notices' + (over.checked ? '?all=true' : '')), (rows) => noticeList(rows, over.checked ? 'Nobody was told anything.' : 'No notice is open.'));
    redraw(given, await ask('/api/v1/failures?limit=100'), (rows) => table('Jobs that were given up, the latest first', ['Group', 'Stage', 'At (UTC)', 'Kind', 'Reason', 'Actions'],
      rows.map((each) => [groupLink(each.group_id), each.stage, time(each.at), each.error_type, h('span', {class: 'error-text'}, each.reason),
        h('span', {class: 'actions'}, retryButton(each.group_id, said, refresh), whyLink(each.group_id))]), 'None: every job succeeded, or waits its turn.'));
  };
  over.addEventListener('change', refresh);
  return {refresh, every_s: 10};
}
