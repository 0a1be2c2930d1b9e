// SPDX-License-Identifier: GPL-3.0-or-later
// Mosaics: what is made and what was asked for.

import {ask} from '/api.js';
import {badge, facts, groupLink, h, redraw, section, table, time, whyLink} from '/dom.js';
import {thumbnail} from '/images.js';
import {zoomable} from '/viewer.js';
import {declination, flux, isNumber, notKnown, number, rightAscension} from '/words.js';

const plain = (value) => encodeURIComponent(value);

function cards(rows) {
  if (rows.length === 0) return h('p', {class: 'faint'}, 'No mosaic was made yet.');
  return h('ul', {class: 'cards'}, rows.map((each) => h('li', null,
    h('a', {href: '#/mosaic/' + plain(each.name), class: 'picture', 'data-key': 'mosaic ' + each.name},
      thumbnail(`/api/mosaic/${plain(each.name)}/thumbnail`, `Mosaic ${each.name}`), h('span', {class: 'caption'}, each.name)),
    h('span', {class: 'line small'}, badge(each.qa_status ?? 'plain', each.qa_status ?? 'not judged'), `${each.n_images} tiles`, whyLink(each.name)))));
}

export function list(body) {
  const waiting = h('div'), made = h('div');
  body.append(section('Asked for', {class: 'card full'}, waiting), section('Made', {class: 'card full'}, made));
  const refresh = async () => {
    redraw(waiting, await ask('/api/streaming/mosaic-queue'), (queue) => facts([['Wait', queue.pending_count], ['In work', queue.in_progress_count], ['Made', queue.completed_count],
      ['Failed', queue.failed_count], ['Tiles in no mosaic yet', queue.available_ms_count], ['Tiles wanting for the next', queue.ms_until_next_mosaic]]));
    redraw(made, await ask('/api/mosaic/list?limit=50'), cards);
  };
  return {refresh, every_s: 15};
}

export function one(body, [name]) {
  const place = h('div');
  body.append(place);
  const draw = (mosaic) => [
    mosaic.mosaic_path ? section('Picture', {class: 'card full'}, zoomable(`/api/mosaic/${plain(name)}/picture`, `Mosaic ${name}`, 'No picture of this mosaic is there.')) : null,
    h('div', {class: 'grid'}, section('Mosaic', null, facts([['State', badge(mosaic.status)], ['Verdict', mosaic.qa_status ? badge(mosaic.qa_status, mosaic.qa_status) : notKnown],
      ['Reasons', mosaic.qa_reasons || 'none'], ['From', [time(mosaic.start_time), ' UTC']], ['To', [time(mosaic.end_time), ' UTC']],
      ['Centre', `${rightAscension(mosaic.ra_deg)} ${declination(mosaic.dec_deg)}`], ['Noise', isNumber(mosaic.noise_jy) ? flux(mosaic.noise_jy) + '/beam' : notKnown], ['Why', mosaic.mosaic_path ? whyLink(name) : 'not made yet'],
      ['File', h('span', {class: 'path'}, mosaic.mosaic_path ?? 'none yet')]])),
    section('Tiles', null, table('Tiles', ['Group', {text: 'Share of the weight', number: true}], (mosaic.members ?? []).map((each) => [groupLink(each.group_id), number(each.weight_share)]), 'None yet.'))),
  ];
  const refresh = async () => redraw(place, await ask('/api/mosaic/status/' + plain(name)), draw);
  return {refresh, every_s: 15};
}
