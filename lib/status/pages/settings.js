// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration: what is in force and from where, and changing it. The server judges values.

import {ask, Failure} from '/api.js';
import {change, say} from '/dialog.js';
import {h} from '/dom.js';

const parts = [
  ['Folders', ['input_dir', 'output_dir', 'scratch_dir', 'tmpfs_path']],
  ['Groups', ['expected_subbands', 'min_subbands', 'chunk_duration', 'collecting_timeout', 'partial', 'order']],
  ['Work', ['max_workers', 'omp_threads', 'max_retries', 'in_progress_timeout', 'stage_inputs', 'stage_workers', 'stage_to_tmpfs', 'use_subprocess']],
  ['Products', ['max_wait_h', 'no_calibration', 'tier', 'degrade', 'disk_floor_gb']],
];

function control(name, kind, value, fixed) {
  const common = {id: 'config-' + name, name, disabled: fixed, 'aria-describedby': `config-${name}-said config-${name}-help`};
  if (kind.enum || kind.type === 'boolean')
    return h('select', common, (kind.enum ?? ['true', 'false']).map((each) => h('option', {value: each, selected: each === String(value)}, each)));
  const numeric = kind.type === 'integer' || kind.type === 'number';
  const input = h('input', {...common, type: 'text', autocomplete: 'off', spellcheck: 'false', inputmode: numeric ? 'decimal' : null});
  input.value = value === null ? '' : String(value);
  return input;
}

// As the server wants it; text that is no number goes as text, and the server says what it expects.
function valueOf(kind, text) {
  if (kind.type === 'boolean') return text === 'true';
  if ((kind.type === 'integer' || kind.type === 'number') && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function range(kind) {
  if (kind.minimum === undefined || kind.maximum === undefined || kind.maximum >= 1e9) return '';
  return ` ${kind.minimum} to ${kind.maximum}.`;
}

export function form(body) {
  const place = h('div'), said = h('p', {class: 'outcome'});
  let fields = null;

  const fieldOf = (name, kind, config) => {
    const source = config.sources[name], input = control(name, kind, config[name], source === 'fixed');
    const error = h('span', {class: 'field-error', id: `config-${name}-said`});
    fields[name] = {kind, input, error, before: input.value};
    input.addEventListener('input', () => { error.textContent = ''; input.removeAttribute('aria-invalid'); });
    return h('div', {class: 'field'}, h('label', {for: input.id}, name.replaceAll('_', ' ')), input, error,
      h('span', {class: 'faint small', id: `config-${name}-help`}, (kind.description ?? '') + range(kind), ' ', h('span', {class: 'source'}, 'From: ' + source)));
  };
  const draw = (config, kinds) => {
    fields = {};
    const named = new Set(parts.flatMap((part) => part[1]));
    const others = Object.keys(kinds).filter((name) => !named.has(name) && name in config);
    place.replaceChildren(h('form', {novalidate: true, onsubmit: save, 'aria-label': 'Configuration'},
      [...parts, ['Log', others]].map(([title, names]) => h('fieldset', null, h('legend', null, title),
        names.filter((name) => name in kinds && name in config).map((name) => fieldOf(name, kinds[name], config)))),
      h('div', {class: 'buttons'}, h('button', {type: 'button', onclick: () => load()}, 'Undo'), h('button', {type: 'submit', class: 'main'}, 'Save'))));
  };
  let kinds = null;
  const load = async () => {
    kinds ??= (await ask('/openapi.json')).paths['/api/streaming/config'].post.requestBody.content['application/json'].schema.properties;
    draw(await ask('/api/streaming/config'), kinds);
  };
  const refuse = (failure) => {
    const wrong = failure instanceof Failure ? fields[failure.field] : null;
    say(said, 'bad', 'Nothing was saved: ' + failure.message);
    if (!wrong) return;
    wrong.error.textContent = failure.message;
    wrong.input.setAttribute('aria-invalid', 'true');
    wrong.input.focus();
  };
  const save = async (event) => {
    event.preventDefault();
    const changed = Object.entries(fields).filter(([, each]) => each.input.value !== each.before);
    if (changed.length === 0) return say(said, 'plain', 'Nothing was changed.');
    try {
      const answer = await change('POST', '/api/streaming/config', Object.fromEntries(changed.map(([name, each]) => [name, valueOf(each.kind, each.input.value)])));
      draw(answer.config, kinds);
      say(said, answer.warnings?.length ? 'warn' : 'good', ['Saved: ' + changed.map(([name]) => name).join(', ') + '. ' + answer.message + '.', ...(answer.warnings ?? [])].join(' '));
    } catch (failure) {
      refuse(failure);
    }
  };
  body.append(h('p', {class: 'faint'}, 'Every tool takes these from its next start on. Only what is changed here is recorded; the rest stays with its file, variable or default.'), said, place);
  return {refresh: async () => { if (!fields) await load(); }};
}
