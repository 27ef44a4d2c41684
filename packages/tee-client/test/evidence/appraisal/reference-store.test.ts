import { generateKeyPairSync } from 'node:crypto';
import { nodeSoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { canonicalJson, fromBase64, type JsonValue, parseJson, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodeReferenceValues,
  openReferenceStore,
  type ReferenceValues,
  signReferenceValues,
} from '../../../src/evidence/appraisal/index.ts';
import { contents, issuerSigner, TIME } from './support.ts';

const issuers = [{ publicKeyInfo: issuerSigner.publicKeyInfo }];
const sign = (changes: Partial<ReferenceValues> = {}) => signReferenceValues(contents(changes), issuerSigner);
const open = () => openReferenceStore({ issuers });
const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_TEE_REFERENCE_INVALID' });
    return (error as { detail: string }).detail;
  }
  throw new Error('accepted');
};
const A = `sm3:${'11'.repeat(32)}` as const;
const B = `sm3:${'22'.repeat(32)}` as const;
const entry = { type: 'csv' as const, by: 'name' as const, of: 'launch', label: 'x', values: [A] };

describe('a store of signed reference values', () => {
  it('takes sets signed with SM2 and with ES256', async () => {
    const ec = nodeSoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const store = openReferenceStore({ issuers: [...issuers, { publicKeyInfo: ec.publicKeyInfo }] });
    const one = store.add(await sign(), TIME);
    const two = store.add(
      await signReferenceValues(contents({ measurements: [{ ...entry, values: [B] }] }), ec),
      TIME,
    );
    expect(one.issuer).not.toBe(two.issuer);
    expect(store.measurement('csv', 'name', 'launch', TIME)).toEqual({ values: [A, B], outdated: false });
    expect(store.sequences.map(({ sequence }) => sequence)).toEqual([1, 1]);
  });

  it('keeps nothing of another type, name or way of choosing', async () => {
    const store = open();
    store.add(await sign(), TIME);
    const none = { values: [], outdated: false };
    expect(store.measurement('tdx', 'name', 'launch', TIME)).toEqual(none);
    expect(store.measurement('csv', 'role', 'launch', TIME)).toEqual(none);
    expect(store.measurement('csv', 'name', 'Launch', TIME)).toEqual(none);
    expect(store.rules('csv')).toEqual([{ by: 'name', of: 'launch', accept: null }]);
    expect(store.rules('tdx')).toEqual([]);
  });

  it('replaces the set of an issuer by a newer one as a whole, and changes its id', async () => {
    const store = open();
    store.add(await sign(), TIME);
    const { id } = store;
    store.add(await sign({ sequence: 2, measurements: [], versions: [], revoked: [A] }), TIME);
    expect(store.rules('csv')).toEqual([]);
    expect(store.versions('csv')).toEqual([]);
    expect(store.isRevoked(A)).toBe(true);
    expect(store.id).not.toBe(id);
  });

  it('takes the highest minimum of several issuers, and lets any of them withdraw a value', async () => {
    const other = sm2SoftwareSigner(sm2.generateKeyPair());
    const store = openReferenceStore({ issuers: [...issuers, { publicKeyInfo: other.publicKeyInfo }] });
    store.add(await sign(), TIME);
    store.add(
      await signReferenceValues(
        contents({ versions: [{ type: 'csv', component: 'firmware', minimum: 3 }], revoked: [A] }),
        other,
      ),
      TIME,
    );
    expect(store.versions('csv')).toEqual([{ type: 'csv', component: 'firmware', minimum: 5 }]);
    expect(store.measurement('csv', 'name', 'launch', TIME).values).toEqual([]);
  });

  it('does not let a floor fall by waiting: values expire, minimums and revocations do not', async () => {
    const store = open();
    store.add(await sign({ revoked: [B] }), TIME);
    const later = new Date('2027-06-01T00:00:00Z');
    expect(store.measurement('csv', 'name', 'launch', later)).toEqual({ values: [], outdated: true });
    expect(store.versions('csv')).toHaveLength(1);
    expect(store.isRevoked(B)).toBe(true);
  });
});

