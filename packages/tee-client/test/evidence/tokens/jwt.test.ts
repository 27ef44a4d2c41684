import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { isAccepted, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { issueResultJwt, verifyResultJwt } from '../../../src/evidence/tokens/index.ts';
import { CLAIMS, TIME } from '../appraisal/support.ts';
import {
  ALGORITHMS,
  codes,
  encode,
  type Json,
  keys,
  NONCE,
  resigned,
  resultOf,
  signers,
  textOf,
} from './support.ts';

const after = (seconds: number) => new Date(TIME.getTime() + seconds * 1000);
const options = { keys, time: TIME, nonce: NONCE };

const submodule = (claims: Json): Json => (claims.submods as { cpu0: Json }).cpu0;

describe.each(ALGORITHMS)('results as JWT with %s [part of CC-006]', (algorithm) => {
  it('come back as they were issued, to whoever trusts the verifier', async () => {
    const result = resultOf();
    const token = await issueResultJwt(result, signers[algorithm]);
    const verdict = verifyResultJwt(token, options);
    expect(codes(verdict)).toEqual([
      'TOKEN_SIGNATURE_RIGHT',
      'TOKEN_ISSUER_TRUSTED',
      'TOKEN_IN_FORCE',
      'NONCE_MATCHES',
    ]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.result).toEqual(result);
    const { cpu0 } = verdict.result.submodules;
    expect(cpu0).toMatchObject({ status: 'affirming', debug: 'disabled' });
    expect(cpu0?.measurements).toEqual(CLAIMS.measurements);
    expect(cpu0?.ueid).toHaveLength(33);
    expect(cpu0?.steps).toContainEqual({ id: 'tcb/TCB_MEETS_MINIMUM', result: 'success' });
    expect(cpu0?.evidence.untrustedSoftware).toContain('hypervisor');
  });

  it('carry bad news as faithfully as good', async () => {
    const token = await issueResultJwt(resultOf({ debug: 'enabled', measurements: [] }), signers[algorithm]);
    const verdict = verifyResultJwt(token, options);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.result.submodules.cpu0).toMatchObject({ status: 'contraindicated', debug: 'enabled' });
    expect(verdict.result.submodules.cpu0?.steps).toContainEqual({
      id: 'reference/MEASUREMENT_MISSING',
      result: 'fail',
    });
  });

  it('are refused by who does not know the verifier, and by a key of the other kind', async () => {
    const token = await issueResultJwt(resultOf(), signers[algorithm]);
    const stranger = sm2SoftwareSigner(sm2.generateKeyPair());
    for (const known of [[], [{ publicKeyInfo: stranger.publicKeyInfo }]]) {
      const verdict = verifyResultJwt(token, { ...options, keys: known });
      expect(codes(verdict).slice(0, 2)).toEqual(['TOKEN_SIGNATURE_NOT_CHECKED', 'TOKEN_ISSUER_UNKNOWN']);
      expect([verdict.integrity.status, verdict.trust.status]).toEqual(['indeterminate', 'failed']);
    }
  });

  it('are refused before, after, and for another challenge', async () => {
    const token = await issueResultJwt(resultOf(), signers[algorithm]);
    const time = (at: Date) => codes(verifyResultJwt(token, { ...options, time: at }))[2];
    expect(time(after(-61))).toBe('TOKEN_FROM_FUTURE');
    expect(time(after(-60))).toBe('TOKEN_IN_FORCE');
    expect(time(after(299))).toBe('TOKEN_IN_FORCE');
    expect(time(after(300))).toBe('TOKEN_EXPIRED');
    for (const nonce of [utf8('challenge of a relying part'), utf8('another challenge'), new Uint8Array(0)]) {
      expect(codes(verifyResultJwt(token, { ...options, nonce }))[3]).toBe('NONCE_MISMATCH');
    }
    const open = await issueResultJwt(resultOf({}, {}), signers[algorithm]);
    expect(codes(verifyResultJwt(open, options))[3]).toBe('NONCE_MISMATCH');
    expect(isAccepted(verifyResultJwt(open, { keys, time: TIME }))).toBe(true);
  });

  it('notice every changed character', async () => {
    const token = await issueResultJwt(resultOf(), signers[algorithm]);
    const outcomes = { malformed: 0, refused: 0 };
    for (let at = 0; at < token.length; at += 5) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      try {
        expect(isAccepted(verifyResultJwt(changed, options)), `${at}`).toBe(false);
        outcomes.refused++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TEE_TOKEN_MALFORMED' });
        outcomes.malformed++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(20);
    expect(outcomes.malformed).toBeGreaterThan(20);
  });
});

describe('JWTs that lie about themselves', () => {
  const malformed = (token: string, reason = '') =>
    expect(() => verifyResultJwt(token, options)).toThrow(
      expect.objectContaining({
        code: 'ERR_TEE_TOKEN_MALFORMED',
        detail: expect.stringContaining(`reason=${reason}`),
      }),
    );

  it('cannot choose another algorithm than the key’s', async () => {
    const token = await resigned(
      (c) => c,
      (header) => ({ ...header, alg: 'ES256' }),
    );
    expect(codes(verifyResultJwt(token, options))[0]).toBe('TOKEN_SIGNATURE_WRONG');
    malformed(
      await resigned(
        (c) => c,
        (header) => ({ ...header, alg: 'none' }),
      ),
    );
    malformed(
      await resigned(
        (c) => c,
        (header) => ({ ...header, alg: 'HS256' }),
      ),
    );
  });

  it('cannot bring their own key or rules', async () => {
    for (const extra of [{ jwk: {} }, { x5c: [] }, { crit: ['exp'] }, { b64: false }, { jku: 'https://x' }]) {
      malformed(
        await resigned(
          (c) => c,
          (header) => ({ ...header, ...extra }),
        ),
      );
    }
    malformed(
      await resigned(
        (c) => c,
        (header) => ({ ...header, typ: 'JWT' }),
      ),
    );
    malformed(
      await resigned(
        (c) => c,
        (header) => ({ ...header, kid: 'AA' }),
      ),
    );
  });

  it('cannot show a status that is better than their vector', async () => {
    const status = (name: string, vector: object) =>
      resigned((claims) => {
        submodule(claims)['ear.status'] = name;
        submodule(claims)['ear.trustworthiness-vector'] = vector;
        return claims;
      });
    malformed(await status('affirming', { hardware: 96 }), 'ear.status');
    malformed(await status('affirming', { hardware: 32, configuration: 2 }), 'ear.status');
    malformed(await status('warning', { hardware: 99 }), 'ear.status');
    malformed(await status('none', { hardware: 97 }), 'ear.status');
    malformed(await status('affirming', {}), 'ear.status');
    malformed(await status('affirming', { hardware: 128 }), 'hardware');
    malformed(await status('affirming', { firmware: 2 }), 'members');
    expect(isAccepted(verifyResultJwt(await status('contraindicated', { hardware: 2 }), options))).toBe(true);
  });

  it.each<readonly [string, string, (claims: Json) => unknown]>([
    ['another profile', 'eat_profile', (c) => ({ ...c, eat_profile: 'tag:ietf.org,2026:rats/ear#04' })],
    ['no issue date', 'members', ({ iat: _, ...c }) => c],
    ['no expiry', 'members', ({ exp: _, ...c }) => c],
    ['expiry before issue', 'exp', (c) => ({ ...c, exp: c.iat })],
    ['a life of more than a day', 'exp', (c) => ({ ...c, exp: (c.iat as number) + 86_401 })],
    ['a date in text', 'iat', (c) => ({ ...c, iat: `${c.iat as number}` })],
    ['a fraction', 'payload', (c) => ({ ...c, iat: 0.5 })],
    ['an unknown claim', 'members', (c) => ({ ...c, admin: true })],
    ['a padded nonce', 'eat_nonce', (c) => ({ ...c, eat_nonce: 'AAAAAAAAAAA=' })],
    ['a short nonce', 'eat_nonce', (c) => ({ ...c, eat_nonce: 'AAAA' })],
    ['two nonces', 'eat_nonce', (c) => ({ ...c, eat_nonce: ['AAAAAAAAAAA', 'AAAAAAAAAAA'] })],
    ['no submodule', 'submods', (c) => ({ ...c, submods: {} })],
    ['a list of submodules', 'object', (c) => ({ ...c, submods: [] })],
    ['no claims', 'object', () => []],
    ['text', 'object', () => '"x"'],
    ['what is no JSON', 'payload', () => '{'],
    ['a prototype', 'payload', (c) => JSON.stringify(c).replace('"submods":{', '"submods":{"__proto__":{},')],
    [
      'an unknown claim in a submodule',
      'members',
      (c) => {
        submodule(c).more = 1;
        return c;
      },
    ],
    [
      'an unknown debug status',
      'dbgstat',
      (c) => {
        submodule(c).dbgstat = 'off';
        return c;
      },
    ],
    [
      'a measurement of the wrong length',
      'value',
      (c) => {
        submodule(c).measurements = [
          [50, encode([{ algorithm: 'sm3', name: 'a', role: 'boot', value: '00' }])],
        ];
        return c;
      },
    ],
    [
      'measurements of another type',
      'measurements',
      (c) => {
        submodule(c).measurements = [[60, 'AAAA']];
        return c;
      },
    ],
    [
      'results of another system',
      'measres',
      (c) => {
        submodule(c).measres = [['x', []]];
        return c;
      },
    ],
    [
      'evidence of an unknown type',
      'type',
      (c) => {
        submodule(c)['cssi.evidence'] = { ...(submodule(c)['cssi.evidence'] as Json), type: 'sev' };
        return c;
      },
    ],
  ])('with %s are malformed, right signature or not', async (_, reason, change) => {
    malformed(await resigned(change), reason);
  });

  it('cannot say anything twice', async () => {
    const twice = (claims: Json) => textOf(claims).replace('"iat":', '"iat":1,"iat":');
    malformed(await resigned(twice), 'payload');
    malformed(
      await resigned(
        (c) => c,
        (h) => textOf(h).replace('{', '{"alg":"none",'),
      ),
      'header',
    );
  });

  it('are three parts of base64url in one form', async () => {
    const token = await issueResultJwt(resultOf(), signers.ES256);
    const [header = '', payload = '', signature = ''] = token.split('.');
    for (const wrong of [
      '',
      'a.b',
      `${token}.`,
      `${token}=`,
      ` ${token}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}==.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}B`,
      token.slice(0, -40),
    ]) {
      malformed(wrong);
    }
    malformed('a'.repeat(3_000_000));
    malformed(5 as unknown as string);
  });
});
