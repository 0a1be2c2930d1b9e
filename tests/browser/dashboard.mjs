// SPDX-License-Identifier: GPL-3.0-or-later
// Clicks through the dashboard in a real browser, over a root that the real chain filled, and looks at
// what each click did in the queue and in the files. Usage: dashboard.mjs SHOTS, in the root's folder;
// prints a line for each step, and ends with exit code 1 when one fails.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, renameSync} from 'node:fs';
import {faintPairs, overflow, unnamed} from './checks.mjs';
import {Server} from './server.mjs';
import {openBrowser, Session} from './session.mjs';

const shots = process.argv[2], queue = 'root/state/db/pipeline.sqlite3', curves = 'root/state/db/lightcurves.sqlite3';
const token = readFileSync('tokens', 'utf8').split(/\s+/)[2];
const parts = ['', 'groups', 'calibration', 'images', 'sources', 'mosaics', 'notices', 'logs', 'settings'];
mkdirSync(shots, {recursive: true});

const sql = (text, database = queue) => execFileSync('sqlite3', ['-batch', '-cmd', '.timeout 5000', database, text], {encoding: 'utf8'}).trim();
const failedGroup = sql("SELECT group_id FROM ingest_queue WHERE state = 'failed' ORDER BY group_id DESC LIMIT 1");
const mosaic = 'mosaic/' + encodeURIComponent(sql('SELECT name FROM mosaics LIMIT 1'));
const setting = (key) => sql(`SELECT value FROM control WHERE key = '${key}'`);

const server = new Server('serve-status.log');
let session, page;
const shot = (name, whole = true) => page.screenshot({path: `${shots}/${name}.png`, fullPage: whole});
const api = async (path) => (await fetch(server.base + path)).json();
const verdict = (word) => page.waitForFunction((wanted) => document.getElementById('verdict').dataset.verdict === wanted, word, {timeout: 20000});
const settled = () => page.waitForFunction(() => ['well', 'attention'].includes(document.getElementById('verdict').dataset.verdict), null, {timeout: 20000});
const button = (name) => page.getByRole('button', {name, exact: true});
const dialog = () => page.getByRole('dialog');
const said = (text) => page.locator('.said, .field-error', {hasText: text}).first().waitFor();

const steps = {};

steps['the overview shows the counts of the queue, charts with units, images and what wants a person'] = async () => {
  await session.go('');
  await verdict('attention');
  for (const state of ['collecting', 'completed', 'failed'])
    assert.equal(await page.locator(`[data-count=${state}]`).innerText(), sql(`SELECT count(*) FROM ingest_queue WHERE state = '${state}'`));
  await page.locator('.chart svg').first().waitFor();
  const names = await page.locator('.axis-name').allTextContents();
  for (const name of ['groups per hour', 'minutes', 'time (UTC)']) assert.ok(names.includes(name), `${name} in ${names}`);
  await page.waitForFunction(() => document.querySelectorAll('.cards img').length > 0 && [...document.querySelectorAll('.cards img')].some((each) => each.naturalWidth > 0));
  assert.match(await page.locator('#verdict-reason').innerText(), /given up/);
  await page.locator('main', {hasText: failedGroup}).waitFor();
  assert.ok((await page.locator('main').innerText()).includes(failedGroup));
  await shot('overview-first');
};

steps['/streaming is the same page'] = async () => {
  await page.goto(server.base + '/streaming');
  await verdict('attention');
  assert.equal(await page.locator('h2').first().innerText(), 'Overview');
};

steps['stop asks first, stops, and start goes on'] = async () => {
  await button('Stop').click();
  await dialog().getByText('Nothing more is begun').waitFor();
  await shot('stop-question', false);
  await dialog().getByRole('button', {name: 'Cancel'}).click();
  assert.notEqual(setting('paused'), '1');
  await button('Stop').click();
  await dialog().getByRole('button', {name: 'Stop'}).click();
  await verdict('paused');
  assert.equal(setting('paused'), '1');
  assert.match(await page.locator('#verdict-reason').innerText(), /stopped from the API/);
  await shot('stopped', false);
  await button('Start').click();
  await dialog().getByRole('button', {name: 'Start'}).click();
  await verdict('attention');
  assert.notEqual(setting('paused'), '1');
};

