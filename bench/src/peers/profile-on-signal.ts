// Loaded before the router's own program (--require): one SIGUSR2 starts the profiler, the next writes what it saw.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const session = new Session();
let running = false;

process.on('SIGUSR2', () => {
  running = !running;
  if (running) {
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: 250 });
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, result) => {
    if (error) console.error(error);
    else writeFileSync(process.env['BENCH_PROFILE'] ?? 'router.cpuprofile', JSON.stringify(result.profile));
    session.disconnect();
  });
});
