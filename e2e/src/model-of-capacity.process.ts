// A process with a model server that works on so many predictions at once, each for so long, and lets the others wait, as real ones do.
// It reads no more of HTTP than routers send, so that it takes next to nothing of a machine it shares with what is measured.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { type CapacityOptions } from './model-of-capacity';

const { atOnce, latencyMs } = JSON.parse(process.argv[2] ?? '{}') as CapacityOptions;
const body = '{"model_name":"spam","outputs":[{"name":"label","datatype":"BYTES","shape":[1],"data":["spam"]}]}';
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const waiting: Socket[] = [];
let working = 0;

function work(): void {
  while (working < atOnce && waiting.length > 0) {
    const socket = waiting.shift() as Socket;
    if (socket.destroyed) continue;
    working++;
    if (latencyMs === 0) done(socket);
    else setTimeout(() => done(socket), latencyMs);
  }
}

function done(socket: Socket): void {
  working--;
  socket.write(answer, 'latin1');
  work();
}

/** Bytes of the question at the beginning; undefined while it is not whole. */
function wholeBytes(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length < end + 4 + length ? undefined : end + 4 + length;
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (more: string) => {
    text += more;
    for (let bytes = wholeBytes(text); bytes !== undefined; bytes = wholeBytes(text)) {
      const isProbe = text.startsWith('GET ');
      text = text.slice(bytes);
      if (isProbe) socket.write(answer, 'latin1');
      else waiting.push(socket);
    }
    work();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(1));
