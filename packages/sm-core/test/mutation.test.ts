import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { runVectorFiles } from '../src/conformance/index.ts';
import { DerReader, derElement, derUnsigned, SmError, toHex, utf8 } from '../src/index.ts';
import { Prng, SEED } from './support/differential/prng.ts';
import { DECODERS, type Decoder } from './support/mutation/decoders.ts';
import { mutate } from './support/mutation/mutate.ts';

console.info(`mutation tests: seed ${SEED} (CSSI_SEED)`);

/** Longest time that one input may take: nothing here is long enough for more. */
const MILLISECONDS = 1000;

/** Runs one input and says what is wrong, if anything. */
function complaint({ reencode, codes, canonical }: Decoder, input: Uint8Array): string | undefined {
  const started = performance.now();
  try {
    const again = reencode(input);
    if (again === undefined) return undefined;
    const expected = canonical?.(input) ?? input;
    if (Buffer.compare(again, expected) !== 0) return `accepted, and encodes again to ${toHex(again)}`;
  } catch (error) {
    if (!(error instanceof SmError)) return `threw ${String(error)}`;
    if (codes !== undefined && !codes.includes(error.code)) return `threw ${error.code}`;
  }
  const took = performance.now() - started;
  return took > MILLISECONDS ? `took ${Math.round(took)} ms` : undefined;
}

describe('decoders refuse or reproduce changed input', () => {
  for (const decoder of DECODERS) {
    it(`${decoder.name}, ${decoder.count} mutations`, () => {
      for (const sample of decoder.samples) expect(complaint(decoder, sample)).toBeUndefined();
      const random = new Prng(`${SEED} ${decoder.name}`);
      let refused = 0;
      for (let i = 0; i < decoder.count; i++) {
        const input = mutate(decoder.samples, random);
        const wrong = complaint(decoder, input);
        if (wrong !== undefined) expect.fail(`seed ${SEED}, mutation ${i}, input ${toHex(input)}: ${wrong}`);
        if (!decoder.samples.some((sample) => Buffer.compare(sample, input) === 0)) refused++;
      }
      // The mutations did change something.
      expect(refused).toBeGreaterThan(decoder.count / 2);
    });
  }
});

describe('the mutations', () => {
  const signature = DECODERS.find(({ name }) => name === 'signature, DER')!;
  const findsFault = (broken: Decoder): boolean => {
    const random = new Prng(`${SEED} control`);
    for (let i = 0; i < 2000; i++)
      if (complaint(broken, mutate(broken.samples, random)) !== undefined) return true;
    return false;
  };

  it('find decoders that are too lenient or fail in another way', () => {
    expect(findsFault(signature)).toBe(false);
    const lenient = (input: Uint8Array) => {
      // Takes whatever length is written, as some parsers do.
      const [r, s] = [input.subarray(4, 4 + input[3]!), input.subarray(6 + input[3]!)];
      return derElement(0x30, derUnsigned(r), derUnsigned(s));
    };
    expect(findsFault({ ...signature, reencode: lenient })).toBe(true);
    const trailing = (input: Uint8Array) => {
      const inner = new DerReader(new DerReader(input).element(0x30));
      return derElement(0x30, derUnsigned(inner.unsigned(32)), derUnsigned(inner.unsigned(32)));
    };
    expect(findsFault({ ...signature, reencode: trailing })).toBe(true);
    const crashing = (input: Uint8Array) => {
      if (input.length > 80) throw new TypeError('x is undefined');
      return signature.reencode(input);
    };
    expect(findsFault({ ...signature, reencode: crashing })).toBe(true);
    expect(findsFault({ ...signature, codes: ['ERR_DECRYPT_FAILED'] })).toBe(true);
  });
});

describe('vector files', () => {
  const test = (fields: object) => ({ tcId: 1, comment: '', flags: ['X'], ...fields, result: 'valid' });
  const own = (schema: string, type: string, group: object, fields: object) => ({
    path: `${schema}.json`,
    content: utf8(
      JSON.stringify({
        schema: `${schema}.schema.json`,
        numberOfTests: 1,
        testGroups: [{ type, ...group, tests: [test(fields)] }],
      }),
    ),
  });
  const zeros = '00'.repeat(16);
  const FILES = [
    {
      path: 'sm3.json',
      content: utf8('{"cases":[{"msg_pattern":"1,000 x \'a\'","digest":"00"},{"msg":"61","digest":"00"}]}'),
    },
    {
      path: 'sm4_modes.json',
      content: utf8(
        `{"cases":[{"mode":"cbc","key":"${zeros}","iv":"${zeros}","pt":"","ct":"","iterations":3}]}`,
      ),
    },
    {
      path: 'kdf.json',
      content: utf8(
        '{"cases":[{"alg":"pbkdf2-hmac-sm3","password":"61","salt":"62","iterations":2,"out":"00","out_len":1}]}',
      ),
    },
    own('sm3', 'Sm3', {}, { msg: '00', digest: '00' }),
    own(
      'sm4-modes',
      'Sm4Mode',
      { mode: 'cbc', padding: 'none' },
      { key: zeros, iv: zeros, msg: zeros, ct: zeros },
    ),
    own('hkdf-sm3', 'HkdfTest', {}, { ikm: '00', salt: '', info: '', size: 8, okm: '00' }),
    own(
      'pbkdf2-hmac-sm3',
      'PbkdfTest',
      {},
      { password: '00', salt: '00', iterationCount: 9, dkLen: 9, dk: '00' },
    ),
    own('zuc', 'ZucKeystream', {}, { key: zeros, iv: zeros, skipWords: 9, keystream: '00000000' }),
    own(
      'sm4-gcm',
      'AeadTest',
      { ivSize: 96, keySize: 128, tagSize: 128 },
      { key: zeros, iv: '00'.repeat(12), aad: '', msg: '', ct: '', tag: zeros },
    ),
  ];

  it('changed ones make a report, whatever they hold', { timeout: 120_000 }, async () => {
    const random = new Prng(`${SEED} vector files`);
    for (let i = 0; i < 3000; i++) {
      const { path, content } = FILES[random.below(FILES.length)]!;
      const changed = mutate([content], random);
      const started = performance.now();
      const report = await runVectorFiles([{ path, content: changed }], { engine: nobleEngine });
      const details = report.files.flatMap(({ failures }) => failures.map(({ detail }) => detail));
      const wrong = details.filter((detail) => detail.startsWith('threw'));
      if (performance.now() - started > 10 * MILLISECONDS) wrong.push('took too long');
      if (wrong.length > 0)
        expect.fail(`seed ${SEED}, mutation ${i}, ${new TextDecoder().decode(changed)}: ${wrong.join()}`);
    }
  });
});
