import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, type PostgresService, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import { insertContract } from './insert.contract.ts';

let directory = '';
afterAll(() => rmSync(directory, { recursive: true, force: true }));

insertContract('PGlite', async () => {
  directory = await freshPgliteDirectory();
  return openPglite(directory);
});

describe(`with a server${POSTGRES.note}`, () => {
  let service: PostgresService | undefined;
  beforeAll(async () => {
    if (POSTGRES.available) service = await startPostgres();
  });
  afterAll(() => service?.stop());

  insertContract(
    'PostgreSQL',
    async () => openPostgres((await service?.freshDatabase()) ?? '', silentLog),
    !POSTGRES.available,
  );
});
