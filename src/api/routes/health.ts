import { z } from 'zod';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';

const ready = z.object({ ready: z.boolean(), reasons: z.array(z.string()) }).meta({ id: 'Readiness' });

/** Routes for load balancers and Prometheus, which bring no key. */
export function healthRoutes(app: App, { unready, metrics }: ApiDeps): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether the process is alive',
        security: [],
        response: { 200: z.object({ alive: z.literal(true) }).describe('It is.') },
      },
    },
    async () => ({ alive: true as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether calls are taken now',
        security: [],
        response: { 200: ready.describe('Calls are taken.'), 503: ready.describe('`reasons` says why not.') },
      },
    },
    async (_request, reply) => {
      const reasons = [...unready()];
      return await reply
        .code(reasons.length === 0 ? 200 : 503)
        .send({ ready: reasons.length === 0, reasons });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'Metrics for Prometheus',
        description: 'Text exposition format 0.0.4.',
        produces: ['text/plain'],
        response: { 200: z.string().describe('The metrics.') },
        security: [],
      },
    },
    async (_request, reply) => await reply.type(metrics.contentType).send(await metrics.text()),
  );
}
