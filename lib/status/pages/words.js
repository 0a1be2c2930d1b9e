// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and times as people read them. What is not known says so.

export const notKnown = 'not known';

export const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export function number(value, digits = 3) {
  if (!isNumber(value)) return notKnown;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(digits - 1);
  const rounded = Number(value.toPrecision(digits));
  return size >= 10 ** digits ? Math.round(value).toString() : rounded.toString();
}

export function fixed(value, decimals, unit = '') {
  return isNumber(value) ? value.toFixed(decimals) + unit : notKnown;
}

export function duration(seconds) {
  if (!isNumber(seconds)) return notKnown;
  const size = Math.abs(seconds), sign = seconds < 0 ? '−' : '';
  if (size < 99.5) return sign + Math.round(size) + ' s';
  if (size < 99.5 * 60) return sign + Math.round(size / 60) + ' min';
  if (size < 48 * 3600) return sign + number(size / 3600, 2) + ' h';
  return sign + number(size / 86400, size < 864e4 ? 2 : 3) + ' d';
}

export function bytes(value) {
  if (!isNumber(value)) return notKnown;
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  for (; Math.abs(value) >= 999.5 && unit < units.length - 1; ++unit) value /= 1000;
  return number(value) + ' ' + units[unit];
}

export function flux(jy) {
  if (!isNumber(jy)) return notKnown;
  const size = Math.abs(jy);
  if (size >= 1 || size === 0) return number(jy) + ' Jy';
  if (size >= 1e-3) return number(jy * 1e3) + ' mJy';
  return number(jy * 1e6) + ' µJy';
}

// "2026-01-25 22:26:05", UTC, of unix milliseconds.
export function stamp(ms) {
  return isNumber(ms) ? new Date(ms).toISOString().slice(0, 19).replace('T', ' ') : notKnown;
}

export function clock(ms) { return stamp(ms).slice(11); }

// Unix milliseconds of the API's texts and unix seconds; NaN for what is not known.
export function when(value) {
  if (isNumber(value)) return value * 1000;
  return typeof value === 'string' ? Date.parse(value.endsWith('Z') ? value : value + 'Z') : NaN;
}

function sexagesimal(value, decimals) {
  const units = Math.round(value * 3600 * 10 ** decimals);
  const second = (units % (60 * 10 ** decimals)) / 10 ** decimals;
  const minute = Math.floor(units / (60 * 10 ** decimals)) % 60;
  const whole = Math.floor(units / (3600 * 10 ** decimals));
  const two = (part) => String(part).padStart(2, '0');
  return [whole, minute, second.toFixed(decimals).padStart(decimals + 3 - (decimals === 0), '0')].map(two);
}

export function rightAscension(degrees) {
  if (!isNumber(degrees)) return notKnown;
  const [h, m, s] = sexagesimal((((degrees % 360) + 360) % 360) / 15, 2);
  return `${h === '24' ? '00' : h}h${m}m${s}s`;
}

export function declination(degrees) {
  if (!isNumber(degrees)) return notKnown;
  const [d, m, s] = sexagesimal(Math.abs(degrees), 1);
  return `${degrees < 0 ? '−' : '+'}${d}°${m}′${s}″`;
}

// The names of bits, the first for 1, the second for 2: docs/formats/measurements.md.
const flagBits = ['edge', 'blended', 'low beam', 'near bright', 'extended', 'smeared', 'poor fit', 'no catalogue flux', 'unreliable'];
export function flagNames(flags) {
  const names = flagBits.filter((name, bit) => flags & (1 << bit));
  return flags >> flagBits.length ? [...names, `flags ${flags}`].join(', ') : names.join(', ');
}

export const stateWords = {
  done: 'done', completed: 'completed', failed: 'failed', claimed: 'in work', in_progress: 'in work',
  ready: 'ready', waiting: 'waiting', pending: 'pending', collecting: 'collecting', active: 'active',
  good: 'good', warn: 'warning', fail: 'failed', critical: 'critical', warning: 'warning',
};
export const word = (state) => stateWords[state] ?? (state ? String(state).replaceAll('_', ' ') : notKnown);
