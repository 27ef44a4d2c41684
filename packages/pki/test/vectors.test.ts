import { createHash } from 'node:crypto';
import { equalBytes, fromHex, isAccepted, SmError, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type Certificate,
  certificatesFromPem,
  checkCertificateSignature,
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PublicKeyInfo,
  OIDS,
  parseCertificate,
  pemDecode,
  verifyCertificatePath,
} from '../src/index.ts';
import { NOW } from './support/authority.ts';
import { codeOf, statuses, troubles } from './support/codes.ts';
import {
  derOf,
  sharedBytes,
  sharedPresent,
  sharedText,
  type VectorCase,
  vectorCases,
} from './support/shared.ts';

const GENERATED = 'vectors/certs/generated_pki.json';
const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const SAMPLES = 'samples/seal/generated/';
const TONGSUO = 'samples/seal/tongsuo-certs/';

const generated = sharedPresent(GENERATED) ? vectorCases(GENERATED) : [];
const thirdParty = sharedPresent(THIRD_PARTY) ? vectorCases(THIRD_PARTY) : [];
const ofKind = (cases: readonly VectorCase[], kind: string) => cases.filter((item) => item.kind === kind);
const algorithm = (certificate: Certificate) => certificate.signatureAlgorithm;

describe.skipIf(generated.length === 0)('certificates made by BouncyCastle and OpenSSL', () => {
  const certificates = new Map(
    ofKind(generated, 'certificate').map((item) => [item.name!, parseCertificate(derOf(item))]),
  );
  /** What is the one reason for each refusal; every case marked invalid stands here. */
  const REASONS: Readonly<Record<string, string[]>> = {
    'set0.expired': ['CERTIFICATE_EXPIRED'],
    'set0.notyet': ['CERTIFICATE_NOT_YET_VALID'],
    'set0.issued-by-leaf': ['ISSUER_NOT_CA', 'ISSUER_KEY_USAGE', 'PATH_TOO_LONG'],
    'set0.subsub': ['PATH_TOO_LONG'],
    'set0.leaf-of-subsub': ['PATH_TOO_LONG'],
    'set0.leaf-of-ca-without-keycertsign': ['ISSUER_KEY_USAGE'],
    'set0.critical-unknown-extension': ['CRITICAL_EXTENSION_UNKNOWN'],
    'set0.sign-tampered-signature': ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    'set0.sign-tampered-tbs': ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    'set0.wrong-issuer-key': ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
  };
  const judged = (name: string, time: Date) => {
    const certificate = certificates.get(name)!;
    const set = name.split('.')[0]!;
    const anchor = certificates.get(`${set}.root`) ?? certificate;
    const intermediates = [...certificates.values()].filter((other) => other !== certificate);
    return verifyCertificatePath(certificate, { anchors: [anchor], intermediates, time });
  };

  it.each(ofKind(generated, 'certificate').map((item) => [item.name!, item] as const))(
    '%s is judged as expected [part of SEAL-015, EDGE-020]',
    (name, item) => {
      // The certificate of the OpenSSL command line begins in November.
      const first = new Date(name.startsWith('set') ? '2026-01-03T00:00:00Z' : NOW);
      for (const time of [first, NOW, new Date('2026-12-29T00:00:00Z')]) {
        const verdict = judged(name, time);
        // "revoked in set0.crl": revocation is not judged yet, and the verdict must say so.
        const invalid = item.expected?.startsWith('invalid') ?? false;
        expect(isAccepted(verdict)).toBe(!invalid);
        expect(troubles(verdict)).toEqual(REASONS[name] ?? []);
        const said = verdict.trust.reasons.some(({ code }) => code === 'REVOCATION_NOT_CHECKED');
        expect(said || invalid).toBe(true);
      }
    },
  );

  it('have a stated reason for every case marked invalid', () => {
    const invalid = generated.filter(
      (item) => item.kind === 'certificate' && item.expected?.startsWith('invalid'),
    );
    expect(invalid.map(({ name }) => name).sort()).toEqual(Object.keys(REASONS).sort());
  });

  it('are signed by whom they name, and by nobody else in the set', () => {
    const root = certificates.get('set0.root')!;
    const sub = certificates.get('set0.sub')!;
    const sign = certificates.get('set0.sign')!;
    expect(checkCertificateSignature(sub, root)).toBe('right');
    expect(checkCertificateSignature(sign, sub)).toBe('right');
    expect(checkCertificateSignature(sign, root)).toBe('wrong');
    expect(checkCertificateSignature(sign, sub, utf8(''))).toBe('wrong');
  });
});

