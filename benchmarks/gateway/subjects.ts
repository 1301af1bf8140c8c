import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODEL } from './payloads.ts';
import { answering, freePort, launch, type Started } from './processes.ts';

/** Something that calls can be sent to. */
export interface Subject extends Started {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Start = (mockPort: number) => Promise<Subject>;

const BENCHMARKS = findUp('package.json', 'infinite-llm-benchmarks');
const ROOT = join(BENCHMARKS, '..');
/** Where results are kept. */
export const RESULTS = join(BENCHMARKS, 'gateway/results');
const KEY = { authorization: 'Bearer sk-test' };
const LITELLM = '1.102.4';

function findUp(file: string, name: string): string {
  let dir = import.meta.dirname;
  while (!existsSync(join(dir, file)) || !readFileSync(join(dir, file), 'utf8').includes(`"${name}"`))
    dir = join(dir, '..');
  return dir;
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** The mock itself, for what a call takes without anything in between. */
export const direct: Start = (mockPort) =>
  Promise.resolve({
    name: 'direct',
    version: '',
    origin: `http://127.0.0.1:${mockPort}`,
    headers: KEY,
    pid: 0,
    stop: () => Promise.resolve(),
  });

export const bare: Start = async (mockPort) => {
  const port = await freePort();
  const script = join(import.meta.dirname, 'bare.js');
  const started = launch(
    { command: process.execPath, args: [script, String(port), String(mockPort)] },
    'subject',
  );
  await answering(`http://127.0.0.1:${port}/`, started);
  return {
    ...started,
    name: 'bare proxy',
    version: `node ${process.version}`,
    origin: `http://127.0.0.1:${port}`,
    headers: KEY,
  };
};

/** Ours as users run it: ledger, pricing and the embedded store on, keys of its own not asked for. */
export const infiniteLlm: Start = async (mockPort) => {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'infinite-llm-benchmark-'));
  const config = join(dir, 'infinite-llm.yaml');
  writeFileSync(
    config,
    `providers:\n  openai: { baseUrl: 'http://127.0.0.1:${mockPort}/v1', keys: ['sk-test'] }\n`,
  );
  const args = [
    join(ROOT, 'bin/infinite-llm.mjs'),
    'serve',
    '--config',
    config,
    '--port',
    String(port),
    '--data',
    join(dir, 'data'),
  ];
  const started = launch({ command: process.execPath, args, cwd: dir }, 'subject');
  await answering(`http://127.0.0.1:${port}/healthz`, started);
  return {
    ...started,
    name: 'infinite-llm',
    version: versionOf(join(ROOT, 'package.json')),
    origin: `http://127.0.0.1:${port}`,
    headers: KEY,
    stop: async () => {
      await started.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

export const portkey: Start = async (mockPort) => {
  const home = join(BENCHMARKS, 'node_modules/@portkey-ai/gateway');
  if (!existsSync(home)) throw new Error('not installed; run "npm ci" in benchmarks/');
  const port = await freePort();
  const args = [join(home, 'build/start-server.js'), `--port=${port}`, '--headless'];
  const started = launch(
    { command: process.execPath, args, env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1' } },
    'subject',
  );
  await answering(`http://127.0.0.1:${port}/`, started);
  const headers = {
    ...KEY,
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
  };
  return {
    ...started,
    name: 'Portkey',
    version: versionOf(join(home, 'package.json')),
    origin: `http://127.0.0.1:${port}`,
    headers,
  };
};

/** LiteLLM's proxy, one worker, without a database: it writes nothing down, which is in its favour. */
export const litellm: Start = async (mockPort) => {
  const program = installLitellm();
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'litellm-benchmark-'));
  const config = join(dir, 'config.yaml');
  const params = `{ model: openai/${MODEL}, api_base: 'http://127.0.0.1:${mockPort}/v1', api_key: sk-test }`;
  writeFileSync(
    config,
    `model_list:\n  - model_name: ${MODEL}\n    litellm_params: ${params}\nlitellm_settings: { telemetry: false }\n`,
  );
  const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'];
  const env = { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_TELEMETRY: 'False', LITELLM_LOG: 'ERROR' };
  const started = launch({ command: program, args, env, cwd: dir }, 'subject');
  await answering(`http://127.0.0.1:${port}/health/liveliness`, started, 180);
  return {
    ...started,
    name: 'LiteLLM',
    version: LITELLM,
    origin: `http://127.0.0.1:${port}`,
    headers: KEY,
    stop: async () => {
      await started.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** Puts it into a virtual environment of its own, once. @throws Error when there is no Python, or it cannot be had */
function installLitellm(): string {
  const venv = join(BENCHMARKS, '.venv');
  const stamp = join(venv, `litellm-${LITELLM}`);
  const program = join(venv, 'bin/litellm');
  if (existsSync(stamp)) return program;
  const steps = [
    ['python3', '-m', 'venv', venv],
    [
      join(venv, 'bin/pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `litellm[proxy]==${LITELLM}`,
    ],
  ];
  for (const [command = '', ...args] of steps) {
    const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (error) throw new Error(`${command} cannot be run: ${error.message}`);
    if (status !== 0)
      throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.slice(-500)}`);
  }
  writeFileSync(stamp, '');
  return program;
}

export const SUBJECTS: Readonly<Record<string, Start>> = {
  bare,
  'infinite-llm': infiniteLlm,
  portkey,
  litellm,
};
