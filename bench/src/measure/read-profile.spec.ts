import { ownerOf, sharesOf } from './read-profile';

describe('a CPU profile', () => {
  it('knows whose code a function is', () => {
    const urls = ['file:///w/node_modules/undici/lib/x.js', 'file:///w/node_modules/@a/b/x.js', 'node:net', ''];
    expect(urls.map((url) => ownerOf(url, 'f'))).toEqual(['undici', '@a/b', 'node', 'native']);
    expect(ownerOf('file:///w/apps/request-router/dist/main.js', 'f')).toBe('apps/request-router');
    expect(ownerOf('', '(garbage collector)')).toBe('(garbage collector)');
  });

  it('shares out the time that was not idle', () => {
    const callFrame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 });
    const { functions, owners } = sharesOf({
      nodes: [
        { id: 1, callFrame: callFrame('(idle)', '') },
        { id: 2, callFrame: callFrame('a', 'node:net') },
        { id: 3, callFrame: callFrame('b', 'node:fs') },
      ],
      samples: [1, 2, 3, 3],
      timeDeltas: [1_000, 10, 20, 10],
    });
    expect(functions.map(({ name, share }) => [name, share])).toEqual([
      ['node node:fs b:1', 0.75],
      ['node node:net a:1', 0.25],
    ]);
    expect(owners).toEqual([{ name: 'node', share: 1 }]);
  });
});
