import { concatBytes, equalBytes, fromHex, type Sm2KeyPair, toHex, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { LaunchGrant } from '../domain-protocol.ts';
import { ADOPTION_BYTES, decodeAdoption, encodeAdoption } from './adopted-storage.ts';
import { openFromCore, sealToDomain } from './domain-seal.ts';

const MAGIC = /* @__PURE__ */ utf8('CSGR');
const FORMAT = 2;
const CODE_KEY_BYTES = 16;
/**
 * magic ‖ 02 ‖ instance ‖ seed ‖ link key ‖ has code key ‖ code key ‖ three digests ‖ TCB version ‖
 * adoption.
 */
const GRANT_BYTES: number = 4 + 1 + 16 + 32 + 32 + 1 + CODE_KEY_BYTES + 32 + 32 + 32 + 4 + ADOPTION_BYTES;
const ASSOCIATED_DATA = /* @__PURE__ */ utf8('cssi-tee grant 1');

const malformed = () => TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=grant' });

function encodeGrant(grant: LaunchGrant): Uint8Array {
  const codeKey = new Uint8Array(CODE_KEY_BYTES);
  codeKey.set(grant.codeKey);
  const tcb = new Uint8Array(4);
  new DataView(tcb.buffer).setUint32(0, grant.tcbVersion);
  const plain = concatBytes(
    MAGIC,
    Uint8Array.of(FORMAT),
    fromHex(grant.instance),
    grant.seed,
    grant.linkKey,
    Uint8Array.of(grant.codeKey.length === 0 ? 0 : 1),
    codeKey,
    grant.headerDigest,
    grant.codeDigest,
    fromHex(grant.deviceId),
    tcb,
    encodeAdoption(grant.adoption),
  );
  codeKey.fill(0);
  if (plain.length !== GRANT_BYTES) throw malformed();
  return plain;
}

function decodeGrant(plain: Uint8Array): LaunchGrant {
  if (!equalBytes(plain.subarray(0, 4), MAGIC) || plain[4] !== FORMAT) throw malformed();
  let at = 5;
  const part = (length: number): Uint8Array => {
    at += length;
    return plain.slice(at - length, at);
  };
  const instance = toHex(part(16));
  const seed = part(32);
  const linkKey = part(32);
  const [hasCodeKey] = part(1);
  const codeKey = part(CODE_KEY_BYTES);
  return {
    instance,
    seed,
    linkKey,
    codeKey: hasCodeKey === 1 ? codeKey : new Uint8Array(0),
    headerDigest: part(32),
    codeDigest: part(32),
    deviceId: toHex(part(32)),
    tcbVersion: new DataView(part(4).buffer).getUint32(0),
    adoption: decodeAdoption(part(ADOPTION_BYTES)),
  };
}

/**
 * Seals a grant to the ephemeral key of a domain that is about to start. Its length says nothing of its
 * contents.
 *
 * @param recipient - the domain's SM2 public key, 65 bytes
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_TEE_CHANNEL
 */
export function sealGrant(recipient: Uint8Array, grant: LaunchGrant): Uint8Array {
  const plain = encodeGrant(grant);
  try {
    return sealToDomain(recipient, plain, ASSOCIATED_DATA);
  } finally {
    plain.fill(0);
  }
}

/**
 * Opens a grant. Its secrets are the caller's to zero.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL for everything that does not open
 */
export function openGrant(pair: Sm2KeyPair, sealed: Uint8Array): LaunchGrant {
  const plain = openFromCore(pair, sealed, ASSOCIATED_DATA, GRANT_BYTES, 'grant');
  try {
    return decodeGrant(plain);
  } finally {
    plain.fill(0);
  }
}
