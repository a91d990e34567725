// Bodies: JSON and YAML. The text is kept beside the value, because a parsed value no longer shows a field that was there twice.
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InvalidInputError } from '@weir/service';
import { parse } from 'yaml';

const listBodyBytes = 32 * 1024 ** 2; // 100,000 units of 256 characters
const samplesBodyBytes = 8 * 1024 ** 2; // 200,000 values on each side

/** Before the routes are registered. */
export function configureBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) =>
    finish(request, String(text), (body) => JSON.parse(body) as unknown, done),
  );
  const yaml = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];
  fastify.addContentTypeParser(yaml, { parseAs: 'string' }, (request, text, done) =>
    finish(request, String(text), (body) => parse(body, { maxAliasCount: 50, uniqueKeys: false }) as unknown, done),
  );
  fastify.addHook('onRoute', (route) => {
    if (route.url.includes('/lists/')) route.bodyLimit = listBodyBytes;
    if (route.url.includes('/analysis/')) route.bodyLimit = samplesBodyBytes;
  });
}

function finish(
  request: object,
  text: string,
  read: (text: string) => unknown,
  done: (error: Error | null, body?: unknown) => void,
): void {
  Object.assign(request, { text });
  if (text === '') return done(null, undefined);
  try {
    done(null, read(text));
  } catch {
    done(
      new InvalidInputError('invalid-body', [{ path: '', message: 'cannot be read as what its content type says' }]),
    );
  }
}
