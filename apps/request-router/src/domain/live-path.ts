// The paths of the live side: which call of the Open Inference Protocol, on which model.
export type LiveCall =
  | { readonly kind: 'server' }
  | { readonly kind: 'server-live' }
  | { readonly kind: 'server-ready' }
  | { readonly kind: 'metadata'; readonly model: string; readonly version: string | undefined }
  | { readonly kind: 'ready'; readonly model: string; readonly version: string | undefined }
  | { readonly kind: 'infer'; readonly model: string; readonly version: string | undefined }
  | { readonly kind: 'decide'; readonly model: string }
  | { readonly kind: 'served'; readonly model: string }
  | { readonly kind: 'raw'; readonly model: string; readonly path: string }
  | { readonly kind: 'malformed'; readonly problem: string }
  | { readonly kind: 'unknown' };

export function isLivePath(url: string): boolean {
  return url.startsWith('/v2/') || url.startsWith('/models/') || url === '/v2' || url.startsWith('/v2?');
}

export function parseLivePath(url: string): LiveCall {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (path.startsWith('/models/')) return parseRawPath(path, query < 0 ? '' : url.slice(query));
  const segments = decodeSegments(path);
  if (!segments) return { kind: 'malformed', problem: 'the path is not percent-encoded UTF-8' };
  const [, room, ...rest] = segments;
  if (room === undefined || (room === '' && rest.length === 0)) return { kind: 'server' };
  if (room === 'health') return parseHealthPath(rest);
  return room === 'models' ? parseModelPath(rest) : { kind: 'unknown' };
}

function parseHealthPath(rest: readonly string[]): LiveCall {
  if (rest.length === 1 && rest[0] === 'live') return { kind: 'server-live' };
  return rest.length === 1 && rest[0] === 'ready' ? { kind: 'server-ready' } : { kind: 'unknown' };
}

function parseModelPath([model, ...rest]: readonly string[]): LiveCall {
  if (!model) return { kind: 'malformed', problem: 'the path names no model' };
  const pinned = rest[0] === 'versions';
  const version = pinned ? rest[1] : undefined;
  if (pinned && !version) return { kind: 'malformed', problem: 'the path names no version' };
  const [verb, ...more] = pinned ? rest.slice(2) : rest;
  if (more.length > 0) return { kind: 'unknown' };
  if (verb === undefined) return { kind: 'metadata', model, version };
  if (verb === 'infer') return { kind: 'infer', model, version };
  return verb === 'ready' ? { kind: 'ready', model, version } : { kind: 'unknown' };
}

/** What follows the model goes to the server as it was written. */
function parseRawPath(path: string, query: string): LiveCall {
  const [, , encoded = '', ...rest] = path.split('/');
  const segments = decodeSegments(path);
  const model = segments?.[1];
  if (!segments || !model || !encoded) return { kind: 'malformed', problem: 'the path names no model' };
  if (segments.some((segment) => segment === '..' || segment === '.'))
    return { kind: 'malformed', problem: 'the path climbs' };
  const [verb] = rest;
  if (rest.length === 1 && (verb === 'decide' || verb === 'served')) return { kind: verb, model };
  return { kind: 'raw', model, path: `/${rest.join('/')}${query}` };
}

/** The segments behind the first slash; undefined when one is not percent-encoded UTF-8. */
function decodeSegments(path: string): readonly string[] | undefined {
  const segments = path.slice(1).split('/');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
