import {
  type Certificate,
  type CertificateProfile,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import type { Publisher } from '../internal/build-package.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { type HighWaterMark, mayFollow, type RollbackStore } from '../spec/v1/rollback.ts';
import type { PackageParts, PackageSource } from '../spec/v1/source.ts';

const YEAR_MS = 31_536_000_000;

/** A key with its certificate. */
export interface Party {
  readonly keyPair: Sm2KeyPair;
  readonly signer: CertificateSigner;
  /** DER. */
  readonly certificate: Uint8Array;
}

function signerOf(keyPair: Sm2KeyPair): CertificateSigner {
  return {
    algorithm: 'sm2-sm3',
    publicKeyInfo: encodeSm2PublicKeyInfo(keyPair.publicKey),
    sign: async (message) => sm2.signWith(keyPair, message),
  };
}

/** A CA with publishers and devices, all made anew. */
export interface World {
  readonly anchors: readonly Certificate[];
  readonly publisher: Party & Publisher;
  /** Another publisher under the same CA. */
  readonly otherPublisher: Party & Publisher;
  readonly device: Party;
  readonly otherDevice: Party;
  issue(
    profile: CertificateProfile,
    commonName: string,
    validity?: { readonly notBefore?: Date; readonly notAfter?: Date },
  ): Promise<Party>;
}

/** Makes a world whose certificates are valid around `now`. */
export async function makeWorld(now: Date): Promise<World> {
  const rootPair = sm2.generateKeyPair();
  const root = signerOf(rootPair);
  const name = { commonName: 'Conformance CA' };
  const notBefore = new Date(now.getTime() - YEAR_MS);
  const notAfter = new Date(now.getTime() + 5 * YEAR_MS);
  const rootSpec = { subject: name, issuer: name, publicKeyInfo: root.publicKeyInfo, notBefore, notAfter };
  const anchor = parseCertificate(await issueCertificate({ ...rootSpec, profile: 'root-ca' }, root));

  const issue: World['issue'] = async (profile, commonName, validity = {}) => {
    const keyPair = sm2.generateKeyPair();
    const signer = signerOf(keyPair);
    const certificate = await issueCertificate(
      {
        subject: { commonName },
        issuer: { raw: anchor.subjectRaw },
        issuerPublicKeyInfo: root.publicKeyInfo,
        publicKeyInfo: signer.publicKeyInfo,
        profile,
        notBefore,
        notAfter,
        ...validity,
      },
      root,
    );
    return { keyPair, signer, certificate };
  };
  return {
    anchors: [anchor],
    publisher: await issue('model-publisher', 'Publisher One'),
    otherPublisher: await issue('model-publisher', 'Publisher Two'),
    device: await issue('device', 'device-0001'),
    otherDevice: await issue('device', 'device-0002'),
    issue,
  };
}

let shared: { readonly time: number; readonly world: Promise<World> } | undefined;

/** The world of a run: certificates cost more than most cases, and no case changes them. */
export function sharedWorld(now: Date): Promise<World> {
  if (shared?.time !== now.getTime()) shared = { time: now.getTime(), world: makeWorld(now) };
  return shared.world;
}

/** A source over parts, honest towards them. */
export function sourceOf(parts: PackageParts): PackageSource {
  return {
    specVersion: '1',
    name: 'suite',
    manifest: async () => Uint8Array.from(parts.header),
    leaves: async () => Uint8Array.from(parts.leaves),
    async chunk(index) {
      const chunk = parts.chunks[index];
      if (chunk !== undefined) return Uint8Array.from(chunk);
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CHUNK_UNKNOWN');
    },
    async close() {},
  };
}

/** High-water marks that the suite can look into. */
export interface WatchedState extends RollbackStore {
  /** How often a mark was stored. */
  readonly raised: number;
}

/** A correct store of high-water marks in memory. */
export function watchedState(): WatchedState {
  const marks = new Map<string, HighWaterMark>();
  let raised = 0;
  const keyOf = (line: object): string => JSON.stringify(Object.entries(line).sort());
  return {
    specVersion: '1',
    name: 'suite',
    get raised() {
      return raised;
    },
    read: async (line) => marks.get(keyOf(line)),
    async raise(line, mark) {
      if (!mayFollow(marks.get(keyOf(line)), mark)) throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_ROLLBACK');
      marks.set(keyOf(line), mark);
      raised++;
    },
  };
}
