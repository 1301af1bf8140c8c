import type { Secret } from '../../core/secret.ts';

type Headers = Readonly<Record<string, string>>;

/** The headers without those that repeat the key. */
export function headersWithout(headers: Headers, key: Secret | null): Headers {
  const value = key?.reveal() ?? '';
  if (value === '') return headers;
  for (const name in headers)
    if (headers[name]?.includes(value))
      return Object.fromEntries(Object.entries(headers).filter(([, text]) => !text.includes(value)));
  return headers;
}

/** The bytes with the key cut out wherever they repeat it. */
export function bytesWithout(bytes: Buffer, key: Secret | null): Buffer {
  const value = key?.reveal() ?? '';
  if (value === '' || !bytes.includes(value)) return bytes;
  return Buffer.from(bytes.toString('utf8').replaceAll(value, '[redacted]'));
}
