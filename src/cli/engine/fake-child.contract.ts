import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A program that behaves as a supervised engine: it answers every POST with its process id, and misbehaves as it is told
 * by path: `/v1/die` kills it, `/v1/hang` answers never, `/v1/mute` stops its reports. How it starts is its argument.
 */
const PROGRAM = `
import { createServer } from 'node:http';
const [mode] = process.argv.slice(2);
process.on('disconnect', () => process.exit(1));
process.on('message', ({ kind }) => { if (kind === 'shutdown' && mode !== 'stubborn') process.exit(0); });
let report;
const server = createServer((req, res) => {
  if (req.url === '/v1/die') process.kill(process.pid, 'SIGKILL');
  if (req.url === '/v1/mute') clearInterval(report);
  if (req.url === '/v1/hang' || req.url === '/v1/die') return;
  if (req.url === '/v1/half') { res.writeHead(200, { 'content-type': 'text/event-stream' }); res.write('data: 1\\n\\n'); setTimeout(() => process.exit(1), 50); return; }
  req.resume().on('end', () => res.writeHead(200, { 'x-pid': process.pid }).end(JSON.stringify({ pid: process.pid, url: req.url, key: req.headers.authorization })));
});
if (mode === 'refuse') { process.send({ kind: 'refused', message: 'The model is broken.' }); process.exitCode = 1; process.disconnect(); }
else if (mode === 'crash') { console.error('out of luck'); process.exit(3); }
else server.listen(0, '127.0.0.1', () => {
  const url = 'http://127.0.0.1:' + server.address().port;
  setTimeout(() => process.send({ kind: 'ready', url }), mode === 'slow' ? 400 : 0);
  report = setInterval(() => process.send({ kind: 'report', report: { model: 'fake' } }), 20);
});
`;

/** Arguments of Node that run the fake engine. */
export function fakeChild(mode: 'good' | 'slow' | 'refuse' | 'crash' | 'stubborn' = 'good'): string[] {
  const file = join(mkdtempSync(join(tmpdir(), 'illm-fake-engine-')), 'engine.mjs');
  writeFileSync(file, PROGRAM);
  return [file, mode];
}

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
