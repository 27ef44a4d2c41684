/** `TextEncoder` and `TextDecoder` for a compartment: UTF-8 only, nothing of the host's behind them. */
export function textClasses(): {
  readonly TextEncoder: new () => object;
  readonly TextDecoder: new (label?: string, options?: object) => object;
} {
  const encoder = new globalThis.TextEncoder();
  const decoders = {
    plain: new globalThis.TextDecoder('utf-8'),
    fatal: new globalThis.TextDecoder('utf-8', { fatal: true }),
  };
  const LABELS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'unicode-1-1-utf-8']);

  class TextEncoder {
    get encoding(): string {
      return 'utf-8';
    }

    encode(input = ''): Uint8Array {
      // Into memory of its own: the host's encoder may use a pool.
      return new Uint8Array(encoder.encode(`${input}`));
    }
  }

  class TextDecoder {
    readonly #fatal: boolean;

    constructor(label = 'utf-8', options: object = {}) {
      if (!LABELS.has(`${label}`.toLowerCase())) throw new RangeError('only UTF-8 is supported');
      this.#fatal = Boolean((options as { readonly fatal?: unknown }).fatal);
    }

    get encoding(): string {
      return 'utf-8';
    }

    get fatal(): boolean {
      return this.#fatal;
    }

    decode(input?: Uint8Array): string {
      if (input === undefined) return '';
      const bytes = genuine(input);
      try {
        return (this.#fatal ? decoders.fatal : decoders.plain).decode(bytes);
      } catch {
        throw new TypeError('not UTF-8');
      }
    }
  }
  return { TextEncoder, TextDecoder };
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const tagOf = Object.getOwnPropertyDescriptor(TYPED_ARRAY, Symbol.toStringTag)?.get as () => unknown;
const bufferOf = Object.getOwnPropertyDescriptor(TYPED_ARRAY, 'buffer')?.get as () => ArrayBuffer;
const offsetOf = Object.getOwnPropertyDescriptor(TYPED_ARRAY, 'byteOffset')?.get as () => number;
const lengthOf = Object.getOwnPropertyDescriptor(TYPED_ARRAY, 'byteLength')?.get as () => number;

/** A view with nothing of the application's on it. */
function genuine(input: unknown): Uint8Array {
  if (Reflect.apply(tagOf, input, []) === undefined) throw new TypeError('not a typed array');
  return new Uint8Array(
    Reflect.apply(bufferOf, input, []),
    Reflect.apply(offsetOf, input, []),
    Reflect.apply(lengthOf, input, []),
  );
}
