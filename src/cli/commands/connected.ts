import type { Transport } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';

/** Works with a gateway or its store, and lets go of it. */
export async function connected(
  connect: Connect,
  options: Parameters<Connect>[0],
  work: (transport: Transport) => Promise<void>,
): Promise<void> {
  const transport = await connect(options);
  try {
    await work(transport);
  } finally {
    await transport.close();
  }
}
