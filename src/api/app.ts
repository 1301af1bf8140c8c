import fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { corsHeaders } from '../core/access.ts';
import { answerBadPath, answerErrors } from './answer-errors.ts';
import type { App } from './app-type.ts';
import { serveDashboard } from './dashboard.ts';
import { createGuard } from './guard.ts';
import { liveCalls } from './live-calls.ts';
import { describeRoutes } from './openapi.ts';
import type { ApiDeps } from './ports.ts';
import { aboutRoute, machineRoute } from './routes/about.ts';
import { batchRoutes } from './routes/batches.ts';
import { budgetRoutes } from './routes/budgets.ts';
import { cacheRoutes } from './routes/cache.ts';
import { callRoutes } from './routes/calls.ts';
import { compressRoutes } from './routes/compress.ts';
import { documentRoutes } from './routes/documents.ts';
import { exampleRoutes } from './routes/examples.ts';
import { engineRoute } from './routes/engine.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes } from './routes/health.ts';
import { keyRoutes } from './routes/keys.ts';
import { reportRoutes } from './routes/reports.ts';
import { routeRoutes } from './routes/route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const MOST_BODY_BYTES = 64 * 1024;

/**
 * The management API with its description, health routes and the dashboard. It does not listen: hand requests to
 * `app.routing(req, res)`. Close it to end the live streams.
 */
export async function createApi(deps: ApiDeps): Promise<App> {
  const app: App = fastify({
    bodyLimit: MOST_BODY_BYTES,
    exposeHeadRoutes: true,
    // Paths that no route is looked up for do not come by the hooks.
    frameworkErrors: answerBadPath,
  }).withTypeProvider<ZodTypeProvider>();
  const guard = createGuard(deps);
  const live = liveCalls(deps.ledger, deps.log);

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(answerErrors(deps.log));
  app.addHook('onRequest', async (request, reply) => {
    const cors = corsHeaders(request.headers, deps.listen());
    reply.headers({ ...SECURITY_HEADERS, ...cors });
    guard.checkAccess(request);
    if (request.method === 'OPTIONS' && 'access-control-allow-origin' in cors) await reply.code(204).send();
  });
  app.addHook('onClose', async () => live.close());

  await describeRoutes(app, deps.version);
  healthRoutes(app, deps);
  await app.register(
    async (api: App) => {
      aboutRoute(api, deps, guard);
      feedbackRoutes(api, deps, guard);
      await api.register(async (guarded: App) => {
        guarded.addHook('onRequest', async (request, reply) => {
          reply.header('cache-control', 'no-store');
          guard.checkAdmin(request);
        });
        machineRoute(guarded, deps);
        engineRoute(guarded, deps);
        cacheRoutes(guarded, deps);
        compressRoutes(guarded, deps);
        documentRoutes(guarded, deps);
        exampleRoutes(guarded, deps);
        budgetRoutes(guarded, deps);
        batchRoutes(guarded, deps);
        callRoutes(guarded, deps, live);
        reportRoutes(guarded, deps);
        keyRoutes(guarded, deps);
        routeRoutes(guarded, deps);
      });
    },
    { prefix: '/api/v1' },
  );
  await serveDashboard(app, deps.webRoot);
  await app.ready();
  return app;
}
