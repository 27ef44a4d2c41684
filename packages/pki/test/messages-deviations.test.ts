import { concatBytes, derElement, fromHex, isAccepted, sm2, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { oidBytes } from '../src/internal/oids.ts';
import { implicit, integer, octets, set } from '../src/internal/write.ts';
import {
  CMS_CONTENT_TYPES,
  decryptMessage,
  encryptMessage,
  parseMessage,
  type Sm2CipherForm,
  signMessage,
  verifySignedMessage,
} from '../src/messages/index.ts';
import type { FindingCode } from '../src/spec/v1/finding.ts';
import { NOW } from './support/authority.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';
import { enveloped, type Parties, parties, signed } from './support/messages.ts';
import { at, contentsOf, edited, indefinite } from './support/messages-craft.ts';

const CONTENT = utf8('偏差');
const REFUSED = 'ERR_PKI_DEVIATION_REFUSED';
const oidOf = (text: string) => derElement(0x06, oidBytes(text));
const SIGNER = [1, 0, 4, 0];
const RECIPIENT = [1, 0, 1, 0];

let people: Parties;
let gm: Uint8Array;
let cms: Uint8Array;
let sealed: Uint8Array;
beforeAll(async () => {
  people = await parties();
  gm = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [people.alice] });
  cms = await signMessage(CONTENT, { syntax: 'rfc5652', signers: [{ ...people.alice, signingTime: NOW }] });
  sealed = await encryptMessage(CONTENT, {
    syntax: 'gbt35275',
    recipients: [{ certificate: people.carol.certificate }],
  });
});

/** r‖s of a DER signature. */
function rawSignature(element: Uint8Array): Uint8Array {
  const der = contentsOf(element);
  const half = (index: number) => {
    const value = contentsOf(at(der, [index]));
    return value.length > 32 ? value.subarray(1) : concatBytes(new Uint8Array(32 - value.length), value);
  };
  return octets(concatBytes(half(0), half(1)));
}

/** Deviations that leave a message as good as it was: name, message, finding. */
const SIGNED_DEVIATIONS: readonly (readonly [FindingCode, () => Uint8Array])[] = [
  ['SM2_SIGN_OID_501', () => edited(gm, [...SIGNER, 3, 0], () => oidOf('1.2.156.10197.1.501'))],
  ['SM2_SIGN_OID_301_1', () => edited(cms, [...SIGNER, 4, 0], () => oidOf('1.2.156.10197.1.301.1'))],
  ['SM2_SIGN_OID_CURVE', () => edited(gm, [...SIGNER, 3, 0], () => oidOf('1.2.156.10197.1.301'))],
  ['SM3_OID_HMAC', () => edited(gm, [...SIGNER, 2, 0], () => oidOf('1.2.156.10197.1.401.2'))],
  [
    'ALGORITHM_PARAMETERS_NULL',
    () => edited(gm, [...SIGNER, 3], (e) => derElement(0x30, contentsOf(e), fromHex('0500'))),
  ],
  ['CONTENT_TYPE_PKCS7', () => edited(gm, [1, 0, 2, 0], () => oidOf(CMS_CONTENT_TYPES.data))],
  ['MESSAGE_VERSION', () => edited(gm, [1, 0, 0], () => integer(0))],
  ['MESSAGE_VERSION', () => edited(cms, [1, 0, 0], () => integer(3))],
  ['MESSAGE_VERSION', () => edited(gm, [...SIGNER, 0], () => integer(0))],
  ['SIGNATURE_RAW', () => edited(gm, [...SIGNER, 4], rawSignature)],
  ['SIGNATURE_RAW', () => edited(cms, [...SIGNER, 5], rawSignature)],
  ['BER_ENCODING', () => indefinite(gm)],
  [
    'BER_ENCODING',
    () =>
      edited(cms, [1, 0, 2, 1, 0], (e) =>
        derElement(0x24, octets(contentsOf(e).slice(0, 1)), octets(contentsOf(e).slice(1))),
      ),
  ],
  ['BER_ENCODING', () => edited(cms, [...SIGNER, 3], indefinite)],
];

