// How many cores this process may use: the affinity mask, and what the control groups above it allow.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Reads a file as text; undefined where it is not there. */
type Read = (path: string) => string | undefined;

const root = '/sys/fs/cgroup';

/**
 * Whole cores, at least 1. A quota of 1.5 cores is 1: two busy processes would be throttled at every period. libuv before 1.49 (Node 20)
 * knows only the affinity mask, so the quotas of cgroup v2 and v1 are read here.
 */
export function availableCores(parallelism = availableParallelism(), read: Read = readText): number {
  return Math.max(1, Math.floor(Math.min(parallelism, quotaOf(read))));
}

function quotaOf(read: Read): number {
  const groups = read('/proc/self/cgroup') ?? '';
  const unified = /^0::(.*)$/m.exec(groups)?.[1] ?? '/';
  const v1 = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1] ?? '/';
  const quotas = [
    ...upwards(unified).map((path) => v2Quota(read(join(root, path, 'cpu.max')))),
    ...upwards(v1).map((path) =>
      v1Quota(read(join(root, 'cpu', path, 'cpu.cfs_quota_us')), read(join(root, 'cpu', path, 'cpu.cfs_period_us'))),
    ),
  ];
  return Math.min(Infinity, ...quotas);
}

/** A group's limit holds for all below it. Inside a container the path may be the host's, and only the root is there. */
function upwards(path: string): string[] {
  return path === '/' || path === '.' ? ['/'] : [path, ...upwards(dirname(path))];
}

/** `max 100000` or `150000 100000`. */
function v2Quota(text: string | undefined): number {
  const [quota, period] = (text ?? '').trim().split(' ');
  return ratio(Number(quota), Number(period));
}

function v1Quota(quota: string | undefined, period: string | undefined): number {
  return ratio(Number(quota), Number(period));
}

function ratio(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
