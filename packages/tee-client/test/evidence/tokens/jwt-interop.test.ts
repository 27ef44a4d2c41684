import { verify } from 'node:crypto';
import { canonicalJson, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { spkiKey } from '../../../src/evidence/signatures.ts';
import { issueResultJwt, verifyResultJwt } from '../../../src/evidence/tokens/index.ts';
import { TIME } from '../appraisal/support.ts';
import { decode, type Json, keys, NONCE, resultOf, signers } from './support.ts';

const options = { keys, time: TIME, nonce: NONCE };
const submodule = (claims: Json): Json => (claims.submods as { cpu0: Json }).cpu0;

describe('JWTs for others', () => {
  it('with ES256 verify with any JOSE library: r ‖ s over the two parts', async () => {
    const token = await issueResultJwt(resultOf(), signers.ES256);
    const [header = '', payload = '', signature = ''] = token.split('.');
    expect(decode(header)).toMatchObject({ alg: 'ES256', typ: 'eat+jwt' });
    const key = spkiKey(signers.ES256.publicKeyInfo);
    const rs = Buffer.from(signature, 'base64url');
    expect(verify('sha256', utf8(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, rs)).toBe(true);
    const claims = decode(payload);
    expect(claims).toMatchObject({ iat: TIME.getTime() / 1000, exp: TIME.getTime() / 1000 + 300 });
    expect(submodule(claims)).toMatchObject({ 'ear.status': 'affirming', dbgstat: 'disabled' });
    expect(Buffer.from(claims.eat_nonce as string, 'base64url')).toEqual(Buffer.from(NONCE));
    expect(toHex(canonicalJson(claims as never))).toBe(
      toHex(utf8(Buffer.from(payload, 'base64url').toString())),
    );
  });

  it('are not signed by other keys', async () => {
    const other = { ...signers.ES256, algorithm: 'ecdsa-p384-sha384' as const };
    await expect(issueResultJwt(resultOf(), other)).rejects.toMatchObject({ code: 'ERR_TEE_OPTION_INVALID' });
    const rsa = [{ publicKeyInfo: new Uint8Array(20) }];
    const token = await issueResultJwt(resultOf(), signers.SM2SM3);
    expect(() => verifyResultJwt(token, { ...options, keys: rsa })).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });
});
