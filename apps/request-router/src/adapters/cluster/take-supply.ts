// The worker's side: takes policies and keys as they are passed on, and says what is in force.
import { keyPublished } from '@weir/contracts';
import { type InForce } from '../../domain/in-force';
import { type FollowKeys } from '../../follow-keys';
import { type FollowPolicy } from '../../follow-policy';
import { type Peer } from './peer';
import { type PassedPolicy, type Topic } from './supply-workers';

/** Resolves when this worker may serve: it has what its router serves by. */
export function takeSupply(
  primary: Peer,
  policies: FollowPolicy,
  keys: FollowKeys | undefined,
  inForce: () => InForce,
): Promise<void> {
  const say = (): void => primary.tell('in-force', inForce());
  let begun = false;
  policies.onChange(() => begun && say());
  primary.onTell('policy', (body) => {
    const { bytes, source } = body as PassedPolicy;
    policies.receive(bytes, source);
  });
  primary.onTell('key', (body) => keys?.put(keyPublished.decode(body as Buffer), body as Buffer));
  primary.onTell('caught-up', (body) => {
    if ((body as Topic) === 'keys') keys?.settle();
    else policies.settle();
  });
  return new Promise((resolve) => {
    primary.onTell('serve', () => resolve());
    primary.onTell('all-passed', () => {
      begun = true;
      say();
    });
  });
}
