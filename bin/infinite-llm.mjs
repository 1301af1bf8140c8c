#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write(
    'infinite-llm is not built here. Run "npm start" in the checkout, or "npm run build".\n',
  );
  process.exit(1);
}
await import(main);