steps['restart frees what was abandoned'] = async () => {
  sql("UPDATE job SET state = 'claimed', claim_token = 999, host = 'elsewhere', pid = 1, heartbeat_at = 1, lease_expires = 2 WHERE stage = 'convert' AND state = 'waiting'");
  await button('Restart').click();
  await dialog().getByRole('button', {name: 'Restart'}).click();
  await page.waitForFunction(() => document.getElementById('announcer').textContent.includes('claims go on'));
  assert.equal(sql("SELECT count(*) FROM job WHERE state = 'claimed'"), '0');
};

steps['a wrong setting is told beside its field and changes nothing; a right one is saved'] = async () => {
  await session.go('settings');
  const field = page.getByLabel('max workers'), error = page.locator('#config-max_workers-said');
  const before = await api('/api/streaming/config');
  for (const [wrong, expected] of [['many', 'expected integer'], ['0', 'from 1 to']]) {
    await field.fill(wrong);
    await session.provoking(/status of 400/, async () => {
      await button('Save').click();
      await page.waitForFunction(() => document.querySelector('#config-max_workers-said').textContent !== '');
    });
    assert.match(await error.innerText(), /max_workers/, expected);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.ok(await field.evaluate((each) => each === document.activeElement));
    assert.deepEqual(await api('/api/streaming/config'), before);
  }
  await shot('setting-refused');
  assert.ok(!existsSync(queue + '.overrides.toml'));
  await field.fill('3');
  await button('Save').click();
  await said(/^Saved: max_workers/);
  const after = await api('/api/streaming/config');
  assert.equal(after.max_workers, 3);
  assert.equal(after.expected_subbands, before.expected_subbands);
  assert.match(readFileSync(queue + '.overrides.toml', 'utf8'), /max_parallel\s*=\s*3/);
  assert.doesNotMatch(readFileSync(queue + '.overrides.toml', 'utf8'), /expected_subbands/);
  assert.equal(await page.getByLabel('max workers').inputValue(), '3');
  await shot('setting-saved');
};

steps['a failed group is retried: the token is asked for, a wrong one gets nothing, a right one is kept in the tab only'] = async () => {
  const state = () => sql(`SELECT state FROM job WHERE group_id = '${failedGroup}' AND stage = 'convert'`);
  const row = () => page.locator('tr', {hasText: failedGroup});
  await session.go('groups/failed');
  await session.provoking(/status of 401/, async () => {
    await row().getByRole('button', {name: 'Retry'}).click();
    await dialog().getByRole('button', {name: 'Retry'}).click();
    await dialog().getByLabel('Token').fill('this is not the token at all');
    await shot('token', false);
    await dialog().getByRole('button', {name: 'Keep'}).click();
    await said('not known');
  });
  assert.equal(state(), 'failed');
  await button('Token held').click();
  await dialog().getByLabel('Token').fill(token);
  await dialog().getByRole('button', {name: 'Keep'}).click();
  await row().getByRole('button', {name: 'Retry'}).click();
  await dialog().getByRole('button', {name: 'Retry'}).click();
  await said('jobs are ready');
  assert.equal(state(), 'ready');
  assert.equal(sql(`SELECT count(*) FROM dead_letter WHERE group_id = '${failedGroup}' AND resolved_at IS NULL`), '0');
  await row().waitFor({state: 'detached'});
  const kept = await page.evaluate(() => [JSON.stringify({...localStorage}), document.cookie, location.href].join());
  assert.ok(!kept.includes(token));
  await shot('retried');
};

steps['an image opens, zooms and moves by buttons, wheel, drag and keys'] = async () => {
  await session.go('images');
  await page.locator('.cards a.picture').first().click();
  const viewer = page.locator('.viewer'), image = viewer.locator('img');
  await image.evaluate((each) => each.decode());
  assert.ok(await image.evaluate((each) => each.naturalWidth) > 256);
  const scale = () => viewer.evaluate((each) => Number(each.dataset.scale ?? 1));
  const place = () => image.evaluate((each) => each.style.transform);
  await page.getByRole('button', {name: 'Zoom in'}).click();
  assert.ok(await scale() > 1.3);
  const box = await viewer.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -400);
  await page.waitForFunction(() => Number(document.querySelector('.viewer').dataset.scale) > 3);
  const before = await place();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 80, box.y + box.height / 2 + 40, {steps: 4});
  await page.mouse.up();
  assert.notEqual(await place(), before);
  await shot('image-zoomed');
  await viewer.focus();
  await page.keyboard.press('0');
  assert.equal(await scale(), 1);
  await page.keyboard.press('+');
  assert.ok(await scale() > 1.3);
  await page.keyboard.press('0');
  await shot('image');
};

