import { derElement, isAccepted, SmError, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { oidBytes } from '../src/internal/oids.ts';
import { encodeTime } from '../src/internal/times.ts';
import { octets, sequence, set } from '../src/internal/write.ts';
import {
  ATTRIBUTE_OIDS,
  encryptMessage,
  type Message,
  parseMessage,
  signAndEncryptMessage,
  signMessage,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { flipped, type Parties, parties, placeOf, signed } from './support/messages.ts';
import { at, edited } from './support/messages-craft.ts';

const CONTENT = utf8('不可篡改');
const SIGNER = [1, 0, 4, 0];
const SEED = 0x5ea1_0017;

let people: Parties;
let plain: Uint8Array;
let attributed: Uint8Array;
beforeAll(async () => {
  people = await parties();
  plain = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
  const signers = [{ ...people.alice, signingTime: NOW }];
  attributed = await signMessage(CONTENT, { syntax: 'rfc5652', signers });
});
const judge = (bytes: Uint8Array) =>
  verifySignedMessage(signed(bytes), { path: { anchors: [people.ca.certificate], time: NOW } });
const codes = (bytes: Uint8Array) => judge(bytes).verdict.integrity.reasons.map(({ code }) => code);

const attribute = (oid: string, ...values: readonly Uint8Array[]) =>
  sequence(derElement(0x06, oidBytes(oid)), set(...values));

/** Signs attributes of our choice, so that only they are wrong. */
async function withAttributes(...attributes: readonly Uint8Array[]): Promise<Uint8Array> {
  const sorted = [...attributes].sort((a, b) => Buffer.compare(a, b));
  const signature = await people.alice.signer.sign(set(...sorted));
  const changed = edited(attributed, [...SIGNER, 3], () => derElement(0xa0, ...sorted));
  return edited(changed, [...SIGNER, 5], () => octets(signature));
}

describe('tampering with signed messages', () => {
  it('[part of SEAL-017] notices changed content, signature and attributes', () => {
    expect(codes(flipped(plain, placeOf(plain, CONTENT)))).toContain('SIGNATURE_WRONG');
    expect(codes(flipped(attributed, placeOf(attributed, CONTENT)))).toContain('DIGEST_WRONG');
    expect(codes(flipped(plain, plain.length - 1))).toContain('SIGNATURE_WRONG');
    expect(codes(flipped(attributed, attributed.length - 1))).toContain('SIGNATURE_WRONG');
    const time = placeOf(attributed, encodeTime(NOW)) + 3;
    expect(codes(flipped(attributed, time))).toContain('SIGNATURE_WRONG');
  });

  it('[part of SEAL-017] does not let attributes be taken off or put on', () => {
    // The bytes that were signed with attributes, as content without attributes.
    const signedSet = signed(attributed).signers[0]!.signedAttributesRaw!;
    const stripped = edited(attributed, SIGNER, (element) =>
      sequence(...[0, 1, 2, 4, 5].map((index) => at(element, [index]))),
    );
    expect(judge(stripped).verdict.integrity.status).toBe('failed');
    const wrapped = edited(stripped, [1, 0, 2, 1, 0], () => octets(signedSet));
    // The bytes are those that were signed, as something else: no signer must read as right.
    expect(judge(wrapped).signers[0]).toMatchObject({ digest: 'wrong', signature: 'wrong' });
    expect(codes(wrapped)).not.toContain('SIGNATURE_RIGHT');
    expect(codes(wrapped)).toContain('CONTENT_IS_ATTRIBUTES');
    expect(judge(wrapped).verdict.integrity.status).toBe('failed');
    const put = edited(plain, SIGNER, (element) =>
      sequence(
        ...[0, 1, 2].map((index) => at(element, [index])),
        derElement(0xa0, at(attributed, [...SIGNER, 3, 0])),
        ...[3, 4].map((index) => at(element, [index])),
      ),
    );
    expect(judge(put).verdict.integrity.status).toBe('failed');
  });

  it('[part of SEAL-017] asks for contentType and messageDigest, once each and well-formed', async () => {
    const type = at(attributed, [...SIGNER, 3, 0]);
    const parts = [0, 1, 2].map((index) => at(attributed, [...SIGNER, 3, index]));
    const digest = parts.find((part) =>
      Buffer.from(part).includes(Buffer.from(oidBytes(ATTRIBUTE_OIDS.messageDigest))),
    )!;
    const bad: readonly (readonly Uint8Array[])[] = [
      [type],
      [digest],
      [type, digest, digest],
      [type, type, digest],
      [type, attribute(ATTRIBUTE_OIDS.messageDigest, octets(new Uint8Array(32)), octets(new Uint8Array(32)))],
      [type, attribute(ATTRIBUTE_OIDS.messageDigest, derElement(0x03, new Uint8Array(33)))],
      [attribute(ATTRIBUTE_OIDS.contentType, octets(new Uint8Array(3))), digest],
    ];
    for (const attributes of bad) {
      expect(codes(await withAttributes(...attributes))).toContain('ATTRIBUTES_INCOMPLETE');
    }
    expect(isAccepted(judge(await withAttributes(type, digest)).verdict)).toBe(true);
    const otherType = attribute(ATTRIBUTE_OIDS.contentType, derElement(0x06, oidBytes('1.2.3.4')));
    expect(codes(await withAttributes(otherType, digest))).toContain('CONTENT_TYPE_WRONG');
    const otherDigest = attribute(ATTRIBUTE_OIDS.messageDigest, octets(new Uint8Array(32)));
    expect(codes(await withAttributes(type, otherDigest))).toContain('DIGEST_WRONG');
  });

  it('[part of SEAL-017] holds the algorithms against the signed ones', async () => {
    const [type, , digest] = [0, 1, 2].map((index) => at(attributed, [...SIGNER, 3, index])) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const protection = (hash: Uint8Array, tag = 0xa1) =>
      attribute(
        ATTRIBUTE_OIDS.algorithmProtection,
        sequence(hash, derElement(tag, derElement(0x06, oidBytes('1.2.156.10197.1.501')))),
      );
    const sm3 = at(attributed, [...SIGNER, 2]);
    const sha256 = sequence(derElement(0x06, oidBytes('2.16.840.1.101.3.4.2.1')));
    expect(isAccepted(judge(await withAttributes(type, digest, protection(sm3))).verdict)).toBe(true);
    expect(codes(await withAttributes(type, digest, protection(sha256)))).toContain(
      'ALGORITHM_PROTECTION_WRONG',
    );
    expect(codes(await withAttributes(type, digest, protection(sm3, 0xa2)))).toContain(
      'ALGORITHM_PROTECTION_WRONG',
    );
  });

  it('[part of SEAL-017] refuses another digest beside SM2, and digests that nobody should use', () => {
    const digest = (oid: string) => () => sequence(derElement(0x06, oidBytes(oid)));
    const sha256 = edited(attributed, [...SIGNER, 2], digest('2.16.840.1.101.3.4.2.1'));
    expect(codes(sha256)).toContain('DIGEST_SIGNATURE_MISMATCH');
    const sha1 = edited(attributed, [...SIGNER, 2], digest('1.3.14.3.2.26'));
    expect(codes(sha1)).toContain('DIGEST_SIGNATURE_MISMATCH');
    expect(judge(sha1).signers[0]!.digest).toBe('unsupported');
    expect(codes(edited(plain, [...SIGNER, 2], digest('2.16.840.1.101.3.4.2.1')))).toContain(
      'DIGEST_SIGNATURE_MISMATCH',
    );
  });

  it('[part of SEAL-017] does not take the certificate of another with the same name for the key', async () => {
    const bobs = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.bob] });
    const renamed = edited(plain, [1, 0, 3], () => at(bobs, [1, 0, 3]));
    expect(codes(renamed)).toContain('CERTIFICATE_MISSING');
    const pointed = edited(renamed, [...SIGNER, 1], () => at(bobs, [...SIGNER, 1]));
    expect(codes(pointed)).toContain('SIGNATURE_WRONG');
  });

  it('[part of SEAL-017] never accepts a message without signers', () => {
    const empty = edited(plain, [1, 0, 4], () => set());
    const report = judge(empty);
    for (const aspect of Object.values(report.verdict)) {
      expect(aspect.status).toBe('indeterminate');
      expect(aspect.reasons[0].code).toBe('NO_SIGNERS');
    }
  });

  it('[part of SEAL-017] lets one wrong signer spoil the verdict of the others', async () => {
    const both = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice, people.bob] });
    const report = judge(flipped(both, both.length - 1));
    expect(report.verdict.integrity.status).toBe('failed');
    expect(report.signers.map(({ signature }) => signature).sort()).toEqual(['right', 'wrong']);
  });
});

