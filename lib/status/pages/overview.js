// SPDX-License-Identifier: GPL-3.0-or-later
// Overview: what an operator wants at a glance.

import {ask} from '/api.js';
import {timeChart} from '/chart.js';
import {age, badge, facts, groupLink, h, redraw, section, time, whyLink} from '/dom.js';
import {groupTable} from '/groups.js';
import {cards} from '/images.js';
import {noticeList} from '/notices.js';
import {bytes, duration, fixed, isNumber, notKnown, number, when, word} from '/words.js';

const states = ['collecting', 'pending', 'in_progress', 'completed', 'failed'];
const roleNames = {input: 'raw files', output: 'Measurement Sets', image: 'images', source: 'source lists', mosaic: 'mosaics', caltable: 'calibration'};

function automation(status) {
  return facts([
    ['State', status.running ? badge('done', 'running') : badge('failed', status.paused ? 'paused' : 'stopped')],
    ['Process', status.pid === null ? 'none at this moment; ticks begin them' : `${status.process}, PID ${status.pid}`],
    ['Last tick', status.last_heartbeat ? [age(status.last_heartbeat), ' ago'] : notKnown],
    ...status.pid === null ? [] : [
      ['Up for', status.started_at ? age(status.started_at) : notKnown],
      ['CPU', fixed(status.cpu_percent, 0, ' %')],
      ['Memory', isNumber(status.memory_mb) ? bytes(status.memory_mb * 1e6) : notKnown]],
    status.held_reason ? ['Held', status.held_reason] : null,
  ]);
}

function queue(counts) {
  return [h('ul', {class: 'counts'}, states.map((state) => h('li', {'data-tone': state === 'failed' && counts[state] > 0 ? 'bad' : null},
    h('a', {href: '#/groups/' + state, 'data-key': 'count ' + state},
      h('span', {class: 'big', 'data-count': state}, counts[state]), ' ', h('span', null, word(state)))))),
  h('p', {class: 'faint small'}, `${counts.total} groups in all.`)];
}

function pace(now) {
  const keep = now.keep_up;
  const tone = {'keeping up': 'good', idle: 'good', 'catching up': 'warn', 'falling behind': 'failed'}[keep.verdict] ?? 'plain';
  return facts([
    ['Verdict', badge(tone, keep.verdict)],
    ['Waits for a worker', duration(keep.backlog_s) + ' of sky'],
    ['Waits for something else', duration(keep.held_s) + ' of sky'],
    ['Arrives', number(keep.arrival_rate, 2) + ' × sky'],
    ['Could be done', isNumber(keep.capacity) ? number(keep.capacity, 2) + ' × sky' : notKnown],
    ['Caught up in', keep.backlog_s === 0 ? 'nothing to catch up' : duration(keep.catch_up_s)],
    ['Late groups', keep.late_groups],
    ['Latency to image', now.latency.image?.n > 0 ? `${duration(now.latency.image.p50_s)} median, ${duration(now.latency.image.p90_s)} for 90 %` : notKnown],
    ['Latency allowed', duration(keep.allowed_s)],
    ['Step', now.degradation.step === 'full' ? 'full quality' : `${now.degradation.step}: ${now.degradation.reason}`],
  ]);
}

function quality(now) {
  return facts([
    ['Newest set solved', isNumber(now.calibration_age_s) ? h('a', {href: '#/calibration', 'data-key': 'calibration'}, duration(now.calibration_age_s) + ' ago') : notKnown],
    ['Noise of the last images', isNumber(now.image_rms_jy) ? number(now.image_rms_jy * 1e3) + ' mJy/beam' : notKnown],
    ['Flux over catalogue', isNumber(now.flux_ratio) ? number(now.flux_ratio) : notKnown],
  ]);
}

