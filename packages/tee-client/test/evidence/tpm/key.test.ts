import { concatBytes, fromHex, isAccepted, sm3 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TPM_OBJECT_ATTRIBUTES as A } from '../../../src/evidence/tpm/index.ts';
import { anchored, changed, found, machine, NONCE, verify, without } from './support.ts';

const FIXED = A.fixedTpm | A.fixedParent | A.sensitiveDataOrigin;

describe('the attestation key', () => {
  it.each([
    ['not restricted', FIXED | A.sign],
    ['not for signing', FIXED | A.restricted],
    ['for decryption as well', FIXED | A.restricted | A.sign | A.decrypt],
    ['movable to another TPM', A.fixedParent | A.sensitiveDataOrigin | A.restricted | A.sign],
    ['movable to another parent', A.fixedTpm | A.sensitiveDataOrigin | A.restricted | A.sign],
    ['made outside of the TPM', A.fixedTpm | A.fixedParent | A.restricted | A.sign],
    ['without any attribute', 0],
  ])('[part of CC-006] %s: refused', async (_name, attributes) => {
    const tpm = await machine({ attributes });
    const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(found(verdict)).toEqual(['certificates:AK_NOT_RESTRICTED']);
    expect(verdict.trust.status).toBe('failed');
  });

  it('[part of CC-006] an unrestricted key that is trusted by itself is refused as well', async () => {
    const tpm = await machine({ attributes: FIXED | A.sign });
    const anchors = { keys: [{ publicKeyInfo: tpm.publicKeyInfo }] };
    const verdict = verify(tpm.evidence(NONCE), { ...anchored(tpm), anchors });
    expect(found(verdict)).toEqual(['certificates:AK_NOT_RESTRICTED']);
  });

  it('[part of CC-006] attributes cannot be mended: the quote names the key with its attributes', async () => {
    const tpm = await machine({ attributes: FIXED | A.sign });
    const mended = changed(tpm.evidence(NONCE), ({ publicArea }) => {
      const area = Uint8Array.from(publicArea!);
      new DataView(area.buffer).setUint32(4, FIXED | A.restricted | A.sign);
      return { publicArea: area };
    });
    expect(found(verify(mended, anchored(tpm)))).toEqual(['binding:QUALIFIED_SIGNER_MISMATCH']);
  });

  it('[part of CC-006] the certificate of an endorsement key is none of an attestation key', async () => {
    const tpm = await machine({ purpose: 'ek' });
    const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(found(verdict)).toEqual(['certificates:AK_PURPOSE_WRONG']);
    expect(isAccepted(verdict)).toBe(false);
  });

  it('[part of CC-006] a CA of the chain cannot sign quotes', async () => {
    const tpm = await machine();
    const swapped = changed(tpm.evidence(NONCE), ({ certificates }) => ({
      certificates: [certificates![1]!],
    }));
    const failed = found(verify(without(swapped, 'publicArea', 'parents'), anchored(tpm)));
    expect(failed).toEqual(
      expect.arrayContaining(['certificates:AK_PURPOSE_WRONG', 'signature:EVIDENCE_SIGNATURE_WRONG']),
    );
  });

  it.each(['rsassa-sha1', 'rsassa-1024-sha256'] as const)('[part of CC-006] %s is too weak', async (key) => {
    const tpm = await machine({ key });
    expect(found(verify(tpm.evidence(NONCE), anchored(tpm)))).toEqual(['signature:SIGNATURE_ALGORITHM_WEAK']);
  });

  it.each([
    ['rsassa-sha256', ['signature:NOT_NATIONAL_ALGORITHM', 'certificates:NOT_NATIONAL_ALGORITHM']],
    ['ecdsa-p256-sha256', ['signature:NOT_NATIONAL_ALGORITHM', 'certificates:NOT_NATIONAL_ALGORITHM']],
    ['sm2-sha256', ['signature:NOT_NATIONAL_ALGORITHM', 'certificates:NOT_NATIONAL_ALGORITHM']],
  ] as const)('[part of CC-006] a TCM does not sign with %s', async (key, expected) => {
    const tcm = await machine({ profile: 'tcm', key });
    const failed = found(verify(tcm.evidence(NONCE), anchored(tcm)));
    expect(new Set(failed)).toEqual(new Set(expected));
  });

  it.each(['sm2-sm3', 'ecdsa-p256-sha256'] as const)(
    '%s: a TPM may leave out leading zeros of r',
    async (key) => {
      const tpm = await machine({ key });
      // One signature in 256 begins with a zero.
      for (let clock = 0n; ; clock++) {
        const { quote, signature } = tpm.quote(NONCE, { claim: { clock } });
        if (signature[6] !== 0) continue;
        const short = Uint8Array.of(...signature.subarray(0, 5), 31, ...signature.subarray(7));
        const evidence = changed(tpm.evidence(NONCE), () => ({ quote, signature: short }));
        expect(found(verify(evidence, anchored(tpm)))).toEqual([]);
        break;
      }
    },
  );

  it('a qualified name goes through all ancestors, the primary key first', async () => {
    const [key, middle, primary] = [await machine(), await machine(), await machine()];
    const nameOf = (area: Uint8Array) => concatBytes(Uint8Array.of(0, 0x12), sm3(area));
    const below = (name: Uint8Array, area: Uint8Array) =>
      concatBytes(Uint8Array.of(0, 0x12), sm3(concatBytes(name, nameOf(area))));
    const endorsement = fromHex('4000000b');
    const qualifiedSigner = [primary.parent, middle.publicArea, key.publicArea].reduce(below, endorsement);
    const quoted = key.quote(NONCE, { claim: { qualifiedSigner } });
    const judged = (...parents: Uint8Array[]) =>
      verify(
        changed(key.evidence(NONCE), () => ({ ...quoted, parents })),
        anchored(key),
      );
    expect(found(judged(middle.publicArea, primary.parent))).toEqual([]);
    expect(judged(middle.publicArea, primary.parent).claims.device).toEqual(nameOf(primary.parent));
    const mismatch = ['binding:QUALIFIED_SIGNER_MISMATCH'];
    expect(found(judged(primary.parent, middle.publicArea))).toEqual(mismatch);
    expect(found(judged(middle.publicArea))).toEqual(mismatch);
  });

  it('[part of CC-006] a TCM has no SHA-256 registers', async () => {
    const tcm = await machine({ profile: 'tcm', banks: ['sha256', 'sm3'] });
    const verdict = verify(tcm.evidence(NONCE), anchored(tcm));
    expect(found(verdict)).toEqual(['binding:NOT_NATIONAL_ALGORITHM']);
  });
});
