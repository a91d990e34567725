import { type Admin, KafkaJSProtocolError } from 'kafkajs';
import { awaitLeaders } from './ensure-topics';

type Answer = Awaited<ReturnType<Admin['fetchTopicMetadata']>> | Error;

function refusal(type: string): Error {
  return Object.assign(new KafkaJSProtocolError(new Error(type)), { type });
}

function led(leader: number): Answer {
  return {
    topics: [{ name: 'a', partitions: [{ partitionErrorCode: 0, partitionId: 0, leader, replicas: [1], isr: [1] }] }],
  };
}

/** A broker that answers in this order. */
function broker(...answers: Answer[]) {
  const left = [...answers];
  const fetchTopicOffsets = () => {
    const next = left[0];
    if (!(next instanceof Error && next.message === 'NOT_LEADER_FOR_PARTITION')) return Promise.resolve([]);
    left.shift();
    return Promise.reject(next);
  };
  const fetchTopicMetadata = () => {
    const answer = left.shift();
    if (answer === undefined) throw new Error('asked too often');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { fetchTopicMetadata, fetchTopicOffsets, left };
}

describe('a topic that was created a moment ago', () => {
  it('is waited for while the broker has not heard of it, and while it has no leader', async () => {
    const { left, ...admin } = broker(
      refusal('UNKNOWN_TOPIC_OR_PARTITION'),
      refusal('LEADER_NOT_AVAILABLE'),
      led(-1),
      led(1),
    );
    await awaitLeaders(admin, ['a']);
    expect(left).toEqual([]);
  });

  it('is waited for while its leader does not serve it', async () => {
    const { left, ...admin } = broker(led(1), refusal('NOT_LEADER_FOR_PARTITION'), led(1));
    await awaitLeaders(admin, ['a']);
    expect(left).toEqual([]);
  });

  it('is not waited for when the broker refuses for another reason', async () => {
    await expect(awaitLeaders(broker(refusal('TOPIC_AUTHORIZATION_FAILED')), ['a'])).rejects.toThrow(
      'TOPIC_AUTHORIZATION_FAILED',
    );
  });
});
