import type { Transport } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';

/** Works with a gateway or its store, and lets go of it. */
export async function connected<T>(
  connect: Connect,
  options: Parameters<Connect>[0],
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  const transport = await connect(options);
  try {
    return await work(transport);
  } finally {
    await transport.close();
  }
}
