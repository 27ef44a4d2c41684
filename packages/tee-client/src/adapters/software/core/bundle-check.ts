import { fromBase64, type Sm2KeyPair, sm2, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../../errors.ts';
import type { TaBundle } from '../../../spec/v1/bundle.ts';
import { bundleAssociatedData, bundleSigningInput } from '../../../spec/v1/bundle-codec.ts';
import { openEnvelopeKey, openEnvelopePayload } from '../../../spec/v1/envelope.ts';
import type { DomainEntry } from './registry.ts';

const fail = (code: TeeClientErrorCode, reason: string) =>
  TEE_CLIENT_ERRORS.create(code, { detail: `reason=${reason}` });

/** How keys are named in commands and bundles: SM3 of the point, hex. */
export const nameOfKey = (publicKey: string): string => toHex(sm3(fromBase64(publicKey)));

/**
 * The signature of a bundle: by a key that may sign applications in the security domain now, not
 * when it was installed. A key that was taken out of the domain takes its applications with it.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_SIGNATURE
 */
export function checkBundleSignature(bundle: TaBundle, domain: DomainEntry): void {
  const key = domain.keys.find(({ publicKey }) => nameOfKey(publicKey) === bundle.header.signer);
  if (key === undefined || !key.privileges.includes('ta-signing')) {
    throw fail('ERR_TEE_BUNDLE_SIGNATURE', 'signer');
  }
  const input = bundleSigningInput(bundle.headerBytes);
  if (!sm2.verify(fromBase64(key.publicKey), input, bundle.signature, { format: 'raw' })) {
    throw fail('ERR_TEE_BUNDLE_SIGNATURE', 'signature');
  }
}

/**
 * The key an encrypted bundle's code is under, 16 bytes, which the caller zeroes; empty for code in clear.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_RECIPIENT
 */
export function codeKeyOf(bundle: TaBundle, pair: Sm2KeyPair): Uint8Array {
  if (bundle.envelope === undefined) return new Uint8Array(0);
  const key = openEnvelopeKey(pair, bundle.envelope);
  if (key === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_RECIPIENT');
  return key;
}

/**
 * That the code is the one the signed header names, encrypted or not.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_DIGEST, ERR_TEE_BUNDLE_RECIPIENT
 */
export function checkBundleCode(bundle: TaBundle, pair: Sm2KeyPair): void {
  const { envelope, payload, header } = bundle;
  if (envelope === undefined) {
    if (toHex(sm3(payload)) !== header.codeDigest) throw fail('ERR_TEE_BUNDLE_DIGEST', 'code');
    return;
  }
  const key = codeKeyOf(bundle, pair);
  const code = openEnvelopePayload(key, envelope, payload, bundleAssociatedData(bundle.headerBytes));
  key.fill(0);
  if (code === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_RECIPIENT');
  const digest = toHex(sm3(code));
  code.fill(0);
  if (digest !== header.codeDigest) throw fail('ERR_TEE_BUNDLE_DIGEST', 'code');
}
