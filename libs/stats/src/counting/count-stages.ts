// Units by the stages of a prediction's way, each at its first: assigned to an arm, answered by anyone. Counted with an outcome: countValue.
import { sumsFor, unitFor, type Book, type Exposure } from './book';
import { type Sums } from './sums';
import { type UnitState } from './unit-state';

/** Marks of units that are not at the usual place; what is usual costs no room. */
const left = '#left';
const unanswered = '#unanswered';

/** By the second, since the epoch, in which the arm was chosen; absent: nobody knows, and nothing is told. */
type Second = number | undefined;

/** The caller left: its unit was assigned to the arm, and that is all there is to count of it. */
export function countLeft(book: Book, exposure: Exposure, decidedSecond: Second): void {
  const unit = unitFor(book, exposure);
  if (unit && (isExposed(unit) || unit.once.includes(left))) return;
  unit?.once.push(left);
  const sums = sumsFor(book, exposure, 'error-rate');
  sums.assigned = noted(sums.assigned, decidedSecond);
}

/** Called once for each prediction that counts. @param isFirst the unit's first that does; a prediction without a unit always is. */
export function countWay(
  unit: UnitState | undefined,
  sums: Sums,
  { isFirst, isAnswered, decidedSecond }: { isFirst: boolean; isAnswered: boolean; decidedSecond: Second },
): void {
  if (decidedSecond !== undefined) {
    // there from the first prediction on: what is not told would else be taken for what nobody tells
    sums.assigned ??= {};
    sums.answered ??= {};
  }
  if (isFirst && !unit?.once.includes(left)) sums.assigned = noted(sums.assigned, decidedSecond);
  const waits = unit?.once.includes(unanswered) ?? false;
  if (isAnswered && (isFirst || waits)) {
    sums.answered = noted(sums.answered, decidedSecond);
    if (unit && waits) unit.once = unit.once.filter((mark) => mark !== unanswered);
  } else if (isFirst) unit?.once.push(unanswered);
}

/** One more unit in this second. */
export function noted(counts: Record<string, number> | undefined, second: Second): Record<string, number> | undefined {
  if (second === undefined) return counts;
  const noting = counts ?? {};
  noting[second] = (noting[second] ?? 0) + 1;
  return noting;
}

function isExposed({ once }: UnitState): boolean {
  return once.includes('#exposure');
}
