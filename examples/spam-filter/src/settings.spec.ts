// What the driver can be told, and what it answers to nonsense.
import { readSettings } from './settings';

const env = {
  WEIR_ROUTER: 'http://127.0.0.1:8080, http://127.0.0.1:8090/',
  WEIR_COLLECTOR: 'http://127.0.0.1:8081',
  WEIR_CONTROLLER: 'http://127.0.0.1:8082',
  WEIR_API_KEY: 'weir_a_b',
  KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
};

describe('readSettings', () => {
  it('reads addresses, several routers and brokers included', () => {
    expect(readSettings([], env)).toMatchObject({
      routers: ['http://127.0.0.1:8080', 'http://127.0.0.1:8090'],
      kafka: { brokers: ['127.0.0.1:9092', '127.0.0.1:9093'], topicPrefix: '' },
      servers: { WEIR_EXAMPLE_V1: 'http://127.0.0.1:9101' },
      once: false,
      ratePerSecond: 100,
      producerAuth: false,
    });
  });

  it('reads flags', () => {
    expect(readSettings(['--once', '--only', 'canary', '--rate', '20', '--seed', '9'], env)).toMatchObject({
      once: true,
      ratePerSecond: 20,
      seed: 9,
    });
  });

  it('goes without Kafka', () => {
    expect(readSettings([], { ...env, KAFKA_BROKERS: undefined }).kafka).toBeUndefined();
  });

  it('names all faults at once', () => {
    const faults = () => readSettings(['--rate', 'fast', '--only', 'roulette'], { WEIR_ROUTER: 'nowhere' });
    for (const name of [/WEIR_ROUTER/, /WEIR_COLLECTOR/, /WEIR_CONTROLLER/, /WEIR_API_KEY/, /rate/, /only/])
      expect(faults).toThrow(name);
  });

  it('refuses a flag that it does not know', () => {
    expect(() => readSettings(['--twice'], env)).toThrow(/--twice/);
  });
});
