import { describe, expect, it } from 'vitest';
import { guard } from '../../../src/runtime/boundary.ts';
import { type Life, newLife } from '../../../src/runtime/life.ts';
import { TeeError, TeePanic } from '../../../src/spec/v1/internal/error.ts';

type Any = (...args: unknown[]) => unknown;

function guarded(run: Any, options: Parameters<typeof guard>[3] = {}): { call: Any; life: Life } {
  const life = newLife();
  return { call: guard(life, 'F', run, options) as Any, life };
}

describe('[part of CC-003] boundary of the runtime: arguments', () => {
  it('bytes arrive as a genuine view of the same memory', () => {
    class Evil extends Uint8Array {
      override get length(): number {
        throw new Error('length');
      }
      static get [Symbol.species](): Uint8ArrayConstructor {
        throw new Error('species');
      }
    }
    const given = new Evil(new ArrayBuffer(8), 2, 4);
    given.subarray = () => {
      throw new Error('subarray');
    };
    const { call } = guarded((bytes) => {
      const view = bytes as Uint8Array;
      expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
      expect([view.length, view.byteOffset]).toEqual([4, 2]);
      view.subarray(1, 2)[0] = 7;
    });
    call(given);
    expect(new Uint8Array(given.buffer)[3]).toBe(7);
  });

  it('words arrive so too, other arrays as they are', () => {
    const { call } = guarded((words, halves) => {
      expect(words).toBeInstanceOf(Uint32Array);
      expect(halves).toBeInstanceOf(Uint16Array);
    });
    call(new Uint32Array(2), new Uint16Array(2));
  });

  it.each<[string, unknown]>([
    ['an object with the prototype of bytes', Object.create(Uint8Array.prototype)],
    ['an object with the prototype of words', Object.create(Uint32Array.prototype)],
    ['a proxy of bytes', new Proxy(new Uint8Array(2), {})],
  ])('%s is a panic', (_name, value) => {
    let ran = false;
    const { call, life } = guarded(() => {
      ran = true;
    });
    expect(() => call(value)).toThrow(TeePanic);
    expect([life.dead, ran]).toEqual([true, false]);
  });

  it('attributes arrive as plain copies, each field read once', () => {
    let reads = 0;
    const attribute = {
      get attributeID() {
        return ++reads;
      },
      content: new Uint8Array(1),
    };
    const { call } = guarded((list) => {
      const [first, second] = list as [{ attributeID: number; content: Uint8Array }, unknown];
      expect(Object.getOwnPropertyDescriptor(first, 'attributeID')).toMatchObject({ value: 1 });
      expect(second).toEqual({ attributeID: 3, a: 1, b: 2 });
    });
    call([attribute, { attributeID: 3, a: 1, b: 2, extra: 9 }]);
    expect(reads).toBe(1);
  });

  it('an array that says it is endless is a panic', () => {
    const { call, life } = guarded(() => {});
    const list = new Proxy([], { get: (target, key) => (key === 'length' ? 1e9 : Reflect.get(target, key)) });
    expect(() => call(list)).toThrow(TeePanic);
    expect(life.dead).toBe(true);
  });

  it('a getter that throws is the application speaking, before anything happened', () => {
    const { call, life } = guarded(() => {});
    const bad = Object.defineProperty({}, 'attributeID', {
      get() {
        throw new RangeError('of the application');
      },
    });
    expect(() => call([bad])).toThrow('of the application');
    expect(life.dead).toBe(false);
  });

  it('a getter that ends the instance stops the call', () => {
    let ran = false;
    const { call, life } = guarded(() => {
      ran = true;
    });
    const bad = Object.defineProperty({}, 'attributeID', {
      get() {
        life.dead = true;
      },
    });
    expect(() => call([bad])).toThrow(TeePanic);
    expect(ran).toBe(false);
  });
});

describe('[part of CC-003] boundary of the runtime: results', () => {
  it('bytes leave in memory of their own, of the language and not of Node', () => {
    const pool = new ArrayBuffer(64);
    const results: unknown[] = [
      Buffer.from('abc'),
      new Uint8Array(pool, 3, 3),
      new Uint8Array(new SharedArrayBuffer(3)),
      { a: Buffer.from('abc'), deep: { b: new Uint8Array(pool, 0, 3) } },
      [Buffer.from('abc')],
    ];
    const check = (value: unknown): void => {
      if (value instanceof Uint8Array) {
        expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
        expect(value.buffer).toBeInstanceOf(ArrayBuffer);
        expect(value.buffer.byteLength).toBe(3);
        expect(value.length).toBe(3);
      } else for (const inner of Object.values(value as object)) check(inner);
    };
    for (const result of results) check(guarded(() => result).call());
  });

  it('bytes that are their own memory leave without a copy', () => {
    const bytes = new Uint8Array(5);
    expect(guarded(() => bytes).call()).toBe(bytes);
    const view = new Uint8Array(bytes.buffer, 1, 2);
    expect(guarded(() => view, { raw: true }).call()).toBe(view);
  });
});

describe('[part of CC-003] boundary of the runtime: errors', () => {
  it('answers go through, and the instance lives', () => {
    const { call, life } = guarded(() => {
      throw new TeeError('NO_DATA');
    });
    expect(() => call()).toThrow(TeeError);
    expect(life).toEqual({ dead: false, inside: false, panic: undefined });
  });

  it.each<[string, unknown]>([
    ['an error of Node', Object.assign(new Error('/secret/path'), { code: 'ENOENT', path: '/secret/path' })],
    ['a type error', new TypeError('x')],
    ['a value', 'text'],
    ['nothing', undefined],
  ])('%s becomes a panic that says nothing of it', (_name, thrown) => {
    const { call, life } = guarded(() => {
      throw thrown;
    });
    expect(() => call()).toThrow('F: internal error');
    expect(life).toMatchObject({ dead: true, panic: { code: 0xffff0000, reason: 'F: internal error' } });
    expect(() => call()).toThrow('the instance is dead');
  });

  it('calling back into the runtime is a panic', () => {
    const life = newLife();
    const inner = guard(life, 'INNER', () => 1) as Any;
    const outer = guard(life, 'OUTER', (run) => (run as Any)()) as Any;
    expect(() => outer(inner)).toThrow('INNER: entered again');
    expect(life.dead).toBe(true);
  });

  it('a stack that ends inside of the runtime is a panic, wherever it ends', () => {
    let broken = 0;
    const deep = (call: Any, left: number): unknown => (left === 0 ? call() : deep(call, left - 1));
    for (let depth = 1000; depth < 40_000 && broken < 3; depth += 37) {
      let begun = false;
      let done = false;
      const { call, life } = guarded(() => {
        begun = true;
        const list = Array.from({ length: 3 }, (_, i) => new Uint8Array(i));
        done = true;
        return list;
      });
      try {
        deep(call, depth);
      } catch {
        // Whatever was begun and not done has ended the instance.
        if (begun && !done) expect(life.dead || life.inside).toBe(true);
        broken++;
      }
    }
    expect(broken).toBe(3);
  });
});
