// Ctrl-C, SIGTERM, SIGHUP, a closed terminal and the death of npm: all become one request to stop.
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const parentCheckMs = 1_000;

export function stopRequests() {
  const controller = new AbortController();
  const stop = (signal) =>
    controller.abort(
      Object.assign(new Error(`stopped by ${signal}`), { name: 'Stopped', signal, signalNumber: numbers[signal] }),
    );
  for (const signal of Object.keys(numbers)) process.on(signal, () => stop(signal));
  // a reader that went away (npm start | head) is a closed terminal
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop('SIGHUP'));
  if (process.env.npm_lifecycle_event) watchParent(process.ppid, stop);
  return controller.signal;
}

/** npm does not always hand on the signal that ends it, and cannot when killed with -9. */
function watchParent(parent, stop) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop('SIGHUP');
  }, parentCheckMs);
  timer.unref();
}
