import { concatBytes, SM3_DIGEST_BYTES, sm3, utf8 } from '@cssi/sm-core';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';
import {
  type AlgorithmSuite,
  CHANNEL_PATTERN,
  IDENTIFIER_PATTERN,
  LINK_TYPES,
  MAX_CERTIFICATE_BYTES,
  MAX_CERTIFICATES,
  MAX_CHUNK_BYTES,
  MAX_CHUNKS,
  MAX_FILES,
  MAX_HEADER_BYTES,
  MAX_RECIPIENTS,
  MAX_WRAPPED_KEY_BYTES,
  MIN_CHUNK_BYTES,
  MODEL_LEVELS,
  MODEL_SPEC_VERSION,
  PAYLOAD_CLASSES,
  SALT_BYTES,
  SMP_FORMAT,
  SMP1_SUITE,
} from './constants.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';
import { bytesOf, choiceOf, invalidField, listOf, mapOf, textOf, timeOf, wholeOf } from './fields.ts';
import type { Manifest, ManifestCore, ManifestFile, ManifestRecipient, SignedManifest } from './manifest.ts';
import { checkFileNames } from './names.ts';

/** Text of a certificate's common name: no control characters. */
const PUBLISHER_PATTERN = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,64}$/u;
const SAFE = Number.MAX_SAFE_INTEGER;
const SIGNATURE_CONTEXT = utf8('cssi SMP1 manifest v1\0');

/** What a publisher signs: a purpose of its own, then the encoded manifest. */
export function manifestSignedBytes(manifest: Uint8Array): Uint8Array {
  return concatBytes(SIGNATURE_CONTEXT, manifest);
}

/** Chunks that a file of `size` bytes has; an empty file has one. */
export function chunkCountOf(size: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(size / chunkBytes));
}

/** Encodes the core. */
export function encodeCore(core: ManifestCore): Uint8Array {
  const { created, expires, previous, suite, files, ...plain } = core;
  return encodeCbor({
    ...plain,
    suite: { ...suite },
    created: created.getTime(),
    expires: expires.getTime(),
    files: files.map(({ name, size, chunkBytes, chunkCount }) => ({ name, size, chunkBytes, chunkCount })),
    ...(previous === undefined ? {} : { previous }),
  });
}

/** Encodes the manifest around an encoded core. */
export function encodeManifest(
  core: Uint8Array,
  files: readonly Pick<ManifestFile, 'merkleRoot' | 'contentTag'>[],
  recipients: readonly ManifestRecipient[],
): Uint8Array {
  return encodeCbor({
    core,
    files: files.map(({ merkleRoot, contentTag }) => ({ merkleRoot, contentTag })),
    recipients: recipients.map(({ device, wrappedKey, notAfter }) => ({
      device,
      wrappedKey,
      notAfter: notAfter.getTime(),
    })),
  });
}

/**
 * Encodes the header: manifest, signature, certificates.
 *
 * @throws {@link SmError} ERR_MODEL_LIMIT when it is longer than {@link MAX_HEADER_BYTES}
 */
export function encodeHeader(
  manifest: Uint8Array,
  signature: Uint8Array,
  certificates: readonly Uint8Array[],
): Uint8Array {
  const header = encodeCbor([manifest, signature, certificates]);
  if (header.length > MAX_HEADER_BYTES) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LIMIT', { detail: `header=${header.length}` });
  }
  return header;
}

const SUITE_FIELDS = Object.keys(SMP1_SUITE) as (keyof AlgorithmSuite)[];

function readSuite(value: CborValue | undefined): AlgorithmSuite {
  const map = mapOf(value, 'suite', SUITE_FIELDS);
  const wrong = SUITE_FIELDS.find((name) => map[name] !== SMP1_SUITE[name]);
  if (wrong !== undefined) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SUITE_UNSUPPORTED', { detail: `parameter=${wrong}` });
  }
  return SMP1_SUITE;
}

