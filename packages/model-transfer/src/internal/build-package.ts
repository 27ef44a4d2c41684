import { type Certificate, type CertificateSigner, parseCertificate } from '@cssi/pki';
import { randomBytes, Secret, SmError, sm2, sm3, toHex } from '@cssi/sm-core';
import {
  CONTENT_KEY_BYTES,
  DEFAULT_CHUNK_BYTES,
  type LinkType,
  MODEL_SPEC_VERSION,
  type ModelLevel,
  type PayloadClass,
  SALT_BYTES,
  SMP_FORMAT,
  SMP1_SUITE,
  SUPPORTED_LEVELS,
} from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import { commitKey, encodeWrap } from '../spec/v1/keys.ts';
import type { Manifest, ManifestCore, ManifestFile, ManifestRecipient } from '../spec/v1/manifest.ts';
import {
  chunkCountOf,
  decodeManifest,
  encodeCore,
  encodeHeader,
  encodeManifest,
  manifestSignedBytes,
} from '../spec/v1/manifest-codec.ts';
import { inputSize, type PackInput } from './pack-input.ts';
import { type ChunkSink, sealFile } from './seal-file.ts';

/** One file to pack. */
export interface PackFile {
  /** One safe path component. */
  readonly name: string;
  /** A path, bytes, or a stream of bytes. */
  readonly input: PackInput;
  /** Length in bytes; needed for a stream, whose length goes into the keys before it is read. */
  readonly size?: number;
}

/** How far packing is. */
export interface PackProgress {
  readonly chunksDone: number;
  readonly chunks: number;
}

/** What to pack and for whom. */
export interface PackRequest {
  readonly files: readonly PackFile[];
  readonly modelId: string;
  /** `stable` when left out. */
  readonly channel?: string;
  /** 1 when left out. */
  readonly epoch?: number;
  readonly version: number;
  readonly level: ModelLevel;
  readonly link: LinkType;
  /** `model-file` when left out. */
  readonly payloadClass?: PayloadClass;
  readonly expires: Date;
  /** SM3 of the manifest before this one. */
  readonly previous?: Uint8Array;
  /** Device certificates, DER or parsed. Whether they are trusted is the caller's to check. */
  readonly recipients: readonly (Uint8Array | Certificate)[];
  /** End of every grant; `expires` when left out. */
  readonly grantsUntil?: Date;
  /** Plaintext per chunk; 256 KiB when left out. */
  readonly chunkBytes?: number;
  readonly clock: () => Date;
  readonly onProgress?: (progress: PackProgress) => void;
}

/** Who publishes. */
export interface Publisher {
  /** Certificate of profile `model-publisher`, DER; its common name is the publisher id. */
  readonly certificate: Uint8Array;
  /** Certificates between it and the trust anchor, DER. */
  readonly intermediates?: readonly Uint8Array[];
  readonly signer: CertificateSigner;
}

/** A package but for its chunks. */
export interface BuiltPackage {
  readonly header: Uint8Array;
  readonly leaves: Uint8Array;
  readonly manifest: Manifest;
}

interface Device {
  readonly fingerprint: Uint8Array;
  readonly publicKey: Uint8Array;
}