function disks(answer) {
  if (answer.disks.length === 0) return h('p', {class: 'faint'}, 'No folder of products is there.');
  return [answer.disks.map((disk) => {
    const soon = isNumber(disk.floor_in_s) && disk.floor_in_s < 86400;
    return h('div', {class: 'disk'}, h('p', null, h('strong', null, bytes(disk.free_byte)), ' free for ',
      disk.roles.map((role) => roleNames[role] ?? role).join(', ')),
    h('p', null, isNumber(disk.floor_in_s)
      ? badge(soon ? 'warn' : 'done', disk.floor_in_s === 0 ? `below its floor of ${bytes(disk.floor_byte)}` : `lasts ${duration(disk.floor_in_s)} at ${bytes(disk.rate_byte_per_s * 3600)} an hour`)
      : h('span', {class: 'faint'}, 'does not grow, by what was recorded')));
  }), h('p', {class: 'faint small'}, 'Growth from ', time(answer.measured_from), ' to ', time(answer.measured_until), ' UTC.')];
}

function people([notices, failures]) {
  return [noticeList(notices, 'No notice is open.'), failures.length === 0 ? null : [
    h('p', null, badge('failed', 'Given up'), ' ', h('a', {href: '#/notices', 'data-key': 'given up'}, 'All, with their remedies')),
    h('ul', null, failures.map((each) => h('li', null, groupLink(each.group_id), ` in ${each.stage} `, whyLink(each.group_id))))]];
}

function work(hours) {
  const points = (name, scale = 1) => hours.map((each) => [when(each.hour), isNumber(each[name]) ? each[name] * scale : null]);
  const busy = hours.some((each) => each.arrived + each.converted + each.imaged + each.failed > 0);
  return [
    busy ? timeChart({title: 'Groups in each hour', unit: 'groups per hour', none: '', series: [
      {name: 'arrived', points: points('arrived')}, {name: 'imaged', points: points('imaged')}, {name: 'failed jobs', points: points('failed')}]})
      : h('p', {class: 'faint'}, 'Nothing arrived and nothing was done in the last 24 hours.'),
    timeChart({title: 'Latency from the last subband to the image', unit: 'minutes', none: 'No image was made in the last 24 hours.', series: [
      {name: 'median', points: points('latency_p50_s', 1 / 60)}, {name: '90 %', points: points('latency_p90_s', 1 / 60)}]}),
  ];
}

export function all(body, rest, state) {
  const place = Object.fromEntries(['automation', 'queue', 'people', 'pace', 'quality', 'disks', 'work', 'groups', 'images']
    .map((name) => [name, h('div', {'aria-busy': 'true'}, h('p', {class: 'faint'}, 'Asking …'))]));
  body.append(h('div', {class: 'grid'},
    section('Queue', {class: 'card wide'}, place.queue), section('Automation', null, place.automation),
    section('Keep-up', null, place.pace), section('What wants a person', null, place.people),
    section('Disks', null, place.disks), section('Quality', null, place.quality),
    section('The last 24 hours', {class: 'card full'}, place.work),
    section('Last groups', {class: 'card full'}, place.groups),
    section('Latest images', {class: 'card full'}, place.images)));
  const said = h('p');
  place.groups.before(said);
  const put = (name, value, draw) => { place[name].removeAttribute('aria-busy'); redraw(place[name], value, draw); };
  let slow = 0;
  const stands = () => {
    if (!state.overview) return;
    put('queue', state.overview.queue, queue);
    put('automation', state.status, automation);
    put('pace', state.pace, pace);
    put('quality', [state.pace.calibration_age_s && Math.round(state.pace.calibration_age_s / 60) * 60, state.pace.image_rms_jy, state.pace.flux_ratio], () => quality(state.pace));
    put('groups', state.overview.recent_groups.map((each) => ({...each, age_s: null})), (rows) => groupTable(rows, said));
  };
  const refresh = async () => {
    put('people', [state.open ?? await ask('/api/v1/notices'), await ask('/api/v1/failures?limit=5')], people);
    put('images', await ask('/api/v1/images?type=image&limit=6'), cards);
    if (slow++ % 6 === 0) {
      put('work', await ask('/api/v1/history?hours=24'), work);
      put('disks', await ask('/api/v1/disks'), disks);
    }
  };
  stands();
  return {refresh, stands, every_s: 10};
}