describe.skipIf(generated.length === 0)('keys made by BouncyCastle and OpenSSL [part of SEAL-018]', () => {
  it.each(ofKind(generated, 'pkcs8').map((item) => [item.name!, item] as const))(
    '%s opens and belongs to its certificate',
    (name, item) => {
      const pair = decodeSm2PrivateKey(derOf(item));
      const owners = generated.filter(({ kind, key }) => kind === 'certificate' && key === name);
      for (const owner of owners) {
        expect(toHex(parseCertificate(derOf(owner)).sm2PublicKey!)).toBe(toHex(pair.publicKey));
      }
      const spki = generated.find((other) => other.name === name.replace(/\.key$/, '.pub'));
      if (spki !== undefined) expect(toHex(encodeSm2PublicKeyInfo(pair.publicKey))).toBe(spki.der);
      pair.privateKey.destroy();
    },
  );
});

describe.skipIf(thirdParty.length === 0)('certificates of other projects and real CAs', () => {
  const items = ofKind(thirdParty, 'certificate');
  const bySha256 = new Map(items.map((item) => [item.sha256!, item]));
  const timeText = (text: string) => (text.length === 13 ? `20${text}` : text);

  it('are 43', () => expect(items).toHaveLength(43));

  it.each(items.map((item) => [`${item.subject} ${item.serial}`, item] as const))(
    '%s: reads as another reader read it [part of SEAL-015]',
    (_, item) => {
      const der = derOf(item);
      const certificate = parseCertificate(der);
      expect(createHash('sha256').update(certificate.raw).digest('hex')).toBe(item.sha256);
      expect(algorithm(certificate)).toBe('sm2-sm3');
      expect(toHex(certificate.serial)).toBe(item.serial!.replace(/^00(?=..)/, ''));
      expect(toHex(certificate.sm2PublicKey!)).toBe(item.pub);
      const digits = (time: Date) => `${time.toISOString().replace(/[-:T]|\.\d+/g, '')}`;
      expect(digits(certificate.notBefore)).toBe(timeText(item.not_before!));
      expect(digits(certificate.notAfter)).toBe(timeText(item.not_after!));
      expect(certificate.extensions.map(({ oid }) => oid)).toEqual(item.extensions ?? []);
      const commonName = /(?:^|,)CN=([^,]+)/.exec(item.subject!)?.[1];
      expect(certificate.subject.commonName).toBe(commonName);
    },
  );

  it.each(
    items
      .filter(({ sig_check }) => Array.isArray(sig_check))
      // The issuer of one, of CFCA, is not in the set.
      .filter(({ subject }) => subject !== 'C=CN,O=CFCA SM2 OCA1')
      .map((item) => [`${item.subject} ${item.serial}`, item] as const),
  )('%s: its signature verifies with the issuer and ID that are stated', (_, item) => {
    const certificate = parseCertificate(derOf(item));
    for (const check of item.sig_check as readonly { issuer_sha256: string; id: string }[]) {
      const issuer = parseCertificate(derOf(bySha256.get(check.issuer_sha256)!));
      const right = checkCertificateSignature(certificate, issuer) === 'right';
      if (check.id.startsWith('default')) expect(right).toBe(true);
      else {
        // Signed over plain SM3: wrong by the standard, and told apart from a forgery.
        expect(check.id).toMatch(/^none/);
        expect(right).toBe(false);
        expect(sm2.verifyDigest(issuer.sm2PublicKey!, sm3(certificate.tbsRaw), certificate.signature)).toBe(
          true,
        );
        const verdict = verifyCertificatePath(certificate, {
          anchors: [],
          intermediates: [issuer],
          time: NOW,
        });
        expect(verdict.integrity.reasons[0]?.code).toBe('CERTIFICATE_SIGNER_ID_WRONG');
      }
    }
  });

  it('chain to the national root with the time and policy given [part of SEAL-015]', () => {
    const all = items.map((item) => parseCertificate(derOf(item)));
    const anchor = all.find(({ subject }) => subject.commonName === 'ROOTCA')!;
    const below = all.filter((certificate) => equalBytes(certificate.issuerRaw, anchor.subjectRaw));
    expect(below.length).toBeGreaterThanOrEqual(9);
    for (const certificate of below) {
      const time = new Date(Math.max(certificate.notBefore.getTime(), anchor.notBefore.getTime()));
      const verdict = verifyCertificatePath(certificate, {
        anchors: [anchor],
        time,
        keyUsage: ['keyCertSign'],
      });
      expect(troubles(verdict)).toEqual([]);
    }
  });

  it('name algorithms and extensions by the identifiers of our tables [part of SEAL-019]', () => {
    const hex = items.map(({ der }) => der);
    const count = (oid: string) => hex.filter((der) => der.includes(oid)).length;
    // sm2sign-with-sm3, the SM2 curve, keyUsage, basicConstraints
    expect(count('06082a811ccf55018375')).toBe(items.length);
    expect(count('06082a811ccf5501822d')).toBe(items.length);
    const oids = items.map((item) => parseCertificate(derOf(item)).extensions.map(({ oid }) => oid));
    expect(oids.every((list) => list.includes(OIDS.keyUsage))).toBe(true);
    expect(oids.filter((list) => list.includes(OIDS.basicConstraints)).length).toBeGreaterThan(20);
  });
});

