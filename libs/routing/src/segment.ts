// Who is eligible: the conditions of a `when`, all of which must fit.

export type Condition =
  | string
  | readonly string[]
  | { readonly prefix: string }
  | { readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly list: string };

/** Attribute to condition; the attribute `unit` is the unit itself. */
export type When = Readonly<Record<string, Condition>>;

export type Lists = Readonly<Record<string, readonly string[]>>;

export type Attributes = Readonly<Record<string, string>>;

/** Undefined stands for an attribute that the prediction does not have: no condition fits it. */
type Test = (value: string) => boolean;

export type Segment = (unit: string | undefined, attributes: Attributes) => boolean;

export function compileSegment(when: When, lists: Lists): Segment {
  const tests = Object.entries(when).map(([attribute, condition]) => ({
    attribute,
    test: compileCondition(condition, lists),
  }));
  return (unit, attributes) =>
    tests.every(({ attribute, test }) => {
      const value = attribute === 'unit' ? unit : own(attributes, attribute);
      return value !== undefined && test(value);
    });
}

function compileCondition(condition: Condition, lists: Lists): Test {
  if (typeof condition === 'string') return (value) => value === condition;
  if (isArray(condition)) return membership(condition);
  if ('prefix' in condition) return (value) => value.startsWith(condition.prefix);
  if ('list' in condition) return membership(own(lists, condition.list) ?? []);
  const { min = -Infinity, max = Infinity } = condition;
  return (value) => within(value, min, max);
}

function membership(values: readonly string[]): Test {
  const members = new Set(values);
  return (value) => members.has(value);
}

function within(value: string, min: number, max: number): boolean {
  // Number('') is 0, and a missing number is no number
  const number = value.trim() === '' ? NaN : Number(value);
  return number >= min && number <= max;
}

/** Names come from outside: `constructor` must not find what every object inherits. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The segment as people read it, the same text for the same conditions: `region=eu|us,unit=@beta-testers`. */
export function describeSegment(when: When): string {
  return Object.entries(when)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([attribute, condition]) => `${attribute}=${describeCondition(condition)}`)
    .join(',');
}

function describeCondition(condition: Condition): string {
  if (typeof condition === 'string') return condition;
  if (isArray(condition)) return [...condition].sort().join('|');
  if ('prefix' in condition) return `${condition.prefix}*`;
  if ('list' in condition) return `@${condition.list}`;
  return `${condition.min ?? ''}..${condition.max ?? ''}`;
}

function isArray(condition: Condition): condition is readonly string[] {
  return Array.isArray(condition);
}
