import { sm2 } from '@cssi/sm-core';
import { sm2SoftwareDecipherer, sm2SoftwareSigner } from '../../src/adapters/software.ts';
import {
  type Certificate,
  type CertificateSigner,
  issueCertificate,
  parseCertificate,
} from '../../src/index.ts';
import {
  type EnvelopedMessage,
  type Message,
  parseMessage,
  type SignedAndEnvelopedMessage,
  type SignedMessage,
} from '../../src/messages/index.ts';
import type { KeyDecipherer } from '../../src/spec/v1/decipherer.ts';
import type { DeviationPolicy } from '../../src/spec/v1/finding.ts';
import { type Holder, request, root, under } from './authority.ts';

/** Someone who can receive. */
export interface Receiver {
  readonly decipherer: KeyDecipherer;
  readonly certificate: Certificate;
  readonly privateKey: Parameters<typeof sm2.decrypt>[0];
}

/** A signer that can also sign digests. */
async function digestSigner(issuer: Holder): Promise<Holder> {
  const pair = sm2.generateKeyPair();
  const plain = sm2SoftwareSigner(pair);
  const signer: CertificateSigner = {
    ...plain,
    signDigest: async (digest) => sm2.signDigest(pair.privateKey, digest),
  };
  return { signer, certificate: await certificateFor(issuer, signer.publicKeyInfo, 'digest') };
}

async function certificateFor(
  issuer: Holder,
  publicKeyInfo: Uint8Array,
  commonName: string,
): Promise<Certificate> {
  const spec = request({
    subject: { commonName },
    issuer: { raw: issuer.certificate.subjectRaw },
    issuerPublicKeyInfo: issuer.certificate.publicKeyInfo,
    publicKeyInfo,
    profile: commonName === 'digest' ? 'person' : 'person-encryption',
  });
  return parseCertificate(await issueCertificate(spec, issuer.signer));
}

async function receiver(issuer: Holder, commonName: string): Promise<Receiver> {
  const pair = sm2.generateKeyPair();
  const decipherer = sm2SoftwareDecipherer(pair);
  const certificate = await certificateFor(issuer, decipherer.publicKeyInfo, commonName);
  return { decipherer, certificate, privateKey: pair.privateKey };
}

export interface Parties {
  readonly ca: Holder;
  readonly alice: Holder;
  readonly bob: Holder;
  readonly carol: Receiver;
  readonly dave: Receiver;
}

/** A root, two who sign, two who receive. */
export async function parties(): Promise<Parties> {
  const ca = await root();
  return {
    ca,
    alice: await digestSigner(ca),
    bob: await under(ca, 'bob'),
    carol: await receiver(ca, 'carol'),
    dave: await receiver(ca, 'dave'),
  };
}

type KindOf<K extends Message['kind']> = Extract<Message, { readonly kind: K }>;

export function parsed<K extends Message['kind']>(
  kind: K,
  bytes: Uint8Array,
  policy: DeviationPolicy = 'tolerant',
): KindOf<K> {
  const message = parseMessage(bytes, { policy });
  if (message.kind !== kind) throw new Error(`expected ${kind}, got ${message.kind}`);
  return message as KindOf<K>;
}

export const signed = (bytes: Uint8Array, policy?: DeviationPolicy): SignedMessage =>
  parsed('signedData', bytes, policy);
export const enveloped = (bytes: Uint8Array, policy?: DeviationPolicy): EnvelopedMessage =>
  parsed('envelopedData', bytes, policy);
export const signedAndEnveloped = (bytes: Uint8Array, policy?: DeviationPolicy): SignedAndEnvelopedMessage =>
  parsed('signedAndEnvelopedData', bytes, policy);

/** `bytes` in pieces of `size`. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collected(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(Uint8Array.from(piece));
  return Uint8Array.from(Buffer.concat(all));
}

/** The first place of `part` in `whole`. */
export function placeOf(whole: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(whole).indexOf(Buffer.from(part));
  if (at < 0) throw new Error('not there');
  return at;
}

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[at]! ^= mask;
  return out;
}