steps['a light curve has a point for each in the database, error bars, limits, and leads to why'] = async () => {
  const [id, name, n] = sql(`SELECT id, name, (SELECT count(*) FROM light_curve WHERE source_id = source.id) AS n FROM source
    WHERE origin = 'catalogue' ORDER BY n DESC, id LIMIT 1`, curves).split('|');
  await session.go('sources');
  await page.getByLabel('Name or number').fill(name);
  await button('Find').click();
  await page.locator('h2', {hasText: name}).waitFor();
  assert.ok(page.url().endsWith('#/source/' + id));
  await page.locator('.point').first().waitFor();
  const points = (await api(`/api/v1/sources/${id}/lightcurve`)).data_points;
  assert.equal(String(points.length), n);
  assert.equal(await page.locator('.point').count(), points.filter((each) => each.flux_jy !== null || each.limit_jy !== null).length);
  assert.equal(await page.locator('.point .error').count(), points.filter((each) => each.flux_jy !== null).length);
  assert.equal(await page.locator('.point .limit').count(), points.filter((each) => each.limit_jy !== null).length);
  assert.equal(await page.locator('.axis-name', {hasText: 'mJy'}).count(), 1);
  await shot('light-curve');
  await page.locator('.point').first().click();
  await page.locator('h3', {hasText: 'Flux density'}).waitFor();
  await shot('why-flux');
};

steps['a source with upper limits shows them as arrows'] = async () => {
  const id = sql('SELECT source_id FROM light_curve WHERE limit_jy IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1', curves);
  assert.notEqual(id, '', 'the root has a source with limits');
  await session.go('source/' + id);
  await page.locator('.point .limit').first().waitFor();
  const limits = (await api(`/api/v1/sources/${id}/lightcurve`)).data_points.filter((each) => each.limit_jy !== null).length;
  assert.equal(await page.locator('.point .limit').count(), limits);
  await shot('light-curve-limits');
};

steps['every group leads to why, which says what the tool says'] = async () => {
  await session.go('groups');
  await page.getByRole('link', {name: `Why ${failedGroup} is as it is`}).click();
  const told = JSON.parse(execFileSync('why', ['--quiet', '--json', failedGroup], {encoding: 'utf8'}));
  assert.equal(await page.locator('.headline').innerText(), told.headline.text);
  await shot('why-group');
};

steps['calibration shows the set in force, its age and its solutions'] = async () => {
  await session.go('calibration');
  const name = sql("SELECT name FROM calibration_set WHERE state = 'active' ORDER BY id DESC LIMIT 1");
  await page.getByRole('link', {name: `${name} v1`}).first().click();
  await page.locator('h2', {hasText: `Set ${name}`}).waitFor();
  await page.locator('.viewer img').evaluate((each) => each.decode());
  assert.ok((await page.locator('main').innerText()).includes('median snr'));
  await shot('calibration-set');
};

steps['a mosaic shows its picture and the tiles it is made of'] = async () => {
  const [name, n] = sql('SELECT m.name, count(*) FROM mosaics m JOIN mosaic_members p ON p.mosaic = m.name GROUP BY 1').split('|');
  await session.go('mosaics');
  await page.getByRole('link', {name: `Mosaic ${name}`}).click();
  await page.locator('h3', {hasText: 'Tiles'}).waitFor();
  await page.locator('.viewer img').evaluate((each) => each.decode());
  assert.equal(String(await page.locator('tbody tr').count()), n);
  await shot('mosaic');
};

steps['notices have a remedy, and are among what wants a person'] = async () => {
  await session.go('notices');
  const open = sql('SELECT subject FROM notice WHERE cleared_at IS NULL').split('\n');
  assert.ok(open.length > 0);
  for (const subject of open) {
    const notice = page.locator('.notices li', {hasText: subject});
    await notice.waitFor();
    assert.match(await notice.innerText(), /Remedy: \S+/);
  }
  await session.go('');
  await page.locator('.card', {hasText: 'What wants a person'}).getByText(open[0]).waitFor();
  await page.waitForFunction((text) => document.getElementById('verdict-reason').textContent.includes(text), open[0]);
};

