// SPDX-License-Identifier: GPL-3.0-or-later
// Before anything is drawn: the theme that was chosen in this browser, if any.
'use strict';
try {
  const chosen = localStorage.getItem('contimg-theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch (error) {
  console.info('the choice of theme is not kept: ' + error.message);
}
