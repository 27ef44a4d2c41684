import { X509Certificate as NodeCertificate } from 'node:crypto';
import { checkCertificateSignature, parseCertificate, verifyCertificatePath } from '@cssi/pki';
import { isAccepted, sm2 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate as AsnCertificate } from '@peculiar/asn1-x509';
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509';
import type { BenchRow, DirectRow, Measured } from '../area.ts';
import { agree } from './agree.ts';
import type { BouncyCastlePeer } from './pki-bouncycastle.ts';
import { type Chain, TIME } from './pki-fixture.ts';
import { rate } from './sm-core-sm2.ts';

/** Rounds of one answer of the JVM, so that it runs for about a tenth of a second. */
const JVM_ROUNDS = 8;
/** Rounds that its compilers get before anything counts. */
const JVM_WARM_UP = 400;

/** Goes around a list, so that no cache of one object is measured. */
function turning<T>(items: readonly T[]): () => T {
  let at = 0;
  return () => items[at++ % items.length]!;
}

/** Reads what a person would be shown of a certificate. */
export function parseRow({ leaves }: Chain): BenchRow {
  const next = turning(leaves.map(({ certificate }) => certificate.raw));
  const peers = {
    '@peculiar/x509': () => {
      const certificate = new PeculiarCertificate(next());
      return [certificate.subject, certificate.issuer, certificate.notAfter, certificate.extensions];
    },
    '@peculiar/asn1-x509': () => AsnConvert.parse(next(), AsnCertificate),
    'node:crypto': () => {
      const certificate = new NodeCertificate(next());
      return [certificate.subject, certificate.issuer, certificate.validTo, certificate.keyUsage];
    },
  };
  for (const [name, parse] of Object.entries(peers)) agree(parse() !== undefined, `parsing by ${name}`);
  return {
    ...rate,
    id: 'certificate.parse',
    aims: [{ value: 5000 }, { peer: '@peculiar/x509', value: 1 }],
    ours: () => {
      const certificate = parseCertificate(next());
      return [certificate.subject, certificate.issuer, certificate.notAfter, certificate.extensions];
    },
    peers,
  };
}

/** A cost of at most 1.3 times that of the signatures alone. */
const AT_MOST_THREE_TENTHS = 0.77;
/** Sets of issuers that were read and not used yet: enough that none is used often in one row. */
const FRESH_ISSUERS = 8192;

/** Both signatures of a path and nothing else. */
function bareSignatures({ root, sub, leaves }: Chain): () => boolean {
  const next = turning(leaves.map(({ certificate }) => certificate));
  const { tbsRaw, signature } = sub.certificate;
  return () => {
    const leaf = next();
    const upper = sm2.verify(root.pair.publicKey, tbsRaw, signature);
    return sm2.verify(sub.pair.publicKey, leaf.tbsRaw, leaf.signature) && upper;
  };
}

/** A whole path of three certificates with two signatures, everything judged. */
export function pathRows(chain: Chain): BenchRow[] {
  const { root, sub, leaves } = chain;
  const next = turning(leaves.map(({ certificate }) => certificate));
  const issuers = turning(
    Array.from({ length: FRESH_ISSUERS }, () => ({
      anchors: [parseCertificate(root.certificate.raw)],
      intermediates: [parseCertificate(sub.certificate.raw)],
    })),
  );
  const rest = { time: TIME, keyUsage: ['digitalSignature'] } as const;
  const kept = { ...rest, anchors: [root.certificate], intermediates: [sub.certificate] };
  const peers = { 'two sm2.verify alone': bareSignatures(chain) };
  agree(isAccepted(verifyCertificatePath(next(), kept)), 'the path');
  agree(peers['two sm2.verify alone'](), 'the signatures of the path');
  const aims = [{ peer: 'two sm2.verify alone', value: AT_MOST_THREE_TENTHS }];
  return [
    {
      ...rate,
      id: 'path.verify.new-issuers',
      aims,
      ours: () => isAccepted(verifyCertificatePath(next(), { ...rest, ...issuers() })),
      peers,
    },
    {
      ...rate,
      id: 'path.verify.kept-issuers',
      aims,
      ours: () => isAccepted(verifyCertificatePath(next(), kept)),
      peers,
    },
  ];
}

/** The same path, with all three certificates read each time. */
export function coldPathRow(chain: Chain): BenchRow {
  const { root, sub, leaves } = chain;
  const next = turning(leaves.map(({ certificate }) => certificate));
  return {
    ...rate,
    id: 'path.parse-and-verify',
    ours: () => {
      const leaf = parseCertificate(next().raw);
      const intermediates = [parseCertificate(sub.certificate.raw)];
      const anchors = [parseCertificate(root.certificate.raw)];
      return isAccepted(verifyCertificatePath(leaf, { anchors, intermediates, time: TIME }));
    },
    peers: { 'two sm2.verify alone': bareSignatures(chain) },
  };
}

/** Parsing and one signature against BouncyCastle's, in turns. */
export function bouncyCastleRow({ sub, leaves }: Chain, peer: BouncyCastlePeer): DirectRow {
  const issuer = sub.certificate.raw;
  const certificates = leaves.map(({ certificate }) => certificate.raw);
  const ourRate = (): number => {
    const key = parseCertificate(issuer);
    const start = performance.now();
    for (let i = 0; i < JVM_ROUNDS; i++) {
      for (const raw of certificates) {
        agree(checkCertificateSignature(parseCertificate(raw), key) === 'right', 'our verification');
      }
    }
    return (JVM_ROUNDS * certificates.length * 1000) / (performance.now() - start);
  };
  return {
    unit: 'ops/s',
    better: 'higher',
    id: 'certificate.parse-and-verify',
    aims: [{ peer: 'BouncyCastle', value: 1 }],
    measure: async (seconds): Promise<Measured> => {
      const ours: number[] = [];
      const theirs: number[] = [];
      await peer.verifyRate(JVM_WARM_UP, issuer, certificates);
      const end = performance.now() + seconds * 1000;
      while (ours.length < 5 || performance.now() < end) {
        ours.push(ourRate());
        theirs.push(await peer.verifyRate(JVM_ROUNDS, issuer, certificates));
      }
      return { ours, peers: { BouncyCastle: theirs } };
    },
  };
}