/** A small generator with a seed, so that a failure can be repeated. */
function* numbers(seed: number): Generator<number, never, undefined> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

describe('mutated messages', () => {
  it('[part of SEAL-017] give a coded error or a verdict, and no other content than the signed one is accepted', async () => {
    console.info(`messages-tamper seed ${SEED.toString(16)}`);
    const random = numbers(SEED);
    const recipients = [{ certificate: people.carol.certificate }];
    const inputs = [
      plain,
      attributed,
      await encryptMessage(CONTENT, { syntax: 'gbt35275', recipients }),
      await encryptMessage(CONTENT, { syntax: 'rfc5652', recipients, cipher: 'sm4-gcm' }),
      await signAndEncryptMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice], recipients }),
    ];
    let read = 0;
    for (let i = 0; i < 4000; i++) {
      const input = inputs[i % inputs.length]!;
      const mutated = flipped(input, random.next().value % input.length, (random.next().value % 255) + 1);
      const bytes = i % 4 === 0 ? mutated.subarray(0, random.next().value % input.length) : mutated;
      let message: Message | undefined;
      try {
        message = parseMessage(bytes);
        read++;
        if (message.kind !== 'signedData') continue;
        const accepted = isAccepted(
          verifySignedMessage(message, { path: { anchors: [people.ca.certificate], time: NOW } }).verdict,
        );
        if (accepted) expect(message.content).toEqual(CONTENT);
      } catch (error) {
        if (!(error instanceof SmError)) throw error;
      }
    }
    // Otherwise the loop would have proven nothing of what comes after reading.
    expect(read).toBeGreaterThan(500);
  });
});
