import { canonicalJson, checkBytes, concatBytes, equalBytes, type JsonValue, sm3, utf8 } from '@cssi/sm-core';
import {
  TA_BUNDLE_FORMAT,
  TA_MAX_BUNDLE_BYTES,
  TA_MAX_CODE_BYTES,
  type TaBundle,
  type TaEnvelope,
  type TaSignedHeader,
} from './bundle.ts';
import { ENVELOPE_OVERHEAD, MAX_ENVELOPE_BYTES, parseEnvelope } from './envelope.ts';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import type { TaManifest } from './manifest.ts';
import { parseManifest, TA_MANIFEST_LIMITS } from './manifest-codec.ts';
import { lengthPrefixed, partAt } from './parts.ts';
import { strictJson } from './strict-json.ts';

const MAGIC = /* @__PURE__ */ utf8('CSTA');
const VERSION = 1;
const SIGNATURE_BYTES = 64;
/** Of the signed header: the manifest and a few digests. */
const MAX_HEADER_BYTES = TA_MANIFEST_LIMITS.bytes + 1024;
const START = MAGIC.length + 1;

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_MALFORMED', { detail: `reason=${reason}`, cause });
const json = strictJson(malformed);

function manifestOf(value: JsonValue | undefined): TaManifest {
  try {
    return parseManifest(value);
  } catch (cause) {
    throw malformed('manifest', cause);
  }
}

/**
 * Reads the bytes that a bundle's signature is over.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export function parseSignedHeader(headerBytes: Uint8Array): TaSignedHeader {
  const value = json.canonical(headerBytes, 'header', MAX_HEADER_BYTES);
  const read = json.fields(value, ['format', 'manifest', 'codeDigest', 'codeLength', 'signer']);
  if (read.format !== TA_BUNDLE_FORMAT) throw malformed('format');
  return {
    format: TA_BUNDLE_FORMAT,
    manifest: manifestOf(read.manifest),
    codeDigest: json.digest(read.codeDigest, 'codeDigest'),
    codeLength: json.integer(read.codeLength, 'codeLength', 1, TA_MAX_CODE_BYTES),
    signer: json.digest(read.signer, 'signer'),
  };
}

/**
 * The canonical JSON of a header, checked as {@link parseSignedHeader} checks it.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export function encodeSignedHeader(header: TaSignedHeader): Uint8Array {
  const bytes = canonicalJson(header as unknown as JsonValue);
  parseSignedHeader(bytes);
  return bytes;
}

/**
 * The bytes a signer signs for a header: the format's name, a zero byte, the header.
 *
 * @group Trusted application bundles
 */
export function bundleSigningInput(headerBytes: Uint8Array): Uint8Array {
  return concatBytes(utf8(TA_BUNDLE_FORMAT), Uint8Array.of(0), headerBytes);
}

/**
 * Takes a bundle apart, strictly. Nothing is verified: neither the signature nor that the code is
 * the one the header names.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export function parseBundle(input: Uint8Array): TaBundle {
  if (!(input instanceof Uint8Array) || input.length > TA_MAX_BUNDLE_BYTES) throw malformed('size');
  if (
    input.length < START ||
    !equalBytes(input.subarray(0, MAGIC.length), MAGIC) ||
    input[MAGIC.length] !== VERSION
  ) {
    throw malformed('magic');
  }
  let at = START;
  const part = (name: string, max: number): Uint8Array => {
    const found = partAt(input, at, max);
    if (found === undefined) throw malformed(name);
    at += 4 + found.length;
    return found;
  };
  const headerBytes = part('header', MAX_HEADER_BYTES);
  if (at + SIGNATURE_BYTES > input.length) throw malformed('signature');
  const signature = Uint8Array.from(input.subarray(at, at + SIGNATURE_BYTES));
  at += SIGNATURE_BYTES;
  const envelopeBytes = part('envelope', MAX_ENVELOPE_BYTES);
  const payload = part('payload', TA_MAX_CODE_BYTES + ENVELOPE_OVERHEAD);
  if (at !== input.length) throw malformed('trailing');
  const header = parseSignedHeader(headerBytes);
  const envelope =
    envelopeBytes.length === 0
      ? undefined
      : parseEnvelope(json, json.canonical(envelopeBytes, 'envelope', MAX_ENVELOPE_BYTES));
  if (payload.length !== header.codeLength + (envelope === undefined ? 0 : ENVELOPE_OVERHEAD)) {
    throw malformed('length');
  }
  return { header, headerBytes, signature, envelope, payload };
}

/**
 * Puts a bundle together; what it gives, {@link parseBundle} reads.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export function encodeBundle(bundle: {
  readonly headerBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly envelope: TaEnvelope | undefined;
  readonly payload: Uint8Array;
}): Uint8Array {
  const { envelope } = bundle;
  const bytes = concatBytes(
    MAGIC,
    Uint8Array.of(VERSION),
    lengthPrefixed(bundle.headerBytes),
    checkBytes(bundle.signature, 'signature', SIGNATURE_BYTES),
    lengthPrefixed(envelope === undefined ? new Uint8Array(0) : canonicalJson({ ...envelope })),
    lengthPrefixed(bundle.payload),
  );
  parseBundle(bytes);
  return bytes;
}

/**
 * The associated data of a bundle's encryption: SM3 of the signed header.
 *
 * @group Trusted application bundles
 */
export function bundleAssociatedData(headerBytes: Uint8Array): Uint8Array {
  return sm3(headerBytes);
}
