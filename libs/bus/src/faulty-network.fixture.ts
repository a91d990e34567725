// A network between a client and the brokers that specs break: refused, cut, or silent.
import { connect as tcp, Socket } from 'node:net';
import { type BusOptions } from './kafka-client';

type Weather = 'fine' | 'refused' | 'silent';

export class FaultyNetwork {
  private weather: Weather = 'fine';
  private readonly sockets = new Set<Socket>();

  readonly connect: NonNullable<BusOptions['connect']> = ({ host, port, onConnect }) => {
    if (this.weather === 'silent') return new Socket();
    const socket = this.weather === 'refused' ? tcp({ host, port: 1 }) : tcp({ host, port }, onConnect);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  };

  /** Connections that are open, or about to be. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Cuts every connection and lets none be made. */
  cut(): void {
    this.become('refused');
  }

  /** Bytes go nowhere, and nobody says so. */
  silence(): void {
    this.weather = 'silent';
    for (const socket of this.sockets) socket.pause();
  }

  /** Connections made from now on work; the silent ones stay silent. */
  speakAgain(): void {
    this.weather = 'fine';
  }

  mend(): void {
    this.become('fine');
  }

  private become(weather: Weather): void {
    this.weather = weather;
    for (const socket of this.sockets)
      socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    this.sockets.clear();
  }
}
