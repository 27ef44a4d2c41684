import { beforeAll, describe, expect, it } from 'vitest';
import { CborTagged, type CborValue, encodeCbor } from '../../../src/evidence/cbor/index.ts';
import { ccaVerifier, parseCcaToken } from '../../../src/evidence/cca/index.ts';
import type { CoseSign1 } from '../../../src/evidence/cose/index.ts';
import {
  createSyntheticCca,
  type SyntheticCca,
  type SyntheticCcaFields,
  type SyntheticCcaProfile,
} from '../../../src/synthetic/cca.ts';
import { failedSteps } from '../cbor/support.ts';

const TIME = new Date('2026-12-01T00:00:00Z');
const CHALLENGE = new Uint8Array(64).fill(0x5a);
const platforms = {} as Record<SyntheticCcaProfile, SyntheticCca>;

beforeAll(async () => {
  for (const profile of ['legacy', '1.0', '2.0', 'sm'] as const)
    platforms[profile] = await createSyntheticCca({ profile, time: TIME });
});

const token = (of: SyntheticCca, fields: SyntheticCcaFields = {}) =>
  of.token({ challenge: CHALLENGE, ...fields });
const verify = (evidence: Uint8Array, of: SyntheticCca) =>
  ccaVerifier.verify(evidence, { time: TIME, anchors: of.anchors, reportData: CHALLENGE });

describe('[part of CC-006] profiles of CCA tokens', () => {
  it.each([
    ['1.0', 'SM2-SM3'],
    ['legacy', 'SM2-SM3'],
    ['2.0', 'SM2-SM3'],
    ['sm', 'ES384'],
    ['sm', 'ES256'],
  ] as const)('of %s are not signed with %s', async (profile, algorithm) => {
    const of = await createSyntheticCca({ profile, algorithm, time: TIME });
    expect(failedSteps(verify(token(of), of))).toEqual(['format PROFILE_ALGORITHM_WRONG']);
  });

  it('are judged token by token', async () => {
    const [of, sm] = [platforms['1.0'], platforms.sm];
    const mixed = token(of, { platformClaims: new Map([[265, 'urn:cssi:cca-platform-sm:1']]) });
    expect(failedSteps(verify(mixed, of))).toEqual(['format PROFILE_ALGORITHM_WRONG']);
    const realm = token(sm, { realmClaims: new Map([[265, 'tag:arm.com,2023:realm#1.0.0']]) });
    expect(failedSteps(verify(realm, sm))).toEqual(['format PROFILE_ALGORITHM_WRONG']);
  });

  it('settle the version, whatever collection the tokens are in', () => {
    for (const [profile, tag, version] of [
      ['1.0', 907, 1],
      ['2.0', 399, 2],
    ] as const) {
      const of = platforms[profile];
      const { platformMessage, realmMessage } = parseCcaToken(token(of));
      const part = ({ protectedBytes, unprotectedHeader, payload, signature }: CoseSign1): CborValue => {
        const bytes = encodeCbor([protectedBytes, unprotectedHeader, payload, signature]);
        return tag === 907 ? [263, bytes] : bytes;
      };
      const parts = new Map<number, CborValue>([
        [44_234, part(platformMessage)],
        [44_241, part(realmMessage)],
      ]);
      const verdict = verify(encodeCbor(new CborTagged(tag, parts)), of);
      expect(failedSteps(verdict)).toEqual([]);
      expect(verdict.claims.format).toBe(`cca-token/${version}`);
    }
  });

  it('that are not known fail, however well signed', () => {
    const of = platforms['1.0'];
    const platform = token(of, { platformClaims: new Map([[265, 'tag:arm.com,2031:cca_platform#9.0.0']]) });
    expect(failedSteps(verify(platform, of))).toEqual(['format PROFILE_UNKNOWN']);
    const realm = token(of, { realmClaims: new Map([[265, 'tag:arm.com,2031:realm#9.0.0']]) });
    expect(failedSteps(verify(realm, of))).toEqual(['format PROFILE_UNKNOWN']);
  });
});
