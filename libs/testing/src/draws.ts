// Draws for generated HTTP texts, good and mutilated: the same seed gives the same ones.

/** In [0, 1). */
export type Random = () => number;

/** Marsaglia's xorshift of 32 bits: as cheap as can be, for ten million texts are drawn from it. */
export function randomOf(seed: number): Random {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

const nasty = '\r\n\0 \t:;,"0159aAfFgGzZ.-+/\x01\x0b\x0c\x1f\x7f\x80\x85\xa0\xff{}';
const lineEnds = ['\n', '\r', '', '\r\r\n', ' \r\n', '\r\n\r\n', '\n\r'];

export class Draws {
  constructor(readonly random: Random) {}

  /** A whole number in [0, n). */
  below(n: number): number {
    return (this.random() * n) | 0;
  }

  chance(p: number): boolean {
    return this.random() < p;
  }

  one(list: readonly string[]): string {
    return list[this.below(list.length)] as string;
  }

  /** A character that parsers fall over. */
  nasty(): string {
    return nasty[this.below(nasty.length)] as string;
  }

  /** One line more, behind any; mostly one of the wrong ones. */
  withField(text: string, fields: readonly string[], wrongFields: readonly string[]): string {
    const line = text.indexOf('\r\n', this.below(text.length + 1));
    if (line < 0) return text;
    const field = this.chance(0.3) ? this.one(fields) : this.one(wrongFields);
    return `${text.slice(0, line + 2)}${field}\r\n${text.slice(line + 2)}`;
  }

  /** The first line that ends behind `at` ends otherwise. */
  withLineEnd(text: string, at: number): string {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return text;
    return text.slice(0, line) + this.one(lineEnds) + text.slice(line + 2);
  }
}
