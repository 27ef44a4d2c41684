import { equalBytes, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { bundleAssociatedData, parseBundle } from '../../../spec/v1/bundle-codec.ts';
import { openEnvelopePayload } from '../../../spec/v1/envelope.ts';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import { encodeManifest } from '../../../spec/v1/manifest-codec.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { LaunchGrant } from '../domain-protocol.ts';
import { BUILT_IN_APPLICATIONS } from '../images/index.ts';

/** The code of an application, checked against what the core granted. */
export interface LoadedCode {
  readonly manifest: TaManifest;
  /** Kept to be measured again. */
  readonly bytes: Uint8Array;
  readonly text: string;
}

const digestError = (what: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_DIGEST', { detail: `what=${what}` });

/**
 * Takes code from the bundle or the built-in image that the grant is for. The core decided on the
 * digests; the host that carried the bundle is not believed.
 *
 * @throws {@link SmError} ERR_TEE_BUNDLE_MALFORMED, ERR_TEE_BUNDLE_DIGEST, ERR_TEE_BUNDLE_RECIPIENT,
 * ERR_TEE_TA_INVALID
 */
export function loadCode(uuid: TeecUuid, grant: LaunchGrant, bundle: Uint8Array, image: string): LoadedCode {
  const found = bundle.length > 0 ? fromBundle(grant, bundle) : fromImage(uuid, image);
  const { manifest, bytes } = found;
  try {
    checkGranted(uuid, grant, found);
    return { manifest, bytes, text: textOf(bytes) };
  } catch (error) {
    // Of an encrypted bundle, and nobody else has it.
    bytes.fill(0);
    throw error;
  }
}

function checkGranted(uuid: TeecUuid, grant: LaunchGrant, { manifest, header, bytes }: Found): void {
  if (!equalBytes(sm3(header), grant.headerDigest)) throw digestError('header');
  if (!equalBytes(sm3(bytes), grant.codeDigest)) throw digestError('code');
  if (manifest.uuid !== uuid) throw digestError('uuid');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_TA_INVALID', { detail: 'reason=encoding' });
  }
}

interface Found {
  readonly manifest: TaManifest;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

function fromBundle(grant: LaunchGrant, input: Uint8Array): Found {
  const bundle = parseBundle(input);
  const { header, headerBytes, envelope } = bundle;
  let bytes: Uint8Array | undefined;
  // A copy: it is zeroed at the end, and a view would keep the whole frame.
  if (envelope === undefined) bytes = new Uint8Array(bundle.payload);
  else {
    if (grant.codeKey.length === 0) throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_RECIPIENT');
    bytes = openEnvelopePayload(grant.codeKey, envelope, bundle.payload, bundleAssociatedData(headerBytes));
    if (bytes === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_BUNDLE_RECIPIENT');
  }
  return { manifest: header.manifest, header: headerBytes, bytes };
}

function fromImage(uuid: TeecUuid, image: string): Found {
  const found = BUILT_IN_APPLICATIONS.get(uuid);
  if (found === undefined || found.image !== image) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_LAUNCH_REFUSED', { detail: 'reason=image' });
  }
  const bytes = new TextEncoder().encode(found.code);
  return { manifest: found.manifest, header: encodeManifest(found.manifest), bytes };
}

/** What a domain says it runs: SM3 of the code, hex. */
export const measure = (code: LoadedCode): string => toHex(sm3(code.bytes));
