// What a version's answer is worth: the one place that says what an error is.
import { type ArmStatus } from '@weir/contracts';
import { type Answered, type ModelAnswer } from '@weir/open-inference';

/**
 * `strict`: also a success whose body is not what the protocol promises is an error. Asked for in rollouts, of every arm alike:
 * a candidate must not be judged by another rule than stable.
 */
export function judgeAnswer(answer: ModelAnswer, strict: boolean): ArmStatus {
  if (answer.kind === 'answered') {
    if (answer.status >= 500 || answer.status === 429) return 'error';
    return strict && !keepsItsPromise(answer) ? 'error' : 'ok';
  }
  return answer.cause === 'broken' || answer.cause === 'too-large' ? 'error' : answer.cause;
}

/** Above this only the first and the last character are looked at: parsing would hold up everybody else. */
const parseAtMostBytes = 256 * 1024;

function keepsItsPromise({ status, headers, body }: Answered): boolean {
  if (status < 200 || status > 299) return true;
  // the binary extension, and compressed bytes, cannot be judged from here
  if (headers['inference-header-content-length'] !== undefined || headers['content-encoding'] !== undefined)
    return true;
  if (String(headers['content-type'] ?? '').startsWith('application/octet-stream')) return true;
  if (body.length > parseAtMostBytes) return body[0] === 0x7b && body[body.length - 1] === 0x7d;
  return isJsonObject(body);
}

function isJsonObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
