// A manifest from the text of a body, YAML or JSON: what a schema cannot see is refused here, named by its path.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { formatPath, type Problem } from '@weir/contracts';
import { toDetails } from '@weir/service';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document } from 'yaml';
import { type z } from 'zod';
import { invalid } from '../../refusals';

type Path = readonly (string | number)[];

const deepest = 20;

const fromBody = createParamDecorator(({ schema }: { schema: z.ZodType }, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<{ text?: string; headers: Record<string, string | undefined> }>();
  const format = request.headers['content-type']?.includes('json') ? 'json' : 'yaml';
  return readManifest(request.text ?? '', format, schema);
});

/** `@Manifest(schema)`: the body of PUT /models and POST /rollouts. Wrapped: Nest takes what has a `transform` for a pipe. */
export const Manifest = (schema: z.ZodType): ParameterDecorator => fromBody({ schema });

/** @throws Refused invalid-manifest with every problem that can be seen at once. */
export function readManifest<T>(text: string, format: 'json' | 'yaml', schema: z.ZodType<T>): T {
  const document = readDocument(text);
  if (format === 'yaml') refuseIfAny(document.errors.map(({ message }) => ({ path: '', message: firstLine(message) })));
  refuseIfAny(repeatedKeys(document.contents, []));
  const value = format === 'json' ? readJson(text) : toValue(document);
  refuseIfAny(hostileParts(value, []));
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid('invalid-manifest', toDetails(parsed.error));
  return parsed.data;
}

function readDocument(text: string): Document {
  const documents = parseAllDocuments(text, { uniqueKeys: false, version: '1.2', schema: 'core', logLevel: 'error' });
  const [first, ...others] = Array.isArray(documents) ? documents : [];
  if (!first || others.length > 0) throw invalid('invalid-manifest', [{ path: '', message: 'one manifest a body' }]);
  return first;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('invalid-manifest', [{ path: '', message: 'is not JSON' }]);
  }
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch {
    throw invalid('invalid-manifest', [{ path: '', message: 'repeats itself by too many aliases' }]);
  }
}

/** JSON.parse keeps the last of two fields of one name in silence. */
function repeatedKeys(node: unknown, path: Path): Problem[] {
  if (path.length > deepest) return [];
  if (isSeq(node)) return node.items.flatMap((item, index) => repeatedKeys(item, [...path, index]));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    if (isAlias(key)) return [{ path: formatPath(path), message: 'an alias cannot be a field name' }];
    const own = String(isScalar(key) ? key.value : key);
    const at = [...path, own];
    const repeated = seen.has(own) ? [{ path: formatPath(at), message: 'is there twice' }] : [];
    seen.add(own);
    return [...repeated, ...repeatedKeys(value, at)];
  });
}

/** Zod drops __proto__ where a record may have any key; here it is refused wherever it stands. */
function hostileParts(value: unknown, path: Path): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > deepest) return [{ path: formatPath(path), message: `is nested deeper than ${deepest}` }];
  if (Array.isArray(value)) return value.flatMap((item, index) => hostileParts(item, [...path, index]));
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__'
      ? [{ path: formatPath([...path, key]), message: 'a reserved name' }]
      : hostileParts(inner, [...path, key]),
  );
}

function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid('invalid-manifest', problems.slice(0, 50));
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
