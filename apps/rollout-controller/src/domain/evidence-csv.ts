// Evidence rows as lines of CSV (RFC 4180): what docs/statistics.md, "Counting", says of each sum holds here under the same name.
import { type Evidence } from '@weir/contracts';

type Cell = string | number | boolean | null | undefined;
type Histogram = Readonly<Record<string, number>> | undefined;

/** Column by column. */
const columns: readonly (readonly [name: string, of: (row: Evidence) => Cell])[] = [
  ['rollout', ({ rollout }) => rollout],
  ['attempt', ({ attempt }) => attempt ?? 1],
  ['model', ({ model }) => model],
  ['stage', ({ stage }) => stage],
  ['step', ({ step }) => step],
  ['period', ({ period }) => period],
  ['epoch', ({ epoch }) => epoch],
  ['weightsBps', ({ weights }) => pairsOf(weights)],
  ['segment', ({ segment }) => segment && disarmed(segment)],
  ['arm', ({ arm }) => arm],
  ['metric', ({ metric }) => metric],
  ['windowIndex', ({ window }) => window.index],
  ['windowFrom', ({ window }) => window.from],
  ['windowTo', ({ window }) => window.to],
  ['windowRows', ({ window }) => window.rows],
  ['sequence', ({ sequence }) => sequence],
  ['final', ({ final }) => final],
  ['n', ({ n }) => n],
  ['sum', ({ sum }) => sum],
  ['sumSquares', ({ sumSquares }) => sumSquares],
  ['newUnits', ({ newUnits }) => newUnits],
  ['stepUnits', ({ stepUnits }) => stepUnits],
  ...scope('once', ({ once }) => once),
  ...scope('inPeriod', ({ inPeriod }) => inPeriod),
  ...(['n', 'y', 'd', 'yy', 'yd', 'dd', 'x', 'xx', 'xy', 'xd'] as const).map(
    (sum) => [`unitSums.${sum}`, ({ unitSums }: Evidence): Cell => unitSums[sum]] as const,
  ),
  ...(['pinned', 'excluded', 'cancelled', 'missing', 'late'] as const).map(
    (reason) => [`excluded.${reason}`, ({ excluded }: Evidence): Cell => excluded[reason]] as const,
  ),
];

function scope(name: string, of: (row: Evidence) => Evidence['once']) {
  return [
    [`${name}.n`, (row: Evidence): Cell => of(row).n],
    [`${name}.sum`, (row: Evidence): Cell => of(row).sum],
    [`${name}.sumSquares`, (row: Evidence): Cell => of(row).sumSquares],
    [`${name}.histogram`, (row: Evidence): Cell => pairsOf(of(row).histogram)],
  ] as const;
}

export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

export function csvLine(row: Evidence): string {
  return `${columns.map(([, of]) => cell(of(row))).join(',')}\r\n`;
}

/** v1=9000 v2=1000; of a histogram bin=count. In the order of code units, so that the same row is the same text. */
function pairsOf(amounts: Histogram): string {
  return Object.entries(amounts ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, amount]) => `${key}=${amount}`)
    .join(' ');
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** A segment is in the callers' words: what a spreadsheet would take for a formula gets an apostrophe before it. */
function disarmed(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
