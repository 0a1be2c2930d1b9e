// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to whoever sits here. The browser keeps the focus inside, and gives it back.

import {Failure, tell, token} from '/api.js';
import {h} from '/dom.js';

const dialog = document.getElementById('dialog');

export function announce(text) {
  const place = document.getElementById('announcer');
  place.textContent = '';
  setTimeout(() => { place.textContent = text; }, 50);
}

// Shows a dialog until one of its buttons or Escape. Returned: what `read` gives, or null for "no".
function show(title, content, yes, read, danger) {
  return new Promise((resolve) => {
    let result = null;
    const form = h('form', {onsubmit: (event) => {
      event.preventDefault();
      result = read();
      dialog.close();
    }}, content, h('div', {class: 'buttons'},
      h('button', {type: 'button', onclick: () => dialog.close()}, 'Cancel'),
      h('button', {type: 'submit', class: danger ? 'danger' : 'main'}, yes)));
    dialog.replaceChildren(h('h2', {id: 'dialog-title'}, title), form);
    dialog.setAttribute('aria-labelledby', 'dialog-title');
    dialog.addEventListener('close', () => {
      dialog.removeAttribute('aria-labelledby');
      dialog.replaceChildren();
      resolve(result);
    }, {once: true});
    dialog.showModal();
  });
}

export function confirm(title, text, yes, danger = false) {
  return show(title, h('p', null, text), yes, () => true, danger);
}

export async function askToken(why) {
  const input = h('input', {type: 'password', id: 'token', autocomplete: 'off', spellcheck: 'false', autofocus: true, size: 40});
  const shown = await show('Token for changes', [
    h('p', null, why ?? 'A token with the scope write allows changes from this browser.'),
    h('p', {class: 'field'}, h('label', {for: 'token'}, 'Token'), input),
    h('p', {class: 'faint small'}, 'It is kept in this tab only, until the tab is closed. Leave it empty to forget it.'),
  ], 'Keep', () => input.value.trim());
  if (shown === null) return false;
  if (shown === '') token.forget();
  else token.keep(shown);
  const button = document.getElementById('token-button');
  button.textContent = token.held() ? 'Token held' : 'Token';
  return shown !== '';
}

// A change; asks for a token where one is wanted, and then tries once more.
export async function change(method, path, body) {
  try {
    return await tell(method, path, body);
  } catch (failure) {
    if (!(failure instanceof Failure) || (failure.status !== 401 && !(failure.status === 403 && token.held()))) throw failure;
    if (!await askToken('The server wants a token for this: ' + failure.message + '.')) throw failure;
    return tell(method, path, body);
  }
}

// A button that asks, changes and says what came of it in `place`.
export function actionButton({text, title, question, yes, danger, place, method = 'POST', path, body, after, key}) {
  return h('button', {type: 'button', class: danger ? 'danger' : null, 'data-key': key, onclick: async (event) => {
    const button = event.currentTarget;
    if (!await confirm(title, question, yes ?? text, danger)) return;
    button.disabled = true;
    try {
      const answer = await change(method, path, body);
      say(place, 'good', answer.message ?? 'done');
      after?.(answer);
    } catch (failure) {
      say(place, 'bad', failure.message);
    } finally {
      button.disabled = false;
    }
  }}, text);
}

export function say(place, tone, text) {
  place.replaceChildren(h('span', {class: 'said', 'data-tone': tone}, text));
  announce(text);
}
