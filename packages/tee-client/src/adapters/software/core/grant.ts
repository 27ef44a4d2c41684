import {
  concatBytes,
  equalBytes,
  fromHex,
  randomBytes,
  Secret,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm2KeyPair,
  sm2,
  sm4,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { LaunchGrant } from '../domain-protocol.ts';

const MAGIC = /* @__PURE__ */ utf8('CSGR');
const CODE_KEY_BYTES = 16;
/** magic ‖ 01 ‖ instance ‖ seed ‖ link key ‖ has code key ‖ code key ‖ three digests ‖ TCB version. */
const GRANT_BYTES = 4 + 1 + 16 + 32 + 32 + 1 + CODE_KEY_BYTES + 32 + 32 + 32 + 4;
/** SM2 ciphertext (C1 ‖ C3 ‖ C2) of 16 bytes. */
const WRAPPED_BYTES = 65 + 32 + 16;
const SEALED_BYTES = WRAPPED_BYTES + SM4_GCM_NONCE_BYTES + GRANT_BYTES + SM4_GCM_TAG_BYTES;
const ASSOCIATED_DATA = /* @__PURE__ */ utf8('cssi-tee grant 1');

const malformed = () => TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=grant' });

function encodeGrant(grant: LaunchGrant): Uint8Array {
  const codeKey = new Uint8Array(CODE_KEY_BYTES);
  codeKey.set(grant.codeKey);
  const tcb = new Uint8Array(4);
  new DataView(tcb.buffer).setUint32(0, grant.tcbVersion);
  const plain = concatBytes(
    MAGIC,
    Uint8Array.of(1),
    fromHex(grant.instance),
    grant.seed,
    grant.linkKey,
    Uint8Array.of(grant.codeKey.length === 0 ? 0 : 1),
    codeKey,
    grant.headerDigest,
    grant.codeDigest,
    fromHex(grant.deviceId),
    tcb,
  );
  codeKey.fill(0);
  if (plain.length !== GRANT_BYTES) throw malformed();
  return plain;
}

function decodeGrant(plain: Uint8Array): LaunchGrant {
  if (plain.length !== GRANT_BYTES || !equalBytes(plain.subarray(0, 4), MAGIC) || plain[4] !== 1) {
    throw malformed();
  }
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
  };
}

/**
 * Seals a grant to the ephemeral key of a domain that is about to start: SM4-GCM under a random
 * key, which is SM2-encrypted to the domain. Its length says nothing of its contents.
 *
 * @param recipient - the domain's SM2 public key, 65 bytes
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_TEE_CHANNEL
 */
export function sealGrant(recipient: Uint8Array, grant: LaunchGrant): Uint8Array {
  const plain = encodeGrant(grant);
  const key = randomBytes(16);
  const nonce = randomBytes(SM4_GCM_NONCE_BYTES);
  const secret = Secret.copy(key);
  const gcm = sm4.gcm(secret);
  try {
    return concatBytes(
      sm2.encrypt(recipient, key, { format: 'c1c3c2' }),
      nonce,
      gcm.seal(nonce, plain, ASSOCIATED_DATA),
    );
  } finally {
    gcm.destroy();
    secret.destroy();
    key.fill(0);
    plain.fill(0);
  }
}

/**
 * Opens a grant. Its secrets are the caller's to zero.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL for everything that does not open
 */
export function openGrant(pair: Sm2KeyPair, sealed: Uint8Array): LaunchGrant {
  if (sealed.length !== SEALED_BYTES) throw malformed();
  let plain: Uint8Array;
  try {
    const secret = Secret.take(
      sm2.decrypt(pair.privateKey, sealed.subarray(0, WRAPPED_BYTES), { format: 'c1c3c2' }),
    );
    const gcm = sm4.gcm(secret);
    try {
      const body = sealed.subarray(WRAPPED_BYTES);
      plain = gcm.open(
        body.subarray(0, SM4_GCM_NONCE_BYTES),
        body.subarray(SM4_GCM_NONCE_BYTES),
        ASSOCIATED_DATA,
      );
    } finally {
      gcm.destroy();
      secret.destroy();
    }
  } catch {
    throw malformed();
  }
  try {
    return decodeGrant(plain);
  } finally {
    plain.fill(0);
  }
}
