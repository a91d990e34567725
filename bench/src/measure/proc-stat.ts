// What Linux counts: /proc/stat for the machine, /proc/<pid>/stat for a process (proc(5)). Times in ticks of 1/100 s.

export const ticksPerSecond = 100;

export interface MachineTicks {
  /** Spent in programs and, for them, in the kernel; interrupts are nobody's and left out. */
  readonly work: number;
  /** Taken by other guests of the host. */
  readonly steal: number;
}

export interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** Of all its threads. */
  readonly own: number;
  /** Of its children that have ended and were waited for. */
  readonly reaped: number;
  readonly residentPages: number;
}

/** @throws Error where the text has no line for all cores together. */
export function parseMachine(text: string): MachineTicks {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error('/proc/stat has no line of all cores');
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.split(' ').map(Number);
  return { work: user + nice + system, steal };
}

/** The name of a program may hold blanks and brackets: the fields count from the last one. */
export function parseProcess(text: string): ProcessTicks {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number(text.slice(0, text.indexOf(' '))),
    parent: field(4),
    own: field(14) + field(15),
    reaped: field(16) + field(17),
    residentPages: field(24),
  };
}

/** `0-2,4` as 0, 1, 2, 4: the form of Cpus_allowed_list. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
