// Every path of the protocol, and those that only look like one.
import { isLivePath, parseLivePath } from './live-path';

describe('the paths of the live side', () => {
  it.each([
    ['/v2', { kind: 'server' }],
    ['/v2/', { kind: 'server' }],
    ['/v2?x=1', { kind: 'server' }],
    ['/v2/health/live', { kind: 'server-live' }],
    ['/v2/health/ready', { kind: 'server-ready' }],
    ['/v2/health/ready?a', { kind: 'server-ready' }],
    ['/v2/health', { kind: 'unknown' }],
    ['/v2/health/ready/now', { kind: 'unknown' }],
    ['/v2/repository/index', { kind: 'unknown' }],
    ['/v2/models/m', { kind: 'metadata', model: 'm', version: undefined }],
    ['/v2/models/m/ready', { kind: 'ready', model: 'm', version: undefined }],
    ['/v2/models/m/infer', { kind: 'infer', model: 'm', version: undefined }],
    ['/v2/models/m/infer?verbose=1', { kind: 'infer', model: 'm', version: undefined }],
    ['/v2/models/m/versions/v2', { kind: 'metadata', model: 'm', version: 'v2' }],
    ['/v2/models/m/versions/v2/ready', { kind: 'ready', model: 'm', version: 'v2' }],
    ['/v2/models/m/versions/v2/infer', { kind: 'infer', model: 'm', version: 'v2' }],
    ['/v2/models/spam%2Dfilter/infer', { kind: 'infer', model: 'spam-filter', version: undefined }],
    ['/v2/models/m/infer/', { kind: 'unknown' }],
    ['/v2/models/m/generate', { kind: 'unknown' }],
    ['/v2/models/m/versions/v2/infer/x', { kind: 'unknown' }],
    ['/v2/models/m/versions', { kind: 'malformed' }],
    ['/v2/models/m/versions//infer', { kind: 'malformed' }],
    ['/v2/models', { kind: 'malformed' }],
    ['/v2/models//infer', { kind: 'malformed' }],
    ['/v2/models/%/infer', { kind: 'malformed' }],
    ['/v2/models/%ff%fe/infer', { kind: 'malformed' }],
    ['/models/llm/v1/chat/completions?x=1', { kind: 'raw', model: 'llm', path: '/v1/chat/completions?x=1' }],
    ['/models/llm/a%2Fb', { kind: 'raw', model: 'llm', path: '/a%2Fb' }],
    ['/models/llm', { kind: 'raw', model: 'llm', path: '/' }],
    ['/models/', { kind: 'malformed' }],
    ['/models/llm/../secrets', { kind: 'malformed' }],
    ['/models/llm/%2e%2e/secrets', { kind: 'malformed' }],
  ])('%s', (url, call) => {
    expect(isLivePath(url)).toBe(true);
    expect(parseLivePath(url)).toMatchObject(call);
  });

  it.each(['/', '/livez', '/readyz', '/metrics', '/v20', '/v2x/models', '/model/m', '/api/v2/models'])(
    'leaves %s to others',
    (url) => {
      expect(isLivePath(url)).toBe(false);
    },
  );
});
