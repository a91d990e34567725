// A model server in a process of its own, so that what ails it does not burden whoever measures. Told by messages how to behave:
// {"kind": "answer" | "hang" | "garbage", "latencyMs"}. Prints its port.
import { createServer } from 'node:http';

let behaviour = { kind: 'answer', latencyMs: 0 };
process.on('message', (next) => (behaviour = next));
process.on('disconnect', () => process.exit());

const answer = JSON.stringify({
  model_name: 'm',
  outputs: [{ name: 'label', datatype: 'BYTES', shape: [1], data: ['spam'] }],
});

const server = createServer((request, response) => {
  const send = (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  if (request.method === 'GET') return send('{"name":"m","ready":true,"live":true}');
  request.resume();
  request.on('end', () => {
    if (behaviour.kind === 'hang') return;
    if (behaviour.kind === 'garbage') return send('<html>not what you asked for</html>');
    setTimeout(() => send(answer), behaviour.latencyMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => process.send(server.address().port));
