// /api/openapi.json, and /api/docs: Swagger's page with its assets from this machine, none from elsewhere.
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OpenApiDocument } from './openapi';

const assets = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
] as const;

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Weir</title><link rel="stylesheet" href="/api/docs/swagger-ui.css">
<div id="page"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></html>`;

const start = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#page', persistAuthorization: true, tryItOutEnabled: true });`;

/** Beside Nest, public: the document holds no secret, and a page cannot send a key before it is there. */
export function serveDocs(app: NestFastifyApplication, document: OpenApiDocument): void {
  const fastify = app.getHttpAdapter().getInstance();
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  fastify.get('/api/openapi.json', (_, reply) => reply.send(document));
  fastify.get('/api/docs', (_, reply) => reply.type('text/html; charset=utf-8').send(page));
  fastify.get('/api/docs/start.js', (_, reply) => reply.type('text/javascript; charset=utf-8').send(start));
  for (const [file, type] of assets) {
    const body = readFileSync(join(folder, file));
    fastify.get(`/api/docs/${file}`, (_, reply) => reply.type(type).header('cache-control', 'max-age=3600').send(body));
  }
}