describe('sets that a store refuses', () => {
  it('an older one, after a restart too', async () => {
    const store = open();
    store.add(await sign({ sequence: 5 }), TIME);
    const old = await sign({ sequence: 4 });
    expect(reasonOf(() => store.add(old, TIME))).toBe('reason=rollback');
    const again = openReferenceStore({ issuers, sequences: store.sequences });
    expect(reasonOf(() => again.add(old, TIME))).toBe('reason=rollback');
  });

  it('another one of the same number; the same one is fine', async () => {
    const store = open();
    const set = await sign({ sequence: 5 });
    store.add(set, TIME);
    store.add(set, TIME);
    const twin = await sign({ sequence: 5, versions: [] });
    expect(reasonOf(() => store.add(twin, TIME))).toBe('reason=sequence-reused');
    const again = openReferenceStore({ issuers, sequences: store.sequences });
    expect(reasonOf(() => again.add(twin, TIME))).toBe('reason=sequence-reused');
    expect(again.add(set, TIME).sequence).toBe(5);
  });

  it('of a stranger, and one that names an issuer who did not sign it', async () => {
    const pair = sm2.generateKeyPair();
    const stranger = sm2SoftwareSigner(pair);
    const foreign = await signReferenceValues(contents(), stranger);
    expect(reasonOf(() => open().add(foreign, TIME))).toBe('reason=issuer-unknown');
    const impostor = { ...stranger, publicKeyInfo: issuerSigner.publicKeyInfo };
    const forged = await signReferenceValues(contents(), impostor);
    expect(reasonOf(() => open().add(forged, TIME))).toBe('reason=signature');
  });

  it('outside of its dates', async () => {
    const set = await sign();
    for (const [time, reason] of [
      ['2026-10-31T23:59:59.999Z', 'not-yet-valid'],
      ['2026-12-31T00:00:00.001Z', 'expired'],
    ] as const) {
      expect(reasonOf(() => open().add(set, new Date(time)))).toBe(`reason=${reason}`);
    }
    open().add(set, new Date('2026-11-01T00:00:00.000Z'));
    open().add(set, new Date('2026-12-31T00:00:00.000Z'));
  });

  const envelope = async () => parseJson(await sign(), 1 << 20) as Record<string, string>;

  it('with an algorithm that is not its key’s', async () => {
    const parts = await envelope();
    expect(reasonOf(() => open().add(canonicalJson({ ...parts, algorithm: 'es256' }), TIME))).toBe(
      'reason=algorithm',
    );
  });

  it('altered in any byte of payload or signature', async () => {
    const parts = await envelope();
    const store = open();
    let refused = 0;
    for (const name of ['payload', 'signature'] as const) {
      const bytes = fromBase64(parts[name] ?? '');
      for (let at = 0; at < bytes.length; at += 3) {
        const changed = bytes.slice();
        changed[at]! ^= 1;
        const set = canonicalJson({ ...parts, [name]: toBase64(changed) });
        expect(() => store.add(set, TIME), `${name} ${at}`).toThrow(
          expect.objectContaining({ code: 'ERR_TEE_REFERENCE_INVALID' }),
        );
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(store.sequences).toEqual([]);
  });

  it('cut, padded, or written another way', async () => {
    const set = await sign();
    for (let length = 0; length < set.length; length += 7)
      reasonOf(() => open().add(set.subarray(0, length), TIME));
    const text = new TextDecoder().decode(set);
    for (const other of [`${text} `, ` ${text}`, text.replace('":"', '": "'), `${text}${text}`]) {
      reasonOf(() => open().add(utf8(other), TIME));
    }
    reasonOf(() => open().add('set' as unknown as Uint8Array, TIME));
  });

  const good = contents();
  it.each<readonly [string, object]>([
    ['sequence 0', { sequence: 0 }],
    ['a fraction of a sequence', { sequence: 1.5 }],
    ['dates in the wrong order', { notBefore: '2027-01-01T00:00:00.000Z' }],
    ['a date that is none', { notAfter: '2026-13-01T00:00:00.000Z' }],
    ['a date without milliseconds', { notAfter: '2026-12-31T00:00:00Z' }],
    ['an unknown type', { measurements: [{ ...entry, type: 'sev' }] }],
    ['an unknown role', { measurements: [{ ...entry, by: 'role' }] }],
    ['a measurement twice', { measurements: [entry, entry] }],
    ['a value twice', { measurements: [{ ...entry, values: [A, A] }] }],
    ['a value that is none', { measurements: [{ ...entry, values: ['sm3:1'] }] }],
    ['no label', { measurements: [{ ...entry, label: '' }] }],
    ['a version twice', { versions: [...good.versions, ...good.versions] }],
    ['a negative minimum', { versions: [{ type: 'csv', component: 'a', minimum: -1 }] }],
    ['a revoked value that is none', { revoked: ['11'] }],
    ['an unknown member', { more: true }],
  ])('with %s are not even signed', async (_, changes) => {
    await expect(sign(changes)).rejects.toMatchObject({ code: 'ERR_TEE_REFERENCE_INVALID' });
  });

  it('by a key of another kind cannot be made, and such a key is no issuer', async () => {
    const p384 = nodeSoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
    await expect(signReferenceValues(contents(), p384)).rejects.toMatchObject({
      code: 'ERR_TEE_REFERENCE_INVALID',
    });
    for (const publicKeyInfo of [p384.publicKeyInfo, new Uint8Array(3)]) {
      expect(() => openReferenceStore({ issuers: [{ publicKeyInfo }] })).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
      );
    }
    const [good] = await (async () => {
      const store = open();
      store.add(await sign(), TIME);
      return store.sequences;
    })();
    for (const sequences of [[{ ...good!, sequence: 0 }], [{ ...good!, digest: 'x' }], [good!, good!]]) {
      expect(() => openReferenceStore({ issuers, sequences })).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
      );
    }
  });

  it('decode to what was signed', async () => {
    const { values, algorithm } = decodeReferenceValues(await sign());
    expect(algorithm).toBe('sm2-sm3');
    expect(values as unknown as JsonValue).toMatchObject(contents() as unknown as Record<string, JsonValue>);
  });
});