describe.skipIf(thirdParty.length === 0)('keys of other projects [part of SEAL-018]', () => {
  it.each(ofKind(thirdParty, 'pkcs8').map((item) => [item.sha256!.slice(0, 16), item] as const))(
    'PKCS#8 %s opens, or is out of range and refused',
    (_, item) => {
      const open = () => decodeSm2PrivateKey(derOf(item));
      if (item.note?.includes('must be rejected') === true) {
        expect(codeOf(open)).toBe('ERR_SM2_PRIVATE_KEY_INVALID');
        return;
      }
      const pair = open();
      if (item.pub !== undefined) expect(toHex(pair.publicKey)).toBe(item.pub);
      const message = utf8('m');
      expect(sm2.verify(pair.publicKey, message, sm2.signWith(pair, message))).toBe(true);
    },
  );

  it.each(ofKind(thirdParty, 'spki').map((item) => [item.sha256!.slice(0, 16), item] as const))(
    'SubjectPublicKeyInfo %s is written back byte for byte',
    (_, item) => {
      expect(toHex(encodeSm2PublicKeyInfo(decodeSm2PublicKeyInfo(derOf(item))))).toBe(item.der);
    },
  );

  it('SEC1 keys and requests are no PKCS#8 and no certificate', () => {
    for (const item of [...ofKind(thirdParty, 'sec1'), ...ofKind(thirdParty, 'csr')]) {
      expect(codeOf(() => decodeSm2PrivateKey(derOf(item)))).toBe('ERR_PKI_KEY_MALFORMED');
      expect(codeOf(() => parseCertificate(derOf(item)))).toBe('ERR_PKI_CERTIFICATE_MALFORMED');
    }
  });
});

describe.skipIf(!sharedPresent(`${SAMPLES}ca.cer`))('sample certificates of seals', () => {
  const read = (name: string) => parseCertificate(sharedBytes(`${SAMPLES}${name}.cer`));

  it.each(['ca', 'maker', 'signer-sign', 'signer-enc', 'tsa'])(
    '%s chains to the CA [part of SEAL-015]',
    (name) => {
      const certificate = read(name);
      const verdict = verifyCertificatePath(certificate, { anchors: [read('ca')], time: NOW });
      expect(troubles(verdict)).toEqual([]);
      expect(certificatesFromPem(sharedText(`${SAMPLES}${name}.pem`))[0]?.fingerprint).toBe(
        certificate.fingerprint,
      );
      const [key] = pemDecode(sharedText(`${SAMPLES}${name}.key.pem`), 'PRIVATE KEY');
      expect(toHex(decodeSm2PrivateKey(key!).publicKey)).toBe(toHex(certificate.sm2PublicKey!));
    },
  );

  it('the pair of the signer: one may sign, the other may not [part of SEAL-015, EDGE-020]', () => {
    const options = { anchors: [read('ca')], time: NOW, keyUsage: ['digitalSignature'] } as const;
    expect(troubles(verifyCertificatePath(read('signer-sign'), options))).toEqual([]);
    expect(troubles(verifyCertificatePath(read('signer-enc'), options))).toEqual(['KEY_USAGE_WRONG']);
  });

  it('the time stamping authority has its purpose, the signer has not', () => {
    const options = { anchors: [read('ca')], time: NOW, extendedKeyUsage: OIDS.timeStamping };
    expect(troubles(verifyCertificatePath(read('tsa'), options))).toEqual([]);
    expect(troubles(verifyCertificatePath(read('maker'), options))).toEqual(['EXTENDED_KEY_USAGE_WRONG']);
  });
});

