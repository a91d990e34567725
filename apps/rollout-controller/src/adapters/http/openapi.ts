// The OpenAPI document, made of the declared routes and the zod schemas of @weir/contracts.
import { type Type } from '@nestjs/common';
import { errorBody } from '@weir/contracts';
import { z } from 'zod';
import { routesOf, type RouteSpec } from './route';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

export function openApi(controllers: readonly Type[]): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routesOf(controllers)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Weir: rollout controller', version: '1', description: 'Models, rollouts, keys, policy.' },
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'weir_<id>_<secret>' } },
      schemas: { Error: jsonSchema(errorBody, 'output') },
    },
  };
}

function operation(route: RouteSpec): unknown {
  const { summary, access, body } = route;
  const manifest = /^\/api\/v1\/(models\/:name|rollouts|rollouts\/plan)$/.test(route.path);
  const content = body && { schema: jsonSchema(body, 'input') };
  return {
    summary,
    operationId: `${route.method}${route.path.replace(/^\/$/, '/home').replace(/\W+(\w)/g, (_match, letter: string): string => letter.toUpperCase())}`,
    'x-weir-role': access,
    ...(access === 'public' ? {} : { security: [{ key: [] }] }),
    parameters: parametersOf(route),
    ...(content && {
      requestBody: {
        required: true,
        content: { 'application/json': content, ...(manifest ? { 'application/yaml': content } : {}) },
      },
    }),
    responses: responsesOf(route),
  };
}

function parametersOf({ path, query, repeatable }: RouteSpec): unknown[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries<z.ZodType>((query?.shape ?? {}) as Record<string, z.ZodType>).map(
    ([name, schema]) => ({
      name,
      in: 'query',
      schema: jsonSchema(schema, 'input'),
    }),
  );
  const header = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 255 } };
  return [...inPath, ...inQuery, ...(repeatable ? [header] : [])];
}

function responsesOf({ answers, access }: RouteSpec): Record<string, unknown> {
  const own = Object.entries(answers).map(([status, answer]): [string, unknown] => [
    status,
    typeof answer === 'string'
      ? { description: answer }
      : { description: 'as asked', content: { 'application/json': { schema: jsonSchema(answer, 'output') } } },
  ]);
  const error = {
    description: 'refused',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
  return { ...(access === 'public' ? {} : { 401: error, 403: error }), default: error, ...Object.fromEntries(own) };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _, ...rest }: Record<string, unknown> = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