const invalid = (parameter: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PARAMETER_INVALID', { detail: `parameter=${parameter}` });

const ENCRYPTION_USAGES = ['keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const;

function readDevice(given: Uint8Array | Certificate, now: Date): Device {
  const certificate = parseCertificate(given instanceof Uint8Array ? given : given.raw);
  const { keyUsage, sm2PublicKey, notBefore, notAfter, isCa } = certificate;
  const encrypts = ENCRYPTION_USAGES.some((usage) => keyUsage?.has(usage));
  if (sm2PublicKey === undefined || isCa || !encrypts || now < notBefore || now > notAfter) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_RECIPIENT_INVALID');
  }
  return { fingerprint: sm3(certificate.raw), publicKey: sm2PublicKey };
}

/** The recipients' keys in the order of the manifest; a certificate that is given twice counts once. */
function readDevices(given: PackRequest['recipients'], now: Date): Device[] {
  const devices = new Map(
    given.map((certificate) => {
      const device = readDevice(certificate, now);
      return [toHex(device.fingerprint), device] as const;
    }),
  );
  return [...devices.keys()].sort().map((key) => devices.get(key)!);
}

const NO_DIGEST = new Uint8Array(32);

/** Reads a manifest of this request before anything is encrypted, so that a bad request costs nothing. */
function rehearse(core: ManifestCore, devices: readonly Device[], notAfter: Date): void {
  try {
    const seals = core.files.map(() => ({ merkleRoot: NO_DIGEST, contentTag: NO_DIGEST }));
    const recipients = devices.map(({ fingerprint }) => ({
      device: fingerprint,
      wrappedKey: Uint8Array.of(0),
      notAfter,
    }));
    decodeManifest(encodeManifest(encodeCore(core), seals, recipients));
  } catch (error) {
    if (error instanceof SmError && error.code !== 'ERR_MODEL_CBOR_MALFORMED') throw error;
    throw invalid('request');
  }
}

/**
 * Makes a package; hands every chunk to `sink` and keeps none.
 *
 * @throws SmError codes of a bad request, of the input and of the signer
 */
export async function buildPackage(
  request: PackRequest,
  publisher: Publisher,
  sink: ChunkSink,
): Promise<BuiltPackage> {
  const now = request.clock();
  if (!SUPPORTED_LEVELS.includes(request.level)) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LEVEL_UNSUPPORTED', { detail: `level=${request.level}` });
  }
  const certificate = parseCertificate(publisher.certificate);
  const { commonName } = certificate.subject;
  if (certificate.sm2PublicKey === undefined || commonName === undefined) throw invalid('publisher');
  const devices = readDevices(request.recipients, now);
  const chunkBytes = request.chunkBytes ?? DEFAULT_CHUNK_BYTES;
  const files = await Promise.all(
    request.files.map(async ({ name, input, size: declared }) => {
      const size = await inputSize(input, declared);
      return { name, size, chunkBytes, chunkCount: chunkCountOf(size, chunkBytes) };
    }),
  );
  const contentKey = Secret.take(randomBytes(CONTENT_KEY_BYTES));
  try {
    const salt = randomBytes(SALT_BYTES);
    const core: ManifestCore = {
      format: SMP_FORMAT,
      specVersion: MODEL_SPEC_VERSION,
      suite: SMP1_SUITE,
      modelId: request.modelId,
      publisherId: commonName,
      publisherCertificate: sm3(certificate.raw),
      channel: request.channel ?? 'stable',
      epoch: request.epoch ?? 1,
      version: request.version,
      created: now,
      expires: request.expires,
      level: request.level,
      payloadClass: request.payloadClass ?? 'model-file',
      link: request.link,
      salt,
      keyCommitment: commitKey(contentKey, salt),
      files,
      ...(request.previous === undefined ? {} : { previous: request.previous }),
    };
    const notAfter = request.grantsUntil ?? request.expires;
    rehearse(core, devices, notAfter);

    const coreBytes = encodeCore(core);
    const coreDigest = sm3(coreBytes);
    const chunks = files.reduce((sum, file) => sum + file.chunkCount, 0);
    const leaves = new Uint8Array(chunks * 32);
    let chunksDone = 0;
    const seals: Pick<ManifestFile, 'merkleRoot' | 'contentTag'>[] = [];
    for (const [id, file] of files.entries()) {
      const { input } = request.files[id]!;
      const seal = await sealFile(
        { ...file, id },
        input,
        { contentKey, salt, coreDigest },
        async (sealed, leaf) => {
          await sink(sealed, leaf);
          leaves.set(leaf, 32 * chunksDone++);
          request.onProgress?.({ chunksDone, chunks });
        },
      );
      seals.push(seal);
    }
    const recipients = devices.map(({ fingerprint, publicKey }): ManifestRecipient => {
      const wrap = encodeWrap({ coreDigest, device: fingerprint, notAfter }, contentKey);
      const wrappedKey = sm2.encrypt(publicKey, wrap);
      wrap.fill(0);
      return { device: fingerprint, wrappedKey, notAfter };
    });
    const manifestBytes = encodeManifest(coreBytes, seals, recipients);
    const signedBytes = manifestSignedBytes(manifestBytes);
    const signature = await publisher.signer.sign(signedBytes);
    // A signer that does not belong to the certificate would make a package nobody can open.
    if (!sm2.verify(certificate.sm2PublicKey, signedBytes, signature)) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SIGNATURE_WRONG');
    }
    const header = encodeHeader(manifestBytes, signature, [
      certificate.raw,
      ...(publisher.intermediates ?? []),
    ]);
    return { header, leaves, manifest: decodeManifest(manifestBytes) };
  } finally {
    contentKey.destroy();
  }
}
