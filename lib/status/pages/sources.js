// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: candidates for variables, the list, a search, and light curves.

import {ask, Failure, query} from '/api.js';
import {pointChart} from '/chart.js';
import {announce} from '/dialog.js';
import {badge, facts, groupLink, h, redraw, section, table, time, whyLink} from '/dom.js';
import {declination, flagNames, flux, isNumber, notKnown, number, rightAscension, when} from '/words.js';

const page = 50;

const sourceLink = (id, name) => h('a', {href: '#/source/' + id, 'data-key': 'source ' + id}, name);

function variableTable(rows) {
  return table('Candidates for variables, the most significant first',
    ['Source', 'Kind', {text: 'Significance', number: true}, {text: 'η', number: true}, {text: 'V', number: true}, {text: 'Epochs', number: true}, 'Reason'],
    rows.map((each) => [sourceLink(each.id, each.name), each.kind, number(each.significance), number(each.eta), number(each.v), each.n_epochs, each.reason]), 'No candidate was found.');
}

function sourceTable(rows) {
  const near = rows.some((each) => isNumber(each.separation_arcsec));
  return table('Sources', ['Source', 'Right ascension', 'Declination', {text: 'Flux density', number: true}, {text: 'Epochs', number: true}, 'Known from', 'Variable',
    ...(near ? [{text: 'Distance', number: true}] : [])],
  rows.map((each) => [sourceLink(each.id, each.name), rightAscension(each.ra_deg), declination(each.dec_deg), flux(each.flux_jy), each.num_images, each.origin,
    each.is_variable ? badge('warning', 'candidate') : 'no', ...(near ? [number(each.separation_arcsec) + '″'] : [])]), 'No source.');
}

// Three fields and what the server says of each.
function searchForm(found) {
  const field = (name, text, hint) => {
    const input = h('input', {id: 'search-' + name, name, autocomplete: 'off', 'aria-describedby': `search-${name}-said`, placeholder: hint});
    const said = h('span', {class: 'field-error', id: `search-${name}-said`});
    return {input, said, whole: h('span', {class: 'field'}, h('label', {for: 'search-' + name}, text), input, said)};
  };
  const fields = {name: field('name', 'Name or number', 'NVSS J…'), ra_deg: field('ra_deg', 'Right ascension (degrees)', '202.78'),
    dec_deg: field('dec_deg', 'Declination (degrees)', '30.51'), radius_arcsec: field('radius_arcsec', 'Radius (arcseconds)', '60')};
  const values = () => Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, each.input.value.trim()]));
  const submit = async (event) => {
    event.preventDefault();
    for (const each of Object.values(fields)) { each.said.textContent = ''; each.input.removeAttribute('aria-invalid'); }
    const {name, ...place} = values();
    try {
      if (name) location.hash = '#/source/' + (await ask('/api/v1/sources/' + encodeURIComponent(name))).id;
      else found(await ask('/api/v1/sources' + query({...place, limit: page})));
    } catch (failure) {
      const wrong = fields[failure.field] ?? (failure.field === 'id' || name ? fields.name : fields.ra_deg);
      wrong.said.textContent = failure.message;
      wrong.input.setAttribute('aria-invalid', 'true');
      wrong.input.focus();
      announce(failure.message);
    }
  };
  return h('form', {class: 'line', role: 'search', onsubmit: submit}, Object.values(fields).map((each) => each.whole), h('button', {type: 'submit'}, 'Find'));
}

export function list(body) {
  const variables = h('div'), rows = h('div'), found = h('div'), more = h('p');
  let depth = 1;
  body.append(section('Candidates', {class: 'card full'}, variables),
    section('Find', {class: 'card full'}, searchForm((each) => redraw(found, each, sourceTable)), found),
    section('All sources', {class: 'card full'}, rows, more,
      h('p', null, h('a', {href: '/api/v1/sources/export', download: 'sources.csv'}, 'All as CSV'))));
  const refresh = async () => {
    try {
      redraw(variables, await ask('/api/v1/sources/variables'), variableTable);
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.status !== 503) throw failure;
      redraw(variables, failure.message, (text) => h('p', {class: 'faint'}, text));
      return;
    }
    const all = [];
    for (let i = 0; i < depth; ++i) {
      const part = await ask('/api/v1/sources' + query({limit: page, after: all.at(-1)?.id}));
      all.push(...part);
      if (part.length < page) break;
    }
    redraw(rows, all, sourceTable);
    redraw(more, all.length === depth * page, (is) => (is ? h('button', {type: 'button', 'data-key': 'more', onclick: () => { ++depth; refresh(); }}, 'More') : ''));
  };
  return {refresh, every_s: 30};
}