describe.skipIf(!sharedPresent(`${TONGSUO}sm2_chain-ca.crt`))('certificates of Tongsuo', () => {
  const read = (name: string) => certificatesFromPem(sharedText(TONGSUO + name));
  // Read in the tests: the body of a skipped group runs as well.
  const judge = (name: string) => {
    const [top, sub] = read('sm2_chain-ca.crt') as [Certificate, Certificate];
    return verifyCertificatePath(read(name)[0]!, { anchors: [top], intermediates: [sub], time: NOW });
  };

  it.each(['sm2_client_sign.crt', 'sm2_client_enc.crt', 'sm2_server_sign.crt', 'sm2_server_enc.crt'])(
    '%s chains [part of SEAL-015]',
    (name) => {
      expect(troubles(judge(name))).toEqual([]);
    },
  );

  it.each(['sm2_client_sign_expire.crt', 'sm2_server_enc_expire.crt'])('%s has expired', (name) => {
    expect(statuses(judge(name))).toBe('passed passed failed');
    expect(troubles(judge(name))).toEqual(['CERTIFICATE_EXPIRED']);
  });

  it.each(['sm2_server_sign2.crt', 'sm2_server_enc2.crt'])('%s is of another CA', (name) => {
    expect(statuses(judge(name))).toBe('indeterminate failed passed');
  });

  it('the three-step chain leads to its root [part of SEAL-015]', () => {
    const [middle, anchor] = read('sm2-chain-ca.crt') as [Certificate, Certificate];
    const leaf = read('sm2-leaf.crt')[0]!;
    const options = { anchors: [anchor], time: NOW };
    expect(troubles(verifyCertificatePath(leaf, { ...options, intermediates: [middle] }))).toEqual([]);
    expect(statuses(verifyCertificatePath(leaf, options))).toBe('indeterminate failed passed');
  });

  it('keys in both spellings of the algorithm open [part of SEAL-018]', () => {
    for (const name of ['sm2.key', 'sm2-root.key', 'sm2-first-key.pem', 'sm2_client_sign.key']) {
      const [key] = pemDecode(sharedText(TONGSUO + name), 'PRIVATE KEY');
      expect(decodeSm2PrivateKey(key!).publicKey).toHaveLength(65);
    }
  });
});

describe.skipIf(!sharedPresent('samples/evidence/milan.pem'))('certificates of TEE makers', () => {
  it('AMD: RSA with PSS cannot be checked and says so, never right', () => {
    const [ask, ark] = certificatesFromPem(sharedText('samples/evidence/milan.pem')) as [
      Certificate,
      Certificate,
    ];
    const verdict = verifyCertificatePath(ask, { anchors: [ark], time: NOW });
    expect(statuses(verdict)).toBe('indeterminate failed passed');
    expect(verdict.integrity.reasons[0]?.code).toBe('CERTIFICATE_ALGORITHM_UNSUPPORTED');
  });

  it('Intel: the ECDSA chain inside of a quote leads to its root', () => {
    const quote = new TextDecoder('latin1').decode(sharedBytes('samples/evidence/tdx_quote_4.dat'));
    const [pck, ca, anchor] = certificatesFromPem(quote) as [Certificate, Certificate, Certificate];
    const verdict = verifyCertificatePath(pck, {
      anchors: [anchor],
      intermediates: [ca],
      time: pck.notBefore,
    });
    expect(troubles(verdict)).toEqual([]);
    expect(pck.keyAlgorithm).toBe(`ec:${OIDS.p256}`);
  });
});

describe.skipIf(generated.length === 0)('other structures are no certificates', () => {
  it.each(generated.filter(({ kind }) => kind !== 'certificate').map((item) => [item.name!, item] as const))(
    '%s',
    (_, item) => {
      expect(codeOf(() => parseCertificate(fromHex(item.der)))).toBe('ERR_PKI_CERTIFICATE_MALFORMED');
      expect(() => decodeSm2PublicKeyInfo(item.kind === 'spki' ? new Uint8Array(1) : derOf(item))).toThrow(
        SmError,
      );
    },
  );
});
