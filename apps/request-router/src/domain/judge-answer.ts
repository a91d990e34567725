// What a version's answer is worth: the one place that says what an error is.
import { type ArmStatus } from '@weir/contracts';
import { type Answered, type ModelAnswer } from '@weir/open-inference';

export interface Judgement {
  readonly status: ArmStatus;
  /** The body was read as JSON and is one object: nobody has to read it again to know that. */
  readonly isJson: boolean;
}

/**
 * `strict`: also a success whose body is not what the protocol promises is an error. Asked for in rollouts, of every arm alike:
 * a candidate must not be judged by another rule than stable.
 */
export function judgeAnswer(answer: ModelAnswer, strict: boolean): Judgement {
  if (answer.kind === 'failed')
    return answer.cause === 'broken' || answer.cause === 'too-large' ? failed : { status: answer.cause, isJson: false };
  if (answer.status >= 500 || answer.status === 429) return failed;
  if (!strict || !hasToBeJson(answer)) return sound;
  const { body } = answer;
  if (body.length > parseAtMostBytes) return body[0] === 0x7b && body[body.length - 1] === 0x7d ? sound : failed;
  return isJsonObject(body) ? soundJson : failed;
}

const failed: Judgement = { status: 'error', isJson: false };
const sound: Judgement = { status: 'ok', isJson: false };
const soundJson: Judgement = { status: 'ok', isJson: true };

/** Above this only the first and the last character are looked at: parsing would hold up everybody else. */
const parseAtMostBytes = 256 * 1024;

/** By the protocol, and as far as it can be judged from here: not the binary extension, nor compressed bytes. */
function hasToBeJson({ status, headers }: Answered): boolean {
  if (status < 200 || status > 299) return false;
  if (headers['inference-header-content-length'] !== undefined || headers['content-encoding'] !== undefined)
    return false;
  return !String(headers['content-type'] ?? '').startsWith('application/octet-stream');
}

function isJsonObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