const kinds = ['forced', 'blind'];

function pointText(point) {
  const value = [isNumber(point.flux_jy) && `${flux(point.flux_jy)} ± ${flux(point.error_jy)}`,
    isNumber(point.limit_jy) && `not detected, below ${flux(point.limit_jy)}`].filter(Boolean).join(', ') || notKnown;
  return `${point.time.replace('T', ' ').replace('Z', ' UTC')}: ${value}, ${point.kind}${point.usable ? '' : `, not used: ${point.reason || flagNames(point.flags)}`}`;
}

function curve(name, points, variability) {
  return pointChart({title: `Flux density of ${name}`, unit: 'mJy', names: kinds,
    label: `Light curve of ${name}: ${points.length} points. Each can be opened.`,
    level: isNumber(variability.flux_stats.weighted_mean_jy) ? variability.flux_stats.weighted_mean_jy * 1e3 : null,
    points: points.map((point) => ({at: when(point.time), value: isNumber(point.flux_jy) ? point.flux_jy * 1e3 : null,
      error: isNumber(point.error_jy) ? point.error_jy * 1e3 : null, limit: isNumber(point.limit_jy) ? point.limit_jy * 1e3 : null,
      usable: point.usable, kind: Math.max(0, kinds.indexOf(point.kind)), text: pointText(point),
      href: `#/why/${encodeURIComponent(point.group_id)}/${encodeURIComponent(name)}`}))});
}

function pointTable(name, points) {
  return table('Points', ['Time (UTC)', 'Group', 'Kind', {text: 'Flux density', number: true}, {text: 'Error', number: true}, {text: 'Limit', number: true}, 'Used', 'Image', 'Why'],
    points.map((each) => [time(each.time), groupLink(each.group_id), each.kind, isNumber(each.flux_jy) ? flux(each.flux_jy) : '–', isNumber(each.error_jy) ? flux(each.error_jy) : '–',
      isNumber(each.limit_jy) ? flux(each.limit_jy) : '–', each.usable ? 'yes' : `no: ${each.reason || flagNames(each.flags)}`, each.verdict ? badge(each.verdict, each.verdict) : '–', whyLink(each.group_id, name)]), 'No point.');
}

export function one(body, [id]) {
  const place = h('div'), path = '/api/v1/sources/' + encodeURIComponent(id);
  body.append(place);
  const draw = ({source, light, variability}) => [
    section('Light curve', {class: 'card full'}, curve(source.name, light.data_points, variability),
      h('p', null, h('a', {href: path + '/lightcurve.csv', download: `${source.name}.csv`}, 'The points as CSV'))),
    h('div', {class: 'grid'},
      section('Source', null, facts([['Name', source.name], ['Also called', source.names.filter((each) => each !== source.name).join(', ') || 'nothing else'],
        ['Place', `${rightAscension(source.ra_deg)} ${declination(source.dec_deg)}`], ['Error of the place', isNumber(source.ra_error_arcsec) ? `${number(source.ra_error_arcsec)}″, ${number(source.dec_error_arcsec)}″` : notKnown],
        ['Known from', source.origin], ['Flux in the catalogue', flux(source.catalogue_flux_jy)]])),
      section('Variability', null, facts([['Candidate', variability.is_variable ? badge('warning', variability.candidates.map((each) => `${each.kind} (${number(each.significance)})`).join(', ')) : 'no'],
        ['Epochs', variability.n_epochs], ['Limits', variability.n_limits], ['η (reduced χ²)', number(variability.variability_index)], ['V (modulation)', number(variability.modulation_index)],
        ['Weighted mean', isNumber(variability.flux_stats.weighted_mean_jy) ? `${flux(variability.flux_stats.weighted_mean_jy)} ± ${flux(variability.flux_stats.weighted_mean_error_jy)}` : notKnown],
        ['Lowest, highest', `${flux(variability.flux_stats.lowest_jy)}, ${flux(variability.flux_stats.highest_jy)}`]]))),
    section('Points', {class: 'card full'}, pointTable(source.name, light.data_points)),
  ];
  const refresh = async () => {
    const [source, light, variability] = await Promise.all([ask(path), ask(path + '/lightcurve'), ask(path + '/variability')]);
    document.querySelector('#content > h2').textContent = source.name;
    redraw(place, {source, light, variability}, draw);
  };
  return {refresh, every_s: 60};
}
