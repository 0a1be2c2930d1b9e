// SPDX-License-Identifier: GPL-3.0-or-later
// What holds for every page: names, labels, landmarks, contrast, width.

// What a screen reader would miss.
export const unnamed = (page) => page.evaluate(() => {
  const wrong = [];
  const shown = (element) => element.getClientRects().length > 0;
  const name = (element) => (element.getAttribute('aria-label') ?? element.textContent).trim();
  for (const each of document.querySelectorAll('button, a[href]')) if (shown(each) && !name(each) && !each.querySelector('img[alt]')) wrong.push('no name: ' + each.outerHTML);
  for (const each of document.querySelectorAll('img')) if (!each.alt) wrong.push('no alt: ' + each.outerHTML);
  for (const each of document.querySelectorAll('input, select')) if (shown(each) && !each.labels.length && !each.getAttribute('aria-label')) wrong.push('no label: ' + each.outerHTML);
  for (const each of document.querySelectorAll('main svg[role]')) if (!each.getAttribute('aria-label')) wrong.push('no name: a chart');
  for (const each of document.querySelectorAll('table')) if (!each.caption) wrong.push('no caption: ' + each.innerText.slice(0, 60));
  for (const landmark of ['header', 'nav', 'main']) if (!document.querySelector(landmark)) wrong.push('no ' + landmark);
  const ids = [...document.querySelectorAll('[id]')].map((each) => each.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('id twice: ' + id);
  for (const each of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
    for (const id of `${each.getAttribute('aria-describedby') ?? ''} ${each.getAttribute('aria-labelledby') ?? ''}`.trim().split(/\s+/))
      if (!document.getElementById(id)) wrong.push(`names ${id}, which is not there`);
  return wrong;
});

// Pairs of colours of the theme whose contrast (WCAG 2.1) is below 4.5.
export const faintPairs = (page) => page.evaluate(() => {
  const probe = document.body.appendChild(document.createElement('span'));
  const light = (variable) => {
    probe.style.color = `var(${variable})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map((each) => each / 255)
      .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pairs = [...['text', 'faint', 'link', 'bad', 'good', 'warn', 's0', 's1', 's2'].map((each) => [each, 'card']), ['text', 'ground'], ['faint', 'ground'], ['text', 'plain-ground'],
    ...['good', 'warn', 'bad', 'busy'].map((each) => [each, each + '-ground']), ...['good', 'warn', 'bad'].map((each) => ['text', each + '-ground'])];
  const wrong = pairs.map(([a, b]) => {
    const [high, low] = [light('--' + a), light('--' + b)].sort((x, y) => y - x);
    return [a, b, (high + 0.05) / (low + 0.05)];
  }).filter(([, , ratio]) => ratio < 4.5);
  probe.remove();
  return wrong;
});

export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
