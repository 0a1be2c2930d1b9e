// SPDX-License-Identifier: GPL-3.0-or-later
// The server under test, on ports of its own, started and ended as a test wants.
import {spawn} from 'node:child_process';
import {appendFileSync} from 'node:fs';
import {createServer} from 'node:net';

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const {port} = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Server {
  constructor(log) { this.log = log; }

  async choosePorts() {
    const [main, also, health] = await Promise.all([freePort(), freePort(), freePort()]);
    this.options = ['--serve-port', main, '--serve-also', also, '--health-port', health, '--token-file', 'tokens', '--rate-limit', 500].map(String);
    this.base = `http://localhost:${main}`;
  }

  async start() {
    if (!this.options) await this.choosePorts();
    this.child = spawn('serve-status', this.options, {stdio: ['ignore', 'ignore', 'pipe']});
    this.child.stderr.on('data', (text) => appendFileSync(this.log, text));
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    for (let i = 0; i < 100; ++i) {
      if ((await fetch(this.base + '/ready').catch(() => null))?.ok) return;
      await sleep(100);
    }
    throw new Error('serve-status does not answer; its log: ' + this.log);
  }

  async end(signal = 'SIGTERM') {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await this.ended;
  }
}
