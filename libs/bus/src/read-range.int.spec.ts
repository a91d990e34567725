// An auditor's read against a real broker.
import { outcomeReported } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { FaultyNetwork } from './faulty-network.fixture';
import { endsOfTopic, readRange } from './read-range';
import { RealBus } from './real-bus.fixture';

const { topic } = outcomeReported;
const outcomeOf = (id: string) => ({ key: id, value: JSON.stringify({ predictionId: id, metric: 'm', value: true }) });

describe('readRange', () => {
  let bus: RealBus;
  const readFrom = async (from: Awaited<ReturnType<typeof endsOfTopic>>) => {
    const seen: (string | null)[] = [];
    await readRange(bus.options, outcomeReported, from, (event) => seen.push(event?.predictionId ?? null));
    return seen.sort();
  };

  beforeAll(async () => {
    bus = await RealBus.open();
    await bus.makeTopics();
  });
  afterAll(() => bus.close());

  it('gives nothing of a topic that is empty', async () => {
    expect(await readFrom(await endsOfTopic(bus.options, topic))).toEqual([]);
  });

  it('gives what was written after the positions, of every partition, and nothing before', async () => {
    await bus.sendRaw(topic, ['a', 'b', 'c'].map(outcomeOf));
    const from = await endsOfTopic(bus.options, topic);
    await bus.sendRaw(topic, ['d', 'e', 'f', 'g'].map(outcomeOf));
    expect(await readFrom(from)).toEqual(['d', 'e', 'f', 'g']);
    expect(await readFrom(new Map())).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('gives null for what cannot be decoded', async () => {
    const from = await endsOfTopic(bus.options, topic);
    await bus.sendRaw(topic, [{ key: 'x', value: '{' }]);
    expect(await readFrom(from)).toEqual([null]);
  });

  it('leaves no group behind', async () => {
    const { groups } = await bus.admin.listGroups();
    expect(groups.filter(({ groupId }) => groupId.includes(bus.options.clientId))).toEqual([]);
  });

  it('ends, and holds no connection, when the brokers go while it reads', async () => {
    const network = new FaultyNetwork();
    const from = await endsOfTopic(bus.options, topic);
    await bus.sendRaw(topic, ['h', 'i', 'j'].map(outcomeOf));
    const options = { ...bus.options, connect: network.connect };
    let reached = 0;
    const cut = () => {
      reached += network.connections;
      network.cut();
      throw new Error('nor is this batch handled');
    };
    await expect(readRange(options, outcomeReported, from, cut)).rejects.toThrow();
    expect(reached).toBeGreaterThan(0);
    await eventually(() => network.connections === 0);
  }, 90_000);
});
