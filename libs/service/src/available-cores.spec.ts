// The number of cores under affinity and control groups.
import { availableCores } from './available-cores';

const reading = (files: Record<string, string>) => (path: string) => files[path];

describe('availableCores', () => {
  it('is what the affinity mask leaves where no group limits it', () => {
    expect(availableCores(8, reading({}))).toBe(8);
    expect(
      availableCores(8, reading({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' })),
    ).toBe(8);
  });

  it.each([
    ['150000 100000\n', 1],
    ['200000 100000\n', 2],
    ['20000 100000\n', 1],
    ['1600000 100000\n', 8],
  ])('is at most the quota %j of the group, in whole cores and at least one', (quota, cores) => {
    expect(availableCores(8, reading({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': quota }))).toBe(cores);
  });

  it('takes the least of all groups above the process', () => {
    const files = {
      '/proc/self/cgroup': '0::/pod/container\n',
      '/sys/fs/cgroup/pod/container/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/pod/cpu.max': '300000 100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    };
    expect(availableCores(8, reading(files))).toBe(3);
  });

  it('knows the quotas of the first version of control groups', () => {
    const files = {
      '/proc/self/cgroup': '4:memory:/a\n3:cpu,cpuacct:/a\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
    };
    expect(availableCores(8, reading(files))).toBe(2);
    expect(availableCores(8, reading({ ...files, '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '-1\n' }))).toBe(8);
  });

  it('passes over what it cannot read', () => {
    expect(availableCores(4, reading({ '/proc/self/cgroup': 'x', '/sys/fs/cgroup/cpu.max': 'what' }))).toBe(4);
    expect(availableCores()).toBeGreaterThanOrEqual(1);
  });
});
