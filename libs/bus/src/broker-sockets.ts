// The sockets of one client, so that a connection on which a request was never answered can be cut and made anew.
import { connect as tcp, type Socket } from 'node:net';

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

const keepAliveMs = 60_000;

/** kafkajs goes on using a connection that has fallen silent (a broker's host that vanished), and times out again and again. */
export class BrokerSockets {
  private readonly sockets = new Map<string, Set<Socket>>();

  constructor(private readonly connect: (target: SocketTarget) => Socket = openTcp) {}

  readonly open = ({ host, port, onConnect }: SocketTarget): Socket => {
    const socket = this.connect({ host, port, onConnect });
    const broker = `${host}:${port}`;
    const ofBroker = this.sockets.get(broker) ?? new Set();
    this.sockets.set(broker, ofBroker.add(socket));
    socket.once('close', () => ofBroker.delete(socket));
    return socket;
  };

  cut(broker: string): void {
    for (const socket of this.sockets.get(broker) ?? [])
      socket.destroy(Object.assign(new Error('a request was not answered'), { code: 'ETIMEDOUT' }));
  }
}

function openTcp({ host, port, onConnect }: SocketTarget): Socket {
  const socket = tcp({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  socket.setNoDelay(true);
  return socket;
}
