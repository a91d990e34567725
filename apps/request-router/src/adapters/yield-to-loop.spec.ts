// Run in a process of its own: a priority that was given up does not come back.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const loader = join(__dirname, '..', '..', '..', '..', 'libs', 'bus', 'src', 'load-typescript.fixture.cjs');
const program = `
  require(${JSON.stringify(join(__dirname, 'yield-to-loop.ts'))}).yieldToLoop();
  const { readdirSync, readFileSync } = require('node:fs');
  const niceness = (thread) => Number(readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
  const threads = readdirSync('/proc/self/task');
  console.log(JSON.stringify({
    loop: niceness(process.pid),
    others: threads.filter((thread) => thread !== String(process.pid)).map(niceness),
  }));
`;
const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('leaves the loop its priority and takes some from the threads beside it', () => {
  const text = execFileSync(process.execPath, ['-r', loader, '-e', program], { encoding: 'utf8' });
  const { loop, others } = JSON.parse(text) as { loop: number; others: number[] };
  expect(others.length).toBeGreaterThan(0);
  expect(Math.min(...others)).toBe(Math.min(19, loop + 5));
});
