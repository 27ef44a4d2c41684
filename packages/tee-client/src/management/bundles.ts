import { equalBytes, type Sm2KeyPair, sm2, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';
import { TA_BUNDLE_FORMAT, TA_MAX_CODE_BYTES, type TaBundle } from '../spec/v1/bundle.ts';
import {
  bundleAssociatedData,
  bundleSigningInput,
  encodeBundle,
  encodeSignedHeader,
  parseBundle,
} from '../spec/v1/bundle-codec.ts';
import { sealEnvelope } from '../spec/v1/envelope.ts';
import type { TaManifest } from '../spec/v1/manifest.ts';
import { parseManifest } from '../spec/v1/manifest-codec.ts';

/**
 * Signs with a key that is elsewhere (a device, a service): SM2 over its argument with the default
 * signer ID, r ‖ s of 64 bytes.
 *
 * @group Management
 */
export interface ManagementSigner {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  sign(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * A signer with a key pair in memory; the pair stays the caller's to destroy.
 *
 * @group Management
 */
export function managementSigner(pair: Sm2KeyPair): ManagementSigner {
  return {
    publicKey: Uint8Array.from(pair.publicKey),
    sign: (input) => sm2.signWith(pair, input, { format: 'raw' }),
  };
}

/**
 * How keys are named: SM3 of the uncompressed point (65 bytes), hex.
 *
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_INPUT_TYPE, ERR_INPUT_LENGTH
 * @group Management
 */
export function keyName(publicKey: Uint8Array): string {
  return toHex(sm3(sm2.publicKey(publicKey)));
}

/** A bundle before it is signed. @group Trusted application bundles */
export interface UnsignedBundle {
  readonly manifest: TaManifest;
  readonly code: Uint8Array;
  /** SM3 of the code, hex. */
  readonly codeDigest: string;
}

/**
 * Checks manifest and code of a trusted application and names the code by its digest.
 *
 * @throws {@link SmError} ERR_TEE_MANIFEST_INVALID, ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export function buildBundle(manifest: TaManifest, code: Uint8Array): UnsignedBundle {
  if (!(code instanceof Uint8Array) || code.length === 0 || code.length > TA_MAX_CODE_BYTES) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_MALFORMED', { detail: 'reason=code' });
  }
  return { manifest: parseManifest(manifest), code: Uint8Array.from(code), codeDigest: toHex(sm3(code)) };
}

/**
 * Signs a bundle. The signature is verified before the bundle leaves.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_SIGNATURE, ERR_TEE_BUNDLE_MALFORMED, ERR_SM2_PUBLIC_KEY_INVALID
 * @example
 * ```ts
 * import { buildBundle, managementSigner, signBundle } from '@cssi/tee-client/management';
 * const bundle = await signBundle(buildBundle(manifest, code), managementSigner(pair));
 * ```
 * @group Trusted application bundles
 */
export async function signBundle(bundle: UnsignedBundle, signer: ManagementSigner): Promise<Uint8Array> {
  const headerBytes = encodeSignedHeader({
    format: TA_BUNDLE_FORMAT,
    manifest: bundle.manifest,
    codeDigest: bundle.codeDigest,
    codeLength: bundle.code.length,
    signer: keyName(signer.publicKey),
  });
  const input = bundleSigningInput(headerBytes);
  const signature = Uint8Array.from(await signer.sign(Uint8Array.from(input)));
  const encoded = encodeBundle({ headerBytes, signature, envelope: undefined, payload: bundle.code });
  if (!sm2.verify(signer.publicKey, input, signature, { format: 'raw' })) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_SIGNATURE', { detail: 'reason=signer' });
  }
  return encoded;
}

/**
 * Encrypts the code of a signed bundle to one TEE. Take the TEE's bundle key from evidence or from
 * a source of equal worth: whoever holds that key reads the code.
 *
 * @param teeBundleKey - SM2 public key of the TEE, 65 bytes
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED (also where it is encrypted already),
 * ERR_TEE_BUNDLE_DIGEST, ERR_SM2_PUBLIC_KEY_INVALID
 * @group Trusted application bundles
 */
export function encryptBundle(bundle: Uint8Array, teeBundleKey: Uint8Array): Uint8Array {
  const { header, headerBytes, signature, envelope, payload } = parseBundle(bundle);
  if (envelope !== undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_MALFORMED', { detail: 'reason=encrypted' });
  }
  if (toHex(sm3(payload)) !== header.codeDigest) throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_DIGEST');
  const sealed = sealEnvelope(sm2.publicKey(teeBundleKey), payload, bundleAssociatedData(headerBytes));
  return encodeBundle({ headerBytes, signature, ...sealed });
}

/** How a bundle stands. @group Trusted application bundles */
export interface BundleInspection {
  readonly bundle: TaBundle;
  /** SM3 of the whole bundle, hex; install and update commands name it. */
  readonly digest: string;
  readonly encrypted: boolean;
  /** Whether the code is the one the header names; undefined when it is encrypted. */
  readonly codeMatches: boolean | undefined;
  /** Whether the signature is that of the given key; undefined when none was given. */
  readonly signatureValid: boolean | undefined;
}

/**
 * Takes a bundle apart, strictly. Nothing is verified; see {@link inspectBundle}.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED
 * @group Trusted application bundles
 */
export const readBundle: (bundle: Uint8Array) => TaBundle = parseBundle;

/**
 * Reads a bundle and says what can be said without a TEE. A signature is worth what the key is.
 *
 * @param signerKey - SM2 public key of the expected signer, 65 bytes
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED, ERR_SM2_PUBLIC_KEY_INVALID
 * @group Trusted application bundles
 */
export function inspectBundle(bytes: Uint8Array, signerKey?: Uint8Array): BundleInspection {
  const bundle = parseBundle(bytes);
  const encrypted = bundle.envelope !== undefined;
  return {
    bundle,
    digest: toHex(sm3(bytes)),
    encrypted,
    codeMatches: encrypted ? undefined : toHex(sm3(bundle.payload)) === bundle.header.codeDigest,
    signatureValid: signerKey === undefined ? undefined : signatureIs(bundle, signerKey),
  };
}

function signatureIs(bundle: TaBundle, signerKey: Uint8Array): boolean {
  const key = sm2.publicKey(signerKey);
  if (keyName(key) !== bundle.header.signer) return false;
  return sm2.verify(key, bundleSigningInput(bundle.headerBytes), bundle.signature, { format: 'raw' });
}

/**
 * True when two bundles carry the same signed header, whatever they are encrypted to.
 *
 * @group Trusted application bundles
 */
export function isSameApplication(a: TaBundle, b: TaBundle): boolean {
  return equalBytes(a.headerBytes, b.headerBytes);
}
