import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe } from 'vitest';
import { noBrowser } from './chromium.ts';
import { type DashboardServer, dashboardSuite } from './dashboard-suite.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/infinite-llm.mjs');
const MOST_CLOSING_MS = 30_000;
const ADDRESS = /Dashboard\s+(http:\/\/127\.0\.0\.1:\d+)/;

/** The demonstration: the whole program with its simulated provider. */
async function startDemo(): Promise<DashboardServer> {
  const child = spawn(process.execPath, [LAUNCHER, 'demo', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await addressOf(child);
  return {
    url,
    makeCall: async () => {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'Say hello' }] }),
      });
      if (!answer.ok) throw new Error(`the call failed: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    },
    close: () =>
      new Promise((resolve) => {
        const kill = setTimeout(() => child.kill('SIGKILL'), MOST_CLOSING_MS);
        child.once('exit', () => {
          clearTimeout(kill);
          resolve();
        });
        child.kill('SIGTERM');
      }),
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const [, url] = ADDRESS.exec(said) ?? [];
      if (url) resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the demonstration ended with ${code}: ${said}`)));
  });
}

describe.skipIf(noBrowser)(noBrowser ? `real server (${noBrowser})` : 'real server', () => {
  dashboardSuite('the demonstration', startDemo);
});
