// What undici's own parser (llhttp, as WebAssembly) and the rules that undici puts around it make of the bytes of an answer.
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';

export interface Reading {
  state: 'more' | 'whole' | 'broken';
  status: number;
  /** Names and values in turn, as they came. */
  headers: string[];
  body: string;
  /** The connection is used again. */
  keeps: boolean;
  problem: string;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_finish(parser: number): number;
}

/** As much of it as is used: Node's types leave it to the browser's. */
interface Wasm {
  readonly Module: new (binary: unknown) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
}

const responses = 2;
const refused = -1;
const paused = 21;
const skipBody = 1;
const mostHeaderBytes = 16_384;
const mostPiece = 65_536;

export class LlhttpOracle {
  private readonly wasm: Exports;
  private readonly input: number;
  private memory: Buffer<ArrayBuffer> = Buffer.alloc(0);
  private reading: Reading = none();
  private raw: string[] = [];
  private rawBytes = 0;
  private staysOpen = false;
  /** Of the head under way or of the answer whose body comes. */
  private status = 0;

  constructor() {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
    const binary: unknown = createRequire(__filename)('undici/lib/llhttp/llhttp_simd-wasm.js');
    this.wasm = new Instance(new Module(binary), { env: this.callbacks() }).exports;
    this.input = this.wasm.malloc(mostPiece);
  }

  /** `whenRead`: what it is before the server ends its side, where it does. */
  read(pieces: readonly Buffer[], whenRead: (reading: Readonly<Reading>) => void): Reading {
    const parser = this.wasm.llhttp_alloc(responses);
    // memory that grew is another buffer
    if (this.memory.buffer !== this.wasm.memory.buffer) this.memory = Buffer.from(this.wasm.memory.buffer);
    this.reading = none();
    this.raw = [];
    this.rawBytes = this.status = 0;
    for (const piece of pieces) this.execute(parser, piece);
    whenRead(this.reading);
    if (this.reading.state === 'more') this.finish(parser);
    this.wasm.llhttp_free(parser);
    return this.reading;
  }

  private execute(parser: number, piece: Buffer): void {
    if (this.reading.state === 'broken') return;
    // bytes behind the answer: undici drops the connection
    if (this.reading.state === 'whole') return void (this.reading.keeps = false);
    piece.copy(this.memory, this.input);
    const result = this.wasm.llhttp_execute(parser, this.input, piece.length);
    if (result === 0) return;
    if (this.isWhole()) this.reading.keeps = false;
    else this.refuse(result === paused ? 'paused' : `llhttp ${result}`);
  }

  private isWhole(): boolean {
    return this.reading.state === 'whole';
  }

  private finish(parser: number): void {
    if (this.status < 200 || this.staysOpen) this.refuse('other side closed');
    else if (this.wasm.llhttp_finish(parser) !== 0 && !this.isWhole()) this.refuse('llhttp at the end');
    else if (!this.isWhole()) this.refuse('ended');
  }

  private refuse(problem: string): number {
    this.reading.state = 'broken';
    this.reading.problem = problem;
    return refused;
  }

  private text(at: number, length: number): string {
    return this.memory.toString('latin1', at, at + length);
  }

  private callbacks(): Record<string, (parser: number, a: number, b: number, c: number) => number> {
    return {
      wasm_on_url: () => 0,
      wasm_on_status: () => 0,
      // another answer, with nobody waiting for it
      wasm_on_message_begin: () => (this.isWhole() ? refused : 0),
      wasm_on_header_field: (_, at, length) => this.addRaw(0, this.text(at, length)),
      wasm_on_header_value: (_, at, length) => this.addRaw(1, this.text(at, length)),
      wasm_on_headers_complete: (_, status, upgrade, stays) => this.head(status, upgrade === 1, stays === 1),
      wasm_on_body: (_, at, length) => {
        this.reading.body += this.text(at, length);
        return 0;
      },
      wasm_on_message_complete: () => this.complete(),
    };
  }

  private addRaw(side: 0 | 1, text: string): number {
    if (this.raw.length % 2 === side) this.raw.push(text);
    else this.raw[this.raw.length - 1] += text;
    this.rawBytes += text.length;
    return this.rawBytes >= mostHeaderBytes ? this.refuse('headers overflow') : 0;
  }

  private head(status: number, upgrade: boolean, stays: boolean): number {
    if (status === 100) return this.refuse('100, unasked');
    if (upgrade) return this.refuse('upgrade, unasked');
    this.status = status;
    this.staysOpen = stays;
    if (status < 200) return skipBody;
    this.reading.status = status;
    this.reading.headers = this.raw;
    this.raw = [];
    this.rawBytes = 0;
    return 0;
  }

  private complete(): number {
    this.raw = [];
    this.rawBytes = 0;
    if (this.status < 200) {
      this.status = 0;
      return 0;
    }
    const { headers, body } = this.reading;
    let length = '';
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i]?.length === 14 && headers[i]?.toLowerCase() === 'content-length') length += headers[i + 1];
    if (length !== '' && body.length !== Number.parseInt(length, 10)) return this.refuse('length mismatch');
    this.reading.state = 'whole';
    this.reading.keeps = this.staysOpen;
    return this.staysOpen ? 0 : paused;
  }
}

function none(): Reading {
  return { state: 'more', status: 0, headers: [], body: '', keeps: false, problem: '' };
}