steps['logs are shown and can be searched'] = async () => {
  await session.go('logs');
  await page.getByRole('link', {name: 'run-tick.log'}).click();
  await page.getByLabel('Only with').fill('WARNING');
  await page.waitForFunction(() => document.querySelectorAll('pre span').length > 0);
  for (const line of await page.locator('pre span').allTextContents()) assert.match(line, /warning/i);
  await shot('log');
};

steps['markup in errors and names is shown as text'] = async () => {
  const evil = '<img src=x onerror="window.fell=1"><script>window.fell=1</script>';
  const before = sql(`SELECT name FROM source WHERE id = 1`, curves), error = sql(`SELECT coalesce(error, '') FROM ingest_queue WHERE group_id = '${failedGroup}'`);
  sql(`UPDATE ingest_queue SET state = 'failed', error = '${evil}' WHERE group_id = '${failedGroup}'`);
  sql(`UPDATE source SET name = '${evil}' WHERE id = 1`, curves);
  for (const [hash, selector] of [['groups', 'tr'], ['sources', 'tr'], ['source/1', 'h2'], ['why/' + failedGroup, 'dd'], ['group/' + failedGroup, 'dd']]) {
    await session.go(hash);
    await page.locator(selector, {hasText: '<img src=x'}).first().waitFor();
    assert.equal(await page.evaluate(() => window.fell), undefined);
  }
  sql(`UPDATE source SET name = '${before}' WHERE id = 1`, curves);
  sql(`UPDATE ingest_queue SET state = 'pending', error = NULLIF('${error.replaceAll("'", "''")}', '') WHERE group_id = '${failedGroup}'`);
};

steps['names, labels, captions and landmarks are there on every part'] = async () => {
  const id = sql('SELECT max(id) FROM source', curves);
  for (const hash of [...parts, 'group/' + failedGroup, 'why/' + failedGroup, 'image/1', 'set/1', 'source/' + id, mosaic]) {
    await session.go(hash);
    await page.waitForTimeout(700);
    assert.deepEqual(await unnamed(page), [], hash);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme});
      await shot(`${hash.split('/')[0] || 'overview'}-${colorScheme}`);
    }
    await page.emulateMedia({colorScheme: 'light'});
  }
};

steps['the theme follows the system, is turned by a button and kept; both have contrast'] = async () => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await session.go('');
  const light = await ground();
  assert.deepEqual(await faintPairs(page), []);
  await page.emulateMedia({colorScheme: 'dark'});
  const dark = await ground();
  assert.notEqual(dark, light);
  assert.deepEqual(await faintPairs(page), []);
  await page.emulateMedia({colorScheme: 'light'});
  await button('Dark theme').click();
  assert.equal(await ground(), dark);
  await page.reload();
  assert.equal(await ground(), dark);
  await settled();
  await button('Light theme').click();
  assert.equal(await ground(), light);
};

steps['nothing moves for who wants it so'] = async () => {
  await page.emulateMedia({reducedMotion: 'reduce'});
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((each) => {
    const style = getComputedStyle(each);
    return (style.transitionDuration !== '0s' && style.transitionProperty !== 'none') || style.animationName !== 'none';
  }).map((each) => each.tagName));
  await page.emulateMedia({reducedMotion: null});
  assert.deepEqual(moving, []);
};

steps['all of it can be done with the keyboard'] = async () => {
  const active = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label'));
  const tabTo = async (wanted) => {
    for (let i = 0; i < 80; ++i) {
      await page.keyboard.press('Tab');
      if ((await active()) === wanted) {
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', `the focus on ${wanted} can be seen`);
        return;
      }
    }
    assert.fail(`${wanted} is not reached by Tab`);
  };
  await session.go('groups');
  await page.reload();
  await page.locator('tbody tr').first().waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await active(), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  await page.evaluate(() => { document.activeElement.blur(); });
  await page.keyboard.press('Home');
  await page.reload();
  await page.locator('tbody tr').first().waitFor();
  await tabTo('Stop');
  await page.keyboard.press('Enter');
  await dialog().waitFor();
  assert.ok(await page.evaluate(() => document.getElementById('dialog').contains(document.activeElement)));
  for (let i = 0; i < 6; ++i) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.getElementById('dialog').contains(document.activeElement)));
  }
  await page.keyboard.press('Escape');
  await dialog().waitFor({state: 'hidden'});
  assert.equal(await active(), 'Stop');
  assert.notEqual(setting('paused'), '1');
  await page.keyboard.press('Enter');
  await dialog().waitFor();
  for (let i = 0; i < 4 && (await active()) !== 'Stop'; ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await verdict('paused');
  await page.evaluate(() => document.getElementById('start-button').focus());
  await page.keyboard.press('Enter');
  await dialog().waitFor();
  for (let i = 0; i < 4 && (await active()) !== 'Start'; ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('verdict').dataset.verdict !== 'paused');
  await tabTo(failedGroup);
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => document.activeElement.tagName === 'H2' && document.activeElement.textContent === id, failedGroup);
};

