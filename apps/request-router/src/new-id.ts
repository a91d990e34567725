// Ids of predictions and of their records: UUIDv7. Random numbers are fetched a thousand at a time: by eights, as the library has it,
// fetching took longer than all the rest of an id.
import { V7Generator } from 'uuidv7';
import { randomFillSync } from 'node:crypto';

const numbers = new Uint32Array(1_024);
let used = numbers.length;

const generator = new V7Generator({ nextUint32 });

/** Greater than every one before it of this process. */
export function newId(): string {
  return generator.generate().toString();
}

function nextUint32(): number {
  if (used === numbers.length) {
    randomFillSync(numbers);
    used = 0;
  }
  return numbers[used++] as number;
}
