// SPDX-License-Identifier: GPL-3.0-or-later
// A browser that remembers everything that should not happen: errors on its console, violations of the
// page's Content-Security-Policy, requests to anybody but the server.
import {chromium} from 'playwright-core';

export async function openBrowser() {
  return chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox']});
}

export class Session {
  // `complaints`: what should not have happened. `expected`: console texts that a step provokes.
  complaints = [];
  expected = [];

  static async open(browser, base, options = {}) {
    const session = new Session();
    session.base = base;
    session.context = await browser.newContext({viewport: {width: 1280, height: 900}, colorScheme: 'light', ...options});
    await session.context.addInitScript(() => addEventListener('securitypolicyviolation',
      (event) => console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`)));
    session.page = await session.context.newPage();
    session.watch();
    return session;
  }

  watch() {
    const complain = (text) => {
      if (!this.expected.some((pattern) => pattern.test(text))) this.complaints.push(text);
    };
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(`${message.text()} (${message.location().url})`);
    });
    this.page.on('pageerror', (error) => complain(`thrown: ${error.stack}`));
    this.page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.base + '/') && !/^(blob|data):/.test(url)) complain('request to another host: ' + url);
    });
  }

  // Runs a step that makes the browser print lines such as "status of 400" of its own accord.
  async provoking(pattern, step) {
    this.expected.push(pattern);
    await step();
    await this.page.waitForTimeout(100);
    this.expected.pop();
  }

  go(hash) { return this.page.goto(`${this.base}/#/${hash}`); }
}