steps['a refresh leaves the focus where it was'] = async () => {
  await session.go('groups');
  const link = page.getByRole('link', {name: `Why ${failedGroup} is as it is`});
  await link.focus();
  sql(`UPDATE ingest_queue SET priority = priority + 1 WHERE group_id = '${failedGroup}'`);
  await page.waitForResponse((answer) => answer.url().includes('/api/v1/groups'));
  await page.waitForTimeout(500);
  assert.ok(await link.evaluate((each) => each === document.activeElement));
};

steps['on a phone nothing is wider than the screen, in both themes'] = async () => {
  const phone = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};
  for (const colorScheme of ['light', 'dark']) {
    const small = await Session.open(session.context.browser(), server.base, {...phone, colorScheme});
    for (const hash of [...parts, 'group/' + failedGroup, 'why/' + failedGroup, 'image/1', 'set/1', 'source/2', mosaic]) {
      await small.go(hash);
      await small.page.waitForTimeout(900);
      assert.equal(await overflow(small.page), 0, `${hash} in ${colorScheme}`);
      // Pictures are asked for when they come near the window.
      await small.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await small.page.waitForTimeout(300);
      await small.page.evaluate(() => scrollTo(0, 0));
      await small.page.screenshot({path: `${shots}/phone-${colorScheme}-${hash.split('/')[0] || 'overview'}.png`, fullPage: true});
    }
    session.complaints.push(...small.complaints);
    await small.context.close();
  }
};

steps['a queue that cannot be read is told, and recovers'] = async () => {
  await session.go('');
  await settled();
  renameSync(queue, queue + '.away');
  await session.provoking(/status of 503/, async () => {
    await page.locator('#banner', {hasText: 'no queue'}).waitFor({timeout: 20000});
    await page.locator('#banner', {hasText: 'Stale'}).waitFor({timeout: 40000});
    await verdict('stale');
    assert.ok(await page.evaluate(() => document.body.classList.contains('stale')));
    await shot('stale', false);
    renameSync(queue + '.away', queue);
    await page.waitForFunction(() => document.getElementById('banner').textContent === '', null, {timeout: 20000});
  });
  assert.ok(!await page.evaluate(() => document.body.classList.contains('stale')));
};

steps['a server that is gone is told at once, controls are off, and it recovers by itself'] = async () => {
  await session.go('');
  await settled();
  await session.provoking(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/, async () => {
    await server.end('SIGKILL');
    await verdict('gone');
    assert.match(await page.locator('#banner').innerText(), /The server is gone: no answer since \d\d:\d\d:\d\d UTC/);
    for (const name of ['Start', 'Stop', 'Restart']) assert.ok(await button(name).isDisabled());
    await page.waitForTimeout(300);
    await shot('gone');
    await server.start();
    await settled();
  });
  await page.waitForFunction(() => document.getElementById('as-of').textContent === 'live');
  assert.equal(await page.locator('#banner').innerText(), '');
  assert.ok(await button('Stop').isEnabled());
  await shot('back');
};

let failures = 0;
const browser = await openBrowser();
try {
  await server.start();
  session = await Session.open(browser, server.base);
  page = session.page;
  page.setDefaultTimeout(15000);
  for (const [name, step] of Object.entries(steps)) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    try {
      await step();
      assert.deepEqual(session.complaints, [], 'the browser complained');
      console.log(`ok ${name}`);
    } catch (error) {
      ++failures;
      console.log(`not ok ${name}\n${error.stack}`);
      await page.screenshot({path: `${shots}/failed-${failures}.png`}).catch(() => {});
      if (await dialog().isVisible().catch(() => false)) await page.keyboard.press('Escape');
    }
    session.complaints.length = 0;
  }
} finally {
  await browser.close();
  await server.end();
}
process.exit(failures > 0 ? 1 : 0);
