// The environment: defaults, and every fault at once.
import { readConfig } from './config';

const least = { KAFKA_BROKERS: 'k1:9092, k2:9092' };

describe("the router's configuration", () => {
  it('asks for brokers and defaults the rest to production', () => {
    expect(readConfig(least)).toMatchObject({
      port: 8080,
      brokers: ['k1:9092', 'k2:9092'],
      producerAuth: 'required',
      durable: false,
      replyTopics: ['weir.reply.*'],
      egress: { allowLoopback: false, only: undefined },
      modelClient: 'direct',
    });
  });

  it('opens the local profile: no keys, loopback allowed', () => {
    expect(readConfig({ ...least, WEIR_PROFILE: 'local' })).toMatchObject({
      producerAuth: 'off',
      egress: { allowLoopback: true },
    });
    expect(readConfig({ ...least, WEIR_PROFILE: 'local', WEIR_PRODUCER_AUTH: 'required' }).producerAuth).toBe(
      'required',
    );
  });

  it('reads lists and switches', () => {
    const config = readConfig({
      ...least,
      WEIR_EVENTS: 'durable',
      WEIR_REPLY_TOPICS: 'a, b.*',
      WEIR_EGRESS_ALLOW: '10.0.0.0/8,models',
    });
    expect(config).toMatchObject({
      durable: true,
      replyTopics: ['a', 'b.*'],
      egress: { only: ['10.0.0.0/8', 'models'] },
    });
  });

  it('gathers secrets by their variables, and knows where their files are', () => {
    const config = readConfig({ ...least, WEIR_SECRETS_DIR: '/run/secrets', WEIR_SECRET_SPAM: 'abc' });
    expect(config).toMatchObject({ secretsDirectory: '/run/secrets', secrets: { WEIR_SECRET_SPAM: 'abc' } });
  });

  it('names every fault at once', () => {
    const bad = {
      WEIR_MODEL_CA_FILE: '/nowhere/ca.pem',
      PORT: 'x',
      WEIR_EVENTS: 'never',
      WEIR_MODEL_CLIENT: 'curl',
      WEIR_EGRESS_ALLOW: '10.0.0.0/99',
      WEIR_MAX_IN_FLIGHT: '0',
    };
    for (const name of ['KAFKA_BROKERS', ...Object.keys(bad)]) expect(() => readConfig(bad)).toThrow(name);
  });
});