function readCoreFiles(value: CborValue | undefined): ManifestCore['files'] {
  const files = listOf(value, 'files', 1, MAX_FILES).map((item, i) => {
    const at = `files.${i}`;
    const map = mapOf(item, at, ['name', 'size', 'chunkBytes', 'chunkCount']);
    if (typeof map.name !== 'string') throw invalidField(`${at}.name`);
    const chunkBytes = wholeOf(map.chunkBytes, `${at}.chunkBytes`, MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    const size = wholeOf(map.size, `${at}.size`, 0, SAFE);
    const chunkCount = wholeOf(map.chunkCount, `${at}.chunkCount`, 1, MAX_CHUNKS);
    if (chunkCount !== chunkCountOf(size, chunkBytes)) throw invalidField(`${at}.chunkCount`);
    return { name: map.name, size, chunkBytes, chunkCount };
  });
  checkFileNames(files.map((file) => file.name));
  return files;
}

const CORE_FIELDS = [
  'format',
  'specVersion',
  'suite',
  'modelId',
  'publisherId',
  'publisherCertificate',
  'channel',
  'epoch',
  'version',
  'created',
  'expires',
  'level',
  'payloadClass',
  'link',
  'salt',
  'keyCommitment',
  'files',
];

function readCore(bytes: Uint8Array): ManifestCore {
  const map = mapOf(decodeCbor(bytes, MAX_HEADER_BYTES), 'core', CORE_FIELDS, ['previous']);
  if (map.format !== SMP_FORMAT || map.specVersion !== MODEL_SPEC_VERSION) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_SUITE_UNSUPPORTED', { detail: 'parameter=format' });
  }
  const created = timeOf(map.created, 'created');
  const expires = timeOf(map.expires, 'expires');
  if (expires <= created) throw invalidField('expires');
  return {
    format: SMP_FORMAT,
    specVersion: MODEL_SPEC_VERSION,
    suite: readSuite(map.suite),
    modelId: textOf(map.modelId, 'modelId', IDENTIFIER_PATTERN),
    publisherId: textOf(map.publisherId, 'publisherId', PUBLISHER_PATTERN),
    publisherCertificate: bytesOf(map.publisherCertificate, 'publisherCertificate', SM3_DIGEST_BYTES),
    channel: textOf(map.channel, 'channel', CHANNEL_PATTERN),
    epoch: wholeOf(map.epoch, 'epoch', 1, SAFE),
    version: wholeOf(map.version, 'version', 1, SAFE),
    created,
    expires,
    level: choiceOf(map.level, 'level', MODEL_LEVELS),
    payloadClass: choiceOf(map.payloadClass, 'payloadClass', PAYLOAD_CLASSES),
    link: choiceOf(map.link, 'link', LINK_TYPES),
    salt: bytesOf(map.salt, 'salt', SALT_BYTES),
    keyCommitment: bytesOf(map.keyCommitment, 'keyCommitment', SM3_DIGEST_BYTES),
    files: readCoreFiles(map.files),
    ...(map.previous === undefined ? {} : { previous: bytesOf(map.previous, 'previous', SM3_DIGEST_BYTES) }),
  };
}

function readRecipients(value: CborValue | undefined, expires: Date): ManifestRecipient[] {
  let before = '';
  return listOf(value, 'recipients', 1, MAX_RECIPIENTS).map((item, i) => {
    const at = `recipients.${i}`;
    const map = mapOf(item, at, ['device', 'wrappedKey', 'notAfter']);
    const device = bytesOf(map.device, `${at}.device`, SM3_DIGEST_BYTES);
    const notAfter = timeOf(map.notAfter, `${at}.notAfter`);
    // Sorted and without repetition, so that one device has one grant and one place.
    const key = Buffer.from(device).toString('hex');
    if (key <= before) throw invalidField(`${at}.device`);
    if (notAfter > expires) throw invalidField(`${at}.notAfter`);
    before = key;
    return {
      device,
      wrappedKey: bytesOf(map.wrappedKey, `${at}.wrappedKey`, 1, MAX_WRAPPED_KEY_BYTES),
      notAfter,
    };
  });
}

/**
 * Reads a manifest. Nothing is trusted yet: the signature is not looked at.
 *
 * @throws {@link SmError} ERR_MODEL_CBOR_MALFORMED, ERR_MODEL_MANIFEST_INVALID,
 * ERR_MODEL_SUITE_UNSUPPORTED, ERR_MODEL_NAME_UNSAFE, ERR_MODEL_LIMIT
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const map = mapOf(decodeCbor(bytes, MAX_HEADER_BYTES), 'manifest', ['core', 'files', 'recipients']);
  const coreBytes = bytesOf(map.core, 'core', 1, MAX_HEADER_BYTES);
  const core = readCore(coreBytes);
  const digests = listOf(map.files, 'files', core.files.length, core.files.length);
  let firstChunk = 0;
  const files = core.files.map((file, id): ManifestFile => {
    const at = `files.${id}`;
    const seal = mapOf(digests[id], at, ['merkleRoot', 'contentTag']);
    const start = firstChunk;
    firstChunk += file.chunkCount;
    return {
      ...file,
      id,
      firstChunk: start,
      merkleRoot: bytesOf(seal.merkleRoot, `${at}.merkleRoot`, SM3_DIGEST_BYTES),
      contentTag: bytesOf(seal.contentTag, `${at}.contentTag`, SM3_DIGEST_BYTES),
    };
  });
  if (firstChunk > MAX_CHUNKS) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LIMIT', { detail: `chunks=${firstChunk}` });
  }
  return {
    ...core,
    files,
    recipients: readRecipients(map.recipients, core.expires),
    chunkCount: firstChunk,
    coreDigest: sm3(coreBytes),
    digest: sm3(bytes),
  };
}

/**
 * Reads the header of a package.
 *
 * @throws {@link SmError} for a header or manifest that is not canonical
 */
export function decodeHeader(header: Uint8Array): SignedManifest {
  const parts = listOf(decodeCbor(header, MAX_HEADER_BYTES), 'header', 3, 3);
  const manifestBytes = bytesOf(parts[0], 'manifest', 1, MAX_HEADER_BYTES);
  return {
    manifest: decodeManifest(manifestBytes),
    manifestBytes,
    signature: bytesOf(parts[1], 'signature', 1, 128),
    certificates: listOf(parts[2], 'certificates', 1, MAX_CERTIFICATES).map((item) =>
      bytesOf(item, 'certificates', 1, MAX_CERTIFICATE_BYTES),
    ),
  };
}
