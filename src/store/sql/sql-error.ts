/**
 * A failed statement. `code` is the SQLSTATE that the database gave; or `connection` when it could not be reached or
 * went away, so that nobody knows whether the statement took effect; or `driver` when a value could not be converted.
 */
export class SqlError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SqlError';
    this.code = code;
  }

  /** True when the values of a row are at fault, so that the same row can never be stored. */
  get blamesRow(): boolean {
    return ROW_CLASSES.has(this.code.slice(0, 2));
  }

  /** True when the same statement may well succeed at once: it lost a fight over locks. */
  get isConflict(): boolean {
    return this.code === '40P01' || this.code === '40001' || this.code === '55P03';
  }

  /** True when the database could not be reached, is starting, stopping or short of connections. */
  get isOutage(): boolean {
    if (this.code === PROTOCOL_VIOLATION) return false;
    return this.code === 'connection' || OUTAGE_CLASSES.has(this.code.slice(0, 2));
  }
}

/** Data exception, integrity violation, cardinality violation, program limit exceeded. */
const ROW_CLASSES = new Set(['22', '23', '21', '54']);
/** Connection exception, insufficient resources, operator intervention, system error. */
const OUTAGE_CLASSES = new Set(['08', '53', '57', '58']);

/** In the class of connection exceptions, but the statement's fault. */
const PROTOCOL_VIOLATION = '08P01';

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** `otherwise` is the code for an error that carries no SQLSTATE. */
export function asSqlError(error: unknown, otherwise: 'connection' | 'driver'): SqlError {
  if (error instanceof SqlError) return error;
  if (!(error instanceof Error)) return new SqlError(otherwise, String(error));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Node's own codes have other shapes, except a few of five letters (EPIPE), which come without a severity.
  if (SQLSTATE.test(code) && 'severity' in error) return new SqlError(code, error.message, error);
  return new SqlError(otherwise, error.message || code || 'the connection was lost', error);
}
