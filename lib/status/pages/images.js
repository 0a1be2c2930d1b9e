// SPDX-License-Identifier: GPL-3.0-or-later
// Images: the latest as thumbnails, and one to look at.

import {ask, query} from '/api.js';
import {badge, facts, groupLink, h, redraw, section, table, time, whyLink} from '/dom.js';
import {zoomable} from '/viewer.js';
import {declination, flux, isNumber, notKnown, number, rightAscension} from '/words.js';

const page = 24;

export function thumbnail(source, text) {
  const image = h('img', {src: source, alt: text, loading: 'lazy', width: 256, height: 256});
  image.addEventListener('error', () => image.replaceWith(h('span', {class: 'no-picture'}, 'no picture')));
  return image;
}

export function cards(rows) {
  if (rows.length === 0) return h('p', {class: 'faint'}, 'No image was made yet.');
  return h('ul', {class: 'cards'}, rows.map((image) => h('li', null,
    h('a', {href: '#/image/' + image.id, class: 'picture', 'data-key': 'image ' + image.id},
      thumbnail(`/api/v1/images/${image.id}/thumbnail`, `Image of ${image.run_id}`), h('span', {class: 'caption'}, image.run_id)),
    h('span', {class: 'line small'}, image.qa_grade ? badge(image.qa_grade) : badge('plain', 'not judged'), flux(image.noise_jy) + '/beam',
      image.science ? null : badge('warning', 'not for science'), whyLink(image.run_id)))));
}

export function list(body) {
  const place = h('div'), more = h('p');
  let depth = 1;
  body.append(place, more);
  const refresh = async () => {
    const rows = [];
    for (let i = 0; i < depth; ++i) {
      const part = await ask('/api/v1/images' + query({type: 'image', limit: page, before: rows.at(-1)?.id}));
      rows.push(...part);
      if (part.length < page) break;
    }
    redraw(place, rows, cards);
    redraw(more, rows.length === depth * page, (is) => (is ? h('button', {type: 'button', 'data-key': 'older', onclick: () => { ++depth; refresh(); }}, 'Older') : ''));
  };
  return {refresh, every_s: 15};
}

const figures = [['global_rms_jy', 'Noise of the whole', 'Jy/beam'], ['local_rms_jy', 'Noise in the middle', 'Jy/beam'], ['theoretical_rms_jy', 'Noise expected', 'Jy/beam'],
  ['peak_jy', 'Peak', 'Jy/beam'], ['dynamic_range', 'Dynamic range', ''], ['flux_ratio', 'Flux over catalogue', ''], ['completeness', 'Completeness', ''],
  ['astrometry_arcsec', 'Astrometric offset', '″'], ['beam_axis_ratio', 'Beam axis ratio', ''], ['flagged_share', 'Flagged share', ''], ['nan_fraction', 'Blank share', ''], ['n_reference', 'Reference sources', '']];

function told(image) {
  return facts([['Group', [groupLink(image.run_id), ' ', whyLink(image.run_id)]], ['Verdict', image.qa_grade ? badge(image.qa_grade) : notKnown],
    ['Reasons', image.qa ? image.qa.reasons || 'none' : notKnown], ['Observed', [time(image.observed_at), ' UTC']], ['Tier', image.tier + (image.science ? '' : ', not for science')],
    ['Centre', `${rightAscension(image.pointing_ra_deg)} ${declination(image.pointing_dec_deg)}`],
    ['Beam', isNumber(image.beam_major_arcsec) ? `${number(image.beam_major_arcsec)}″ × ${number(image.beam_minor_arcsec)}″` : notKnown],
    ['Noise', isNumber(image.noise_jy) ? flux(image.noise_jy) + '/beam' : notKnown], ['Calibration set', image.calibration_set ?? 'none'],
    ['File', h('span', {class: 'path'}, image.path)]]);
}

export function one(body, [id]) {
  const place = h('div');
  body.append(place);
  const draw = (image) => [
    section('Picture', {class: 'card full'}, zoomable(`/api/v1/images/${image.id}/picture`, `Image of ${image.run_id}`, 'No picture of this image is there.')),
    h('div', {class: 'grid'}, section('Image', null, told(image)),
      section('Figures', null, image.qa ? table('Figures', ['Figure', {text: 'Value', number: true}, 'Unit'], figures.map(([name, text, unit]) =>
        [text, image.qa[name] === null ? null : number(image.qa[name]), unit || '–'])) : h('p', {class: 'faint'}, 'This image was not judged by itself.'))),
  ];
  const refresh = async () => {
    const image = await ask('/api/v1/images/' + encodeURIComponent(id));
    document.querySelector('#content > h2').textContent = `Image of ${image.run_id}`;
    redraw(place, image, draw);
  };
  return {refresh, every_s: 60};
}
