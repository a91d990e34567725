// Where the time of a CPU profile went, by function and by whose code it is.

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples?: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[];
}

export interface Share {
  readonly name: string;
  /** Of the time that was not idle, in [0, 1]. */
  readonly share: number;
}

const nobody = new Set(['(root)', '(idle)']);

/** The greatest first. */
export function sharesOf(profile: CpuProfile): { readonly functions: Share[]; readonly owners: Share[] } {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [functions, owners] = [new Map<string, number>(), new Map<string, number>()];
  let total = 0;
  profile.samples?.forEach((id, index) => {
    const frame = frames.get(id);
    const micros = profile.timeDeltas?.[index] ?? 0;
    if (!frame || nobody.has(frame.functionName)) return;
    total += micros;
    const owner = ownerOf(frame.url, frame.functionName);
    const name = `${owner} ${placeOf(frame.url)} ${frame.functionName || '(anonymous)'}:${frame.lineNumber + 1}`;
    functions.set(name, (functions.get(name) ?? 0) + micros);
    owners.set(owner, (owners.get(owner) ?? 0) + micros);
  });
  const ranked = (counts: ReadonlyMap<string, number>): Share[] =>
    [...counts].map(([name, micros]) => ({ name, share: micros / total })).sort((a, b) => b.share - a.share);
  return { functions: ranked(functions), owners: ranked(owners) };
}

/** A package of others, a project of ours, Node itself, or what V8 does by itself. */
export function ownerOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return 'node';
  const foreign = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return foreign ?? /\/((?:apps|libs)\/[^/]+|bench)\/dist\//.exec(url)?.[1] ?? 'other';
}

function placeOf(url: string): string {
  return url.split('/').slice(-2).join('/');
}