describe('deviations of signed messages', () => {
  it.each(SIGNED_DEVIATIONS)(
    '[part of SEAL-017] tolerates and reports %s, and the strict policy refuses it',
    (code, make) => {
      const bytes = make();
      const path = { anchors: [people.ca.certificate], time: NOW };
      const report = verifySignedMessage(signed(bytes), { path });
      expect(isAccepted(report.verdict)).toBe(true);
      expect(report.findings.map((finding) => finding.code)).toEqual([code]);
      // Strict at reading, or at the check of the signature.
      expect(codeOf(() => verifySignedMessage(signed(bytes, 'strict'), { path }))).toBe(REFUSED);
      if (code === 'SIGNATURE_RAW') {
        expect(codeOf(() => verifySignedMessage(signed(bytes), { path, policy: 'strict' }))).toBe(REFUSED);
      }
    },
  );

  it('[part of SEAL-017] takes attributes in another order when their DER order was signed', () => {
    const swapped = edited(cms, [...SIGNER, 3], (e) => {
      const parts = [2, 1, 0].map((index) => at(e, [index]));
      return derElement(0xa0, ...parts);
    });
    const report = verifySignedMessage(signed(swapped, 'strict'));
    expect(report.verdict.integrity.status).toBe('passed');
    expect(report.findings).toEqual([]);
  });

  it('[part of SEAL-017] takes attributes that were signed in the order of the file only when tolerant', async () => {
    const attributes = [2, 1, 0].map((index) => at(cms, [...SIGNER, 3, index]));
    const signature = await people.alice.signer.sign(set(...attributes));
    const inOrder = edited(cms, [...SIGNER, 3], () => derElement(0xa0, ...attributes));
    const bytes = edited(inOrder, [...SIGNER, 5], () => octets(signature));
    const report = verifySignedMessage(signed(bytes));
    expect(report.verdict.integrity.status).toBe('passed');
    expect(report.findings.map(({ code }) => code)).toEqual(['ATTRIBUTES_NOT_SORTED']);
    expect(report.signers[0]!.findings).toHaveLength(1);
    expect(codeOf(() => verifySignedMessage(signed(bytes, 'strict')))).toBe(REFUSED);
  });

  it('[part of SEAL-017] refuses what is no known deviation under both policies', () => {
    const bad: readonly Uint8Array[] = [
      edited(gm, [0], () => oidOf('1.2.3')),
      edited(gm, [1, 0, 2, 1, 0], (e) => derElement(0x05, contentsOf(e))),
      edited(cms, [1, 0, 2, 1, 0], (e) => derElement(0x30, contentsOf(e))),
      edited(gm, [...SIGNER, 1], () => implicit(0, Uint8Array.of(1))),
      edited(gm, [...SIGNER, 2], () => derElement(0x30, contentsOf(at(gm, [...SIGNER, 2])), integer(1))),
      edited(gm, [1, 0], (e) => derElement(0x30, contentsOf(e), integer(1))),
      concatBytes(gm, Uint8Array.of(0)),
      gm.subarray(0, gm.length - 1),
      new Uint8Array(0),
    ];
    for (const bytes of bad) {
      for (const policy of ['tolerant', 'strict'] as const) {
        expect(codeOf(() => parseMessage(bytes, { policy }))).toBe('ERR_PKI_MESSAGE_MALFORMED');
      }
    }
    expect(codeOf(() => parseMessage('text' as never))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    expect(codeOf(() => parseMessage(new Uint8Array(16_777_216)))).toBe('ERR_PKI_MESSAGE_MALFORMED');
  });

  it('[part of SEAL-017] carries certificates along that it cannot read', () => {
    const bytes = edited(gm, [1, 0, 3, 0], () => derElement(0x30, integer(1)));
    const message = signed(bytes);
    expect([message.certificates.length, message.otherCertificates.length]).toEqual([0, 1]);
    expect(verifySignedMessage(message).verdict.integrity.status).toBe('indeterminate');
  });
});

const ENVELOPED_DEVIATIONS: readonly (readonly [FindingCode, () => Uint8Array])[] = [
  ['SM4_OID_WITHOUT_MODE', () => edited(sealed, [1, 0, 2, 1, 0], () => oidOf('1.2.156.10197.1.104'))],
  ['SM2_ENCRYPT_OID_CURVE', () => edited(sealed, [...RECIPIENT, 2, 0], () => oidOf('1.2.156.10197.1.301'))],
  [
    'ALGORITHM_PARAMETERS_NULL',
    () => edited(sealed, [...RECIPIENT, 2], (e) => derElement(0x30, contentsOf(e), fromHex('0500'))),
  ],
  ['CONTENT_TYPE_PKCS7', () => edited(sealed, [1, 0, 2, 0], () => oidOf(CMS_CONTENT_TYPES.data))],
  ['MESSAGE_VERSION', () => edited(sealed, [1, 0, 0], () => integer(0))],
  ['MESSAGE_VERSION', () => edited(sealed, [...RECIPIENT, 0], () => integer(0))],
  ['BER_ENCODING', () => edited(sealed, [1, 0, 2, 2], (e) => derElement(0xa0, octets(contentsOf(e))))],
];

describe('deviations of enveloped messages', () => {
  it.each(ENVELOPED_DEVIATIONS)(
    '[part of SEAL-017] tolerates and reports %s, and the strict policy refuses it',
    async (code, make) => {
      const bytes = make();
      const opened = await decryptMessage(enveloped(bytes), people.carol);
      expect(opened.content).toEqual(CONTENT);
      expect(opened.findings.map((finding) => finding.code)).toEqual([code]);
      expect(codeOf(() => enveloped(bytes, 'strict'))).toBe(REFUSED);
    },
  );

  it('[part of SEAL-017] finds a recipient of GB/T 35275 by key identifier and reports it', async () => {
    const name = implicit(0, people.carol.certificate.subjectKeyIdentifier!);
    const named = edited(
      edited(sealed, [...RECIPIENT, 1], () => name),
      [...RECIPIENT, 0],
      () => integer(2),
    );
    const opened = await decryptMessage(enveloped(named), people.carol);
    expect(opened.findings.map(({ code }) => code)).toEqual(['RECIPIENT_BY_KEY_IDENTIFIER']);
    expect(codeOf(() => enveloped(named, 'strict'))).toBe(REFUSED);
    expect(await codeOfAsync(() => decryptMessage(enveloped(named), people.dave))).toBe(
      'ERR_PKI_RECIPIENT_UNKNOWN',
    );
  });
});

/** The content key in a raw form, in place of the SM2Cipher. */
async function withRawKey(form: Sm2CipherForm): Promise<Uint8Array> {
  const cipher = contentsOf(at(sealed, [...RECIPIENT, 3]));
  const key = await people.carol.decipherer.decrypt(cipher);
  const format = form.startsWith('c1c2c3') ? 'c1c2c3' : 'c1c3c2';
  const raw = key.use((bytes) => sm2.encrypt(people.carol.certificate.sm2PublicKey!, bytes, { format }));
  return edited(sealed, [...RECIPIENT, 3], () =>
    octets(form.endsWith('-without-04') ? raw.subarray(1) : raw),
  );
}

const RAW_FORMS: readonly (readonly [Sm2CipherForm, readonly FindingCode[]])[] = [
  ['c1c3c2', ['CIPHER_RAW']],
  ['c1c2c3', ['CIPHER_RAW_C1C2C3']],
  ['c1c3c2-without-04', ['CIPHER_RAW', 'CIPHER_WITHOUT_04']],
  ['c1c2c3-without-04', ['CIPHER_RAW_C1C2C3', 'CIPHER_WITHOUT_04']],
];

describe('raw ciphers of the content key', () => {
  it.each(RAW_FORMS)(
    '[part of SEAL-017] are read as %s only when that was asked for',
    async (form, codes) => {
      const bytes = await withRawKey(form);
      const open = (cipherFormats?: readonly Sm2CipherForm[], policy: 'tolerant' | 'strict' = 'tolerant') =>
        decryptMessage(enveloped(bytes), {
          ...people.carol,
          policy,
          ...(cipherFormats === undefined ? {} : { cipherFormats }),
        });
      const opened = await open(['der', form]);
      expect(opened.content).toEqual(CONTENT);
      expect(opened.findings.map(({ code }) => code)).toEqual(codes);
      expect((await open(RAW_FORMS.map(([name]) => name))).findings.map(({ code }) => code)).toEqual(codes);
      expect(await codeOfAsync(() => open())).toBe('ERR_DECRYPT_FAILED');
      expect(await codeOfAsync(() => open(['der', form], 'strict'))).toBe(REFUSED);
      const others = RAW_FORMS.map(([name]) => name).filter((name) => name !== form);
      expect(await codeOfAsync(() => open(others))).toBe('ERR_DECRYPT_FAILED');
    },
  );

  it('[part of SEAL-017] does not take DER when it was not asked for, nor a form that is none', async () => {
    const open = (cipherFormats: readonly Sm2CipherForm[]) =>
      codeOfAsync(() => decryptMessage(enveloped(sealed), { ...people.carol, cipherFormats }));
    expect(await open(['c1c3c2'])).toBe('ERR_DECRYPT_FAILED');
    expect(await open([])).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await open(['asn1' as never])).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });
});
