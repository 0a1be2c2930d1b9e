// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of the dashboard: which part is shown, how it stands, whether what is shown is true still.

import {ask, contact, token} from '/api.js';
import {announce, askToken, change, confirm} from '/dialog.js';
import {h, tick} from '/dom.js';
import {clock, duration, when} from '/words.js';
import * as overview from '/overview.js';
import * as groups from '/groups.js';
import * as calibration from '/calibration.js';
import * as images from '/images.js';
import * as sources from '/sources.js';
import * as mosaics from '/mosaics.js';
import * as notices from '/notices.js';
import * as logs from '/logs.js';
import * as settings from '/settings.js';
import * as why from '/why.js';

const standing_s = 5, stale_s = 20;
const byId = (id) => document.getElementById(id);

const parts = [
  ['', 'Overview', overview.all], ['groups', 'Groups', groups.list], ['calibration', 'Calibration', calibration.list],
  ['images', 'Images', images.list], ['sources', 'Sources', sources.list], ['mosaics', 'Mosaics', mosaics.list],
  ['notices', 'Notices', notices.list], ['logs', 'Logs', logs.list], ['settings', 'Settings', settings.form],
];
const details = {
  group: ['groups', groups.one], set: ['calibration', calibration.one], image: ['images', images.one],
  source: ['sources', sources.one], mosaic: ['mosaics', mosaics.one], log: ['logs', logs.one], why: ['groups', why.one],
};

// What the server last said of how it stands, for the parts too.
const state = {health: null, status: null, overview: null, pace: null, open: null, toldAt: null, offset_ms: 0};

// -- Which part is shown

let view = null, viewTimer = null, viewNumber = 0;

function partOf(hash) {
  const [name, ...rest] = hash.replace(/^#\/?/, '').split('/').map((each) => {
    try { return decodeURIComponent(each); } catch { return each; }
  });
  const part = parts.find((each) => each[0] === name);
  if (part) return {name, title: part[1], build: part[2], rest};
  const detail = details[name];
  if (detail && rest[0]) return {name: detail[0], title: rest[0], build: detail[1], rest};
  return {name: '', title: 'Overview', build: overview.all, rest: []};
}

function openPart(focus) {
  const {name, title, build, rest} = partOf(location.hash);
  clearTimeout(viewTimer);
  view?.close?.();
  const content = byId('content'), heading = h('h2', {tabindex: '-1'}, title), body = h('div', {class: 'part'});
  content.replaceChildren(heading, body);
  document.title = `${title} – contimg`;
  for (const link of document.querySelectorAll('#parts a'))
    if (link.dataset.part === name) { link.setAttribute('aria-current', 'page'); link.parentElement.parentElement.scrollLeft = link.offsetLeft - 60; }
    else link.removeAttribute('aria-current');
  view = build(body, rest, state);
  if (focus) { heading.focus({preventScroll: true}); scrollTo(0, 0); }
  refreshPart(++viewNumber);
}

async function refreshPart(number) {
  if (number !== viewNumber) return;
  clearTimeout(viewTimer);
  if (!document.hidden) {
    try {
      await view.refresh?.();
      byId('content').querySelector(':scope > .failure')?.remove();
    } catch (failure) {
      if (number === viewNumber) showFailure(failure);
    }
  }
  if (number === viewNumber && view.every_s) viewTimer = setTimeout(() => refreshPart(number), view.every_s * 1000);
}

function showFailure(failure) {
  const content = byId('content');
  const place = content.querySelector(':scope > .failure') ?? h('p', {class: 'failure', role: 'alert'});
  const text = failure.status === 0 ? 'No answer for this part; what it shows, if anything, is from before.'
    : `The server says: ${failure.message}`;
  if (place.textContent !== text) place.textContent = text;
  if (!place.isConnected) content.querySelector('h2').after(place);
}

// -- How it stands

const verdicts = {
  gone: ['✕', 'No answer'], stale: ['?', 'Stale'], stopped: ['■', 'Stopped'], paused: ['❚❚', 'Paused'], attention: ['!', 'Needs attention'],
  well: ['✓', 'Working well'], unknown: ['?', 'Asking the server'],
};

const isStale = () => state.toldAt !== null && Date.now() - state.toldAt > stale_s * 1000;

function judged() {
  if (contact.goneSince !== null) return ['gone', 'The server does not answer. Nothing is known of now.'];
  if (isStale()) return ['stale', `The server answers, but not with news: ${state.failure?.message ?? 'no reason is known'}.`];
  const {health, status, overview: all, pace, open} = state;
  if (!health || !status || !all) return ['unknown', 'Nothing is known yet.'];
  if (status.paused) return ['paused', status.error ?? 'paused'];
  if (!status.running) return ['stopped', status.error ?? 'no reason is known'];
  const reasons = [...health.errors, ...all.warnings.filter((each) => !health.errors.includes(each))];
  if (all.dead_letters > 0) reasons.push(`${all.dead_letters} ${all.dead_letters === 1 ? 'job was' : 'jobs were'} given up and ${all.dead_letters === 1 ? 'waits' : 'wait'} for a person`);
  if (pace.keep_up.verdict === 'falling behind')
    reasons.push(`work falls behind what arrives: ${duration(pace.keep_up.backlog_s)} of sky wait, late groups: ${pace.keep_up.late_groups}`);
  for (const notice of open) if (!reasons.includes(notice.subject)) reasons.push(notice.subject);
  if (!health.healthy || reasons.length > 0)
    return ['attention', reasons.slice(0, 3).join('; ') + (reasons.length > 3 ? `; and ${reasons.length - 3} more` : '')];
  return ['well', 'The automation runs; nothing wants a person.'];
}

