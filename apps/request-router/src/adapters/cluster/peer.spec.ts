// Telling and asking between two processes.
import { Peer } from './peer';
import { portPair } from './port-pair.fixture';

describe('Peer', () => {
  const pair = () => {
    const [a, b] = portPair();
    return [new Peer(a), new Peer(b)] as const;
  };

  it('tells in order, and gives each question its own answer', async () => {
    const [here, there] = pair();
    const heard: unknown[] = [];
    there.onTell('news', (body) => heard.push(body));
    there.onAsk('double', (body) => Promise.resolve(Number(body) * 2));
    here.tell('news', 1);
    here.tell('news', { bytes: Buffer.from('x') });
    expect(await Promise.all([here.ask('double', 2, 30_000), here.ask('double', 3, 30_000)])).toEqual([4, 6]);
    expect(heard).toEqual([1, { bytes: Buffer.from('x') }]);
  });

  it('gives up a question that is not answered: nobody listens, or the listener fails', async () => {
    const [here, there] = pair();
    there.onAsk('fails', () => Promise.reject(new Error('no')));
    await expect(here.ask('nobody', 1, 20)).rejects.toThrow('no answer to nobody within 20 ms');
    await expect(here.ask('fails', 1, 20)).rejects.toThrow('no answer');
  });

  it('passes over messages that are not its own', () => {
    const listeners: ((message: unknown) => void)[] = [];
    new Peer({ send: () => undefined, onMessage: (listener) => listeners.push(listener) });
    for (const message of [null, 'x', 7, {}, { tell: 'unheard' }, { answer: 9 }]) listeners[0]?.(message);
    expect(listeners).toHaveLength(1);
  });
});
