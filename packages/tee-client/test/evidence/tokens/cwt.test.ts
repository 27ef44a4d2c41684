import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { signRaw } from '../../../src/evidence/appraisal/issuer-keys.ts';
import { type CborKey, type CborValue, decodeCbor, encodeCbor } from '../../../src/evidence/cbor/index.ts';
import { COSE_HEADERS, parseCoseSign1, prepareCoseSign1 } from '../../../src/evidence/cose/index.ts';
import {
  issueResultCwt,
  issueResultJwt,
  verifyResultCwt,
  verifyResultJwt,
} from '../../../src/evidence/tokens/index.ts';
import { tokenKeyId } from '../../../src/evidence/tokens/jwt.ts';
import { TIME } from '../appraisal/support.ts';
import { ALGORITHMS, codes, keys, NONCE, resultOf, signers } from './support.ts';

const options = { keys, time: TIME, nonce: NONCE };
type Claims = Map<CborKey, CborValue>;
const claimsOf = (token: Uint8Array): Claims =>
  decodeCbor(parseCoseSign1(token).payload, { maxBytes: 1 << 20 }) as Claims;

/** A token over claims that were changed, signed by a verifier gone wrong. */
async function resigned(change: (claims: Claims, cpu0: Claims) => void): Promise<Uint8Array> {
  const claims = claimsOf(await issueResultCwt(resultOf(), signers.SM2SM3));
  change(claims, (claims.get(266) as Claims).get('cpu0') as Claims);
  const { signed, finish } = prepareCoseSign1(encodeCbor(claims), 'SM2-SM3', {
    protectedHeader: new Map([[COSE_HEADERS.kid, tokenKeyId(signers.SM2SM3)]]),
  });
  return finish(await signRaw(signers.SM2SM3, signed));
}
const malformed = (token: Uint8Array) =>
  expect(() => verifyResultCwt(token, options)).toThrow(
    expect.objectContaining({ code: 'ERR_TEE_TOKEN_MALFORMED' }),
  );

describe.each(ALGORITHMS)('results as CWT with %s [part of CC-006]', (algorithm) => {
  it('come back as they were issued, and say what the JWT says', async () => {
    const result = resultOf();
    const verdict = verifyResultCwt(await issueResultCwt(result, signers[algorithm]), options);
    expect(codes(verdict)).toEqual([
      'TOKEN_SIGNATURE_RIGHT',
      'TOKEN_ISSUER_TRUSTED',
      'TOKEN_IN_FORCE',
      'NONCE_MATCHES',
    ]);
    expect(verdict.result).toEqual(result);
    const jwt = verifyResultJwt(await issueResultJwt(result, signers[algorithm]), options);
    expect(verdict.result).toEqual(jwt.result);
  });

  it('carry the registered labels', async () => {
    const token = await issueResultCwt(resultOf(), signers[algorithm]);
    const claims = claimsOf(token);
    expect(token[0]).toBe(0xd2);
    expect([...claims.keys()].sort()).toEqual([10, 1004, 265, 266, 4, 6].sort());
    const cpu0 = (claims.get(266) as Claims).get('cpu0') as Claims;
    expect(cpu0.get(1000)).toBe(2);
    expect(Object.fromEntries(cpu0.get(1001) as Map<number, number>)).toEqual({
      0: 2,
      1: 2,
      2: 3,
      4: 2,
      5: 2,
    });
    expect([cpu0.get(263), cpu0.get(256)]).toEqual([1, expect.any(Uint8Array)]);
    expect(claims.get(10)).toEqual(NONCE);
  });

  it('notice every changed byte', async () => {
    const token = await issueResultCwt(resultOf(), signers[algorithm]);
    for (let at = 0; at < token.length; at += 3) {
      const changed = token.slice();
      changed[at]! ^= 1;
      let accepted = false;
      try {
        accepted = isAccepted(verifyResultCwt(changed, options));
      } catch (error) {
        expect(error, `${at}`).toMatchObject({ code: 'ERR_TEE_TOKEN_MALFORMED' });
      }
      expect(accepted, `${at}`).toBe(false);
    }
    for (let length = 0; length < token.length; length += 11) malformed(token.subarray(0, length));
  });

  it('are refused without the key, late, and for another challenge', async () => {
    const token = await issueResultCwt(resultOf(), signers[algorithm]);
    expect(codes(verifyResultCwt(token, { ...options, keys: [] }))).toContain('TOKEN_ISSUER_UNKNOWN');
    const late = new Date(TIME.getTime() + 300_000);
    expect(codes(verifyResultCwt(token, { ...options, time: late }))).toContain('TOKEN_EXPIRED');
    expect(codes(verifyResultCwt(token, { ...options, nonce: utf8('12345678') }))).toContain(
      'NONCE_MISMATCH',
    );
  });
});

describe('CWTs that lie about themselves', () => {
  it.each<readonly [string, (claims: Claims, cpu0: Claims) => void]>([
    ['an unknown label', (claims) => claims.set(999, 1)],
    ['a text label for a number', (claims) => claims.set('iat', 1)],
    ['an unknown status', (_, cpu0) => cpu0.set(1000, 3)],
    ['a status better than the vector', (_, cpu0) => cpu0.set(1001, new Map([[4, 96]]))],
    ['an unknown trust claim', (_, cpu0) => cpu0.set(1001, new Map([[8, 2]]))],
    ['a nonce in text', (claims) => claims.set(10, 'AAAAAAAAAAA')],
    ['an unknown debug status', (_, cpu0) => cpu0.set(263, 4)],
    ['bytes where text belongs', (_, cpu0) => cpu0.set(1003, new Uint8Array(3))],
    ['a number for a submodule’s name', (claims) => (claims.get(266) as Claims).set(1, new Map())],
    ['a great integer', (claims) => claims.set(6, 2n ** 60n)],
    ['no submodules', (claims) => claims.delete(266)],
  ])('with %s are malformed', async (_, change) => {
    malformed(await resigned(change));
  });

  it('have nothing outside of their signature, and one encoding', async () => {
    const token = await issueResultCwt(resultOf(), signers.SM2SM3);
    const { payload, signature, protectedBytes } = parseCoseSign1(token);
    const put = (...list: CborValue[]) => encodeCbor(list);
    const [tagged, untagged] = [token, put(protectedBytes, new Map(), payload, signature)];
    malformed(untagged);
    const extra = Uint8Array.from([
      0xd2,
      ...put(protectedBytes, new Map([[COSE_HEADERS.contentType, 60]]), payload, signature),
    ]);
    malformed(extra);
    // Detached.
    malformed(Uint8Array.from([0xd2, ...put(protectedBytes, new Map(), null, signature)]));
    malformed(Uint8Array.from([...tagged, 0]));
    malformed('x' as unknown as Uint8Array);
    const { signed, finish } = prepareCoseSign1(payload, 'ES384', {
      protectedHeader: new Map([[COSE_HEADERS.kid, tokenKeyId(signers.SM2SM3)]]),
    });
    malformed(finish(await signRaw(signers.SM2SM3, signed)));
  });
});