function showStanding() {
  const [verdict, reason] = judged(), place = byId('verdict'), [mark, text] = verdicts[verdict];
  if (place.dataset.verdict !== verdict) {
    if (place.dataset.verdict !== 'unknown') announce(`${text}: ${reason}`);
    place.dataset.verdict = verdict;
  }
  for (const [id, now] of [['verdict-mark', mark], ['verdict-word', text], ['verdict-reason', reason]])
    if (byId(id).textContent !== now) byId(id).textContent = now;
  byId('start-button').disabled = verdict === 'gone';
  byId('stop-button').disabled = verdict === 'gone' || verdict === 'paused';
  byId('restart-button').disabled = verdict === 'gone';
}

let standingTimer = null;
async function refreshStanding() {
  clearTimeout(standingTimer);
  const wasGone = contact.goneSince !== null;
  if (!document.hidden || wasGone) {
    try {
      const [status, health, all, pace, open] = await Promise.all(['/api/streaming/status', '/api/streaming/health',
        '/api/status?limit=20', '/api/v1/keep-up?limit=1', '/api/v1/notices'].map(ask));
      Object.assign(state, {status, health, overview: all, pace, open, toldAt: Date.now(), failure: null});
      state.offset_ms = Math.abs(when(status.now) - Date.now()) > 5000 ? when(status.now) - Date.now() : 0;
    } catch (failure) {
      state.failure = failure;
    }
  }
  showStanding();
  showTruth();
  view?.stands?.();
  if (wasGone && contact.goneSince === null) refreshPart(viewNumber);
  standingTimer = setTimeout(refreshStanding, standing_s * 1000);
}

// -- Whether it is true still

function showTruth() {
  const banner = byId('banner'), now = Date.now();
  const age_s = state.toldAt === null ? null : (now - state.toldAt) / 1000;
  const gone = contact.goneSince !== null, stale = !gone && isStale();
  document.body.classList.toggle('stale', gone || stale);
  byId('clock').textContent = clock(now + state.offset_ms) + ' UTC';
  byId('as-of').textContent = state.toldAt === null ? '' : age_s < standing_s * 2 ? 'live' : `as of ${duration(age_s)} ago`;
  const shown = state.toldAt === null ? 'Nothing was shown yet.' : `What is shown is from ${clock(state.toldAt + state.offset_ms)} UTC and may be wrong by now.`;
  const text = gone ? `The server is gone: no answer since ${clock(contact.goneSince + state.offset_ms)} UTC. ${shown} Trying again every ${standing_s} s.`
    : stale ? `Stale: ${state.failure?.message ?? 'no news from the server'}. ${shown}` : state.failure && state.failure.status !== 0 ? `The server says: ${state.failure.message}` : '';
  if (banner.textContent !== text) banner.textContent = text;
}

// -- Start, stop, restart

const orders = {
  start: ['Start the automation?', 'Claims go on; cron’s next tick, or the running stream, begins work.'],
  stop: ['Stop the automation?', 'Nothing more is begun. Groups in work are finished. It stays so until Start.'],
  restart: ['Restart the automation?', 'Jobs of processes that died are freed; a tick that runs ends after the groups in work, and the next takes the configuration of now.'],
};

async function order(what) {
  const [title, text] = orders[what];
  if (!await confirm(title, text, what[0].toUpperCase() + what.slice(1), what !== 'start')) return;
  try {
    const answer = await change('POST', `/api/streaming/${what}`);
    announce(answer.message);
    byId('verdict-reason').textContent = answer.message;
  } catch (failure) {
    announce(failure.message);
    byId('banner').textContent = `Not done: ${failure.message}`;
    return;
  }
  refreshStanding();
}

// -- Theme

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}
function nameTheme() {
  byId('theme-button').textContent = isDark() ? 'Light' : 'Dark';
  byId('theme-button').setAttribute('aria-label', isDark() ? 'Light theme' : 'Dark theme');
}
function turnTheme() {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try { localStorage.setItem('contimg-theme', theme); } catch (error) { console.info('not kept: ' + error.message); }
  nameTheme();
}

// -- Begin

for (const [name, title] of parts)
  byId('parts').append(h('li', null, h('a', {href: '#/' + name, 'data-part': name}, title)));
document.querySelector('.skip').addEventListener('click', (event) => { event.preventDefault(); byId('content').focus(); });
for (const what of Object.keys(orders)) byId(`${what}-button`).addEventListener('click', () => order(what));
byId('theme-button').addEventListener('click', turnTheme);
byId('token-button').addEventListener('click', () => askToken());
if (token.held()) byId('token-button').textContent = 'Token held';
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme);
addEventListener('hashchange', () => openPart(true));
document.addEventListener('visibilitychange', () => { if (!document.hidden) { refreshStanding(); refreshPart(viewNumber); } });
contact.addEventListener('change', () => { showStanding(); showTruth(); });
setInterval(() => { tick(state.offset_ms); showStanding(); showTruth(); }, 1000);
nameTheme();
openPart(false);
refreshStanding();
