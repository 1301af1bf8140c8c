import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { JsonObject } from '../core/json.ts';
import type { App } from './app-type.ts';
import { withoutUnusedSchemas } from './openapi-components.ts';

/** Serves the description of the routes that are registered after it: `/api/openapi.json`, and a page to try them. */
export async function describeRoutes(app: App, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'infinite-llm',
        description:
          'The management API of the gateway: what calls cost and why, and the keys to make them with.',
        version,
      },
      components: {
        securitySchemes: {
          adminKey: { type: 'http', scheme: 'bearer', description: 'An admin key, once one exists.' },
        },
      },
      security: [{ adminKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) =>
      withoutUnusedSchemas(jsonSchemaTransformObject(input) as JsonObject) as ReturnType<
        typeof jsonSchemaTransformObject
      >,
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/api/docs', uiConfig: { validatorUrl: null } });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
