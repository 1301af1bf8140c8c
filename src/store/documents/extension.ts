import { SqlError } from '../sql/sql-error.ts';
import type { Sql, StoreKind } from '../sql/sql.ts';

/** Tables of vectors can be made. Names in its SQL are quoted: `schema` is where the extension's types are. */
export interface VectorType {
  readonly schema: string;
  /** 16-bit floats halve the index. In WASM, which has no instruction for them, they cost five times the CPU. */
  readonly name: 'vector' | 'halfvec';
}

/** Why there is no index, and what would change that. */
export interface Obstacle {
  readonly obstacle: string;
}

/** Since then a scan goes on until enough rows pass a filter. */
const OLDEST = [0, 8] as const;
const MOST_DIMENSIONS = { vector: 2_000, halfvec: 4_000 } as const;
/** One process of all changes the schema at a time. Any number that no other lock has. */
export const SCHEMA_LOCK = 'select pg_advisory_xact_lock(720115114)';

interface Extension {
  readonly available: string | null;
  readonly installed: string | null;
  readonly schema: string | null;
}

/** Finds pgvector, or creates it where that is allowed. @throws SqlError when the database cannot be reached */
export async function openExtension(sql: Sql, dimensions: number): Promise<VectorType | Obstacle> {
  let found = await find(sql);
  if (found.installed === null) {
    if (found.available === null) return { obstacle: missing(sql.kind) };
    try {
      await sql.transaction([{ text: SCHEMA_LOCK }, { text: 'create extension if not exists vector' }]);
    } catch (error) {
      if (!(error instanceof SqlError) || error.isOutage) throw error;
      return {
        obstacle: `the database has pgvector, but this role may not create it (${error.message}): have "create extension vector" run by one that may`,
      };
    }
    found = await find(sql);
  }
  const { installed, schema } = found;
  if (installed === null || schema === null) return { obstacle: missing(sql.kind) };
  if (isOlder(installed))
    return {
      obstacle: `pgvector ${installed} is older than ${OLDEST.join('.')}: update it, then run "alter extension vector update"`,
    };
  try {
    await sql.query(`select '[1]'::${schema}.vector is null as loaded`);
  } catch (error) {
    if (!(error instanceof SqlError) || error.code === 'connection') throw error;
    return { obstacle: `pgvector cannot be loaded (${error.message})` };
  }
  const name = sql.kind === 'embedded' ? 'vector' : 'halfvec';
  if (dimensions > MOST_DIMENSIONS[name])
    return {
      obstacle: `pgvector has no index for ${dimensions} dimensions, only for ${MOST_DIMENSIONS[name]}`,
    };
  return { schema, name };
}

async function find(sql: Sql): Promise<Extension> {
  const [row] = await sql.query<Extension>(
    `select (select default_version from pg_available_extensions where name = 'vector') as available,
       extversion as installed, quote_ident(nspname) as schema
     from (values (1)) as one
     left join pg_extension on extname = 'vector' left join pg_namespace on pg_namespace.oid = extnamespace`,
  );
  return row ?? { available: null, installed: null, schema: null };
}

function missing(kind: StoreKind): string {
  return kind === 'embedded'
    ? 'the embedded store was opened without pgvector'
    : 'the database server has no pgvector: install it there (on Debian: postgresql-<version>-pgvector)';
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
