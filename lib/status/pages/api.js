// SPDX-License-Identifier: GPL-3.0-or-later
// Talking with the server, and knowing whether it is there.

const patience_ms = 10000;
const tokenKey = 'contimg-token';

// What the server said no to, or why there was no answer (status 0).
export class Failure extends Error {
  constructor(status, detail, field, body) {
    super(detail);
    this.status = status;
    this.field = field;
    this.body = body;
  }
}

// When the server last answered, and since when it has not; for whoever listens to 'change'.
export const contact = new EventTarget();
Object.assign(contact, {answeredAt: null, goneSince: null});

function heard(answered) {
  const was = contact.goneSince !== null;
  if (answered) contact.answeredAt = Date.now();
  contact.goneSince = answered ? null : (contact.goneSince ?? Date.now());
  if (was !== (contact.goneSince !== null)) contact.dispatchEvent(new Event('change'));
}

export const token = {
  held: () => sessionStorage.getItem(tokenKey) !== null,
  keep: (text) => sessionStorage.setItem(tokenKey, text),
  forget: () => sessionStorage.removeItem(tokenKey),
};

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, {cache: 'no-store', ...options, signal: AbortSignal.timeout(patience_ms)});
  } catch (error) {
    heard(false);
    throw new Failure(0, error.name === 'TimeoutError' ? 'no answer within 10 s' : 'the server does not answer');
  }
  heard(true);
  return answer;
}

async function understood(answer, path) {
  const text = await answer.text().catch(() => { throw new Failure(0, 'the answer broke off'); });
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    if (answer.ok) throw new Failure(answer.status, `${path}: the answer is not JSON`);
  }
  if (!answer.ok)
    throw new Failure(answer.status, body?.detail ?? `${path}: HTTP status ${answer.status}`, body?.field, body);
  return body;
}

export async function ask(path) { return understood(await request(path), path); }

export async function askText(path) {
  const answer = await request(path);
  return answer.ok ? answer.text() : understood(answer, path);
}

// A change: with the token, if one is held.
export async function tell(method, path, body) {
  const headers = {};
  if (token.held()) headers.Authorization = 'Bearer ' + sessionStorage.getItem(tokenKey);
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return understood(await request(path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body)}), path);
}

// "?a=1&b=2" of what is given.
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? '?' + new URLSearchParams(given) : '';
}
