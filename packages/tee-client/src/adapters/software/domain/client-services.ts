import { concatBytes, hkdfSm3, randomBytes, Secret, sm4, utf8 } from '@cssi/sm-core';
import { EVIDENCE_NONCE_BYTES, EVIDENCE_USER_DATA_MAX_BYTES } from '../../../runtime/basics/platform.ts';
import type { ChannelCaller } from '../../../runtime/basics/services.ts';
import type { TaManifest, TaService } from '../../../spec/v1/manifest.ts';
import type { ModuleParameter, ModuleServiceRequest } from '../../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName } from '../../../spec/v1/results.ts';
import type { DomainAnswer, DomainHost } from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';
import { MAX_BLOCK_BYTES } from '../link/limits.ts';
import type { EnclaveChannels } from './enclave-channels.ts';
import type { EvidenceAnswer } from './evidence-requests.ts';
import type { SecureBlocks } from './secure-blocks.ts';

const MAGIC = /* @__PURE__ */ Uint8Array.of(0x43, 0x53, 0x53, 0x42, 1);
const SALT_BYTES = 32;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const NO_SALT = new Uint8Array(0);
const SEAL_INFO = /* @__PURE__ */ utf8('cssi-ta seal 1');
const BLOB_INFO = /* @__PURE__ */ utf8('cssi-ta seal blob 1');
/** Not the keys the application derives for itself: a client must not get at those. */
const DERIVE_INFO = /* @__PURE__ */ utf8('cssi-ta client-derive 1');

/** What a service needs of the domain. */
export interface ServiceFacts {
  readonly manifest: TaManifest;
  readonly seed: Secret;
  readonly host: DomainHost;
  readonly evidence: (nonce: Uint8Array, userData: Uint8Array) => EvidenceAnswer;
  readonly channelEvidence: (reportData: Uint8Array) => EvidenceAnswer;
}

/** The session whose client asks. */
export interface ServiceSession {
  readonly blocks: SecureBlocks;
  readonly channels: EnclaveChannels;
  /** A command that came by a channel. */
  readonly invoke: (
    commandId: number,
    params: readonly ModuleParameter[],
    channel: ChannelCaller,
  ) => DomainAnswer;
}

const NEEDS: Readonly<Record<ModuleServiceRequest['service'], TaService>> = {
  seal: 'seal',
  unseal: 'seal',
  derive: 'derive',
  evidence: 'evidence',
  'memory-allocate': 'memory',
  'memory-grow': 'memory',
  'memory-write': 'memory',
  'memory-release': 'memory',
  'channel-open': 'channel',
  'channel-finish': 'channel',
  'channel-call': 'channel',
  'channel-close': 'channel',
};

/** A service of the runtime for the client of a session. */
export function serve(
  facts: ServiceFacts,
  { blocks, channels, invoke }: ServiceSession,
  request: ModuleServiceRequest,
): DomainAnswer {
  const needed = NEEDS[request.service];
  if (!facts.manifest.services.includes(needed)) {
    facts.host.event({ kind: 'undeclared-call', detail: `service=${request.service}` });
    return failed('ACCESS_DENIED');
  }
  switch (request.service) {
    case 'seal':
      return seal(facts.seed, request.data, request.aad);
    case 'unseal':
      return unseal(facts.seed, request.data, request.aad);
    case 'derive':
      return derive(facts.seed, request.label, request.length);
    case 'evidence':
      return evidence(facts, request.nonce, request.userData);
    case 'memory-allocate': {
      const { result, value } = blocks.allocate(request.size);
      return { ...plainAnswer(result, TEEC_ORIGINS.TEE), value };
    }
    case 'memory-grow':
      return plainAnswer(blocks.grow(request.id, request.size), TEEC_ORIGINS.TEE);
    case 'memory-write':
      return plainAnswer(blocks.write(request.id, request.offset, request.data), TEEC_ORIGINS.TEE);
    case 'memory-release':
      return plainAnswer(blocks.release(request.id), TEEC_ORIGINS.TEE);
    case 'channel-open':
      return channels.open(request.data, facts.manifest.uuid, facts.channelEvidence);
    case 'channel-finish':
      return channels.finish(request.id, request.data);
    case 'channel-call':
      return channels.call(request.id, request.data, invoke);
    case 'channel-close':
      channels.close(request.id);
      return plainAnswer(TEEC_RESULTS.SUCCESS, TEEC_ORIGINS.TEE);
  }
}

const failed = (name: TeecResultName): DomainAnswer => plainAnswer(TEEC_RESULTS[name], TEEC_ORIGINS.TEE);

const done = (...parts: readonly Uint8Array[]): DomainAnswer => ({
  ...plainAnswer(TEEC_RESULTS.SUCCESS, TEEC_ORIGINS.TEE),
  parts,
});

/** Key and nonce of one blob: a fresh salt makes both, so that no nonce is used twice under a key. */
function withBlobKey<T>(
  seed: Secret,
  salt: Uint8Array,
  use: (gcm: ReturnType<typeof sm4.gcm>, nonce: Uint8Array) => T,
): T {
  const sealing = Secret.take(hkdfSm3(seed, NO_SALT, SEAL_INFO, 32));
  const bytes = hkdfSm3(sealing, salt, BLOB_INFO, KEY_BYTES + NONCE_BYTES);
  const key = Secret.copy(bytes.subarray(0, KEY_BYTES));
  const gcm = sm4.gcm(key);
  try {
    return use(gcm, bytes.slice(KEY_BYTES));
  } finally {
    gcm.destroy();
    key.destroy();
    sealing.destroy();
    bytes.fill(0);
  }
}

/** `"CSSB" ‖ 01 ‖ salt (32) ‖ ciphertext ‖ tag (16)`; header and the caller's data are authenticated. */
function seal(seed: Secret, data: Uint8Array, aad: Uint8Array): DomainAnswer {
  if (data.length + HEADER_BYTES + TAG_BYTES > MAX_BLOCK_BYTES) return failed('BAD_PARAMETERS');
  const salt = randomBytes(SALT_BYTES);
  const header = concatBytes(MAGIC, salt);
  const sealed = withBlobKey(seed, salt, (gcm, nonce) => gcm.seal(nonce, data, concatBytes(header, aad)));
  return done(concatBytes(header, sealed));
}

function unseal(seed: Secret, blob: Uint8Array, aad: Uint8Array): DomainAnswer {
  if (blob.length < HEADER_BYTES + TAG_BYTES || MAGIC.some((byte, i) => blob[i] !== byte)) {
    return failed('MAC_INVALID');
  }
  const header = blob.slice(0, HEADER_BYTES);
  try {
    const plain = withBlobKey(seed, header.subarray(MAGIC.length), (gcm, nonce) =>
      gcm.open(nonce, blob.subarray(HEADER_BYTES), concatBytes(header, aad)),
    );
    return done(plain);
  } catch {
    return failed('MAC_INVALID');
  }
}

function derive(seed: Secret, label: Uint8Array, length: number): DomainAnswer {
  if (label.length < 1 || label.length > 64 || length < 16 || length > 64) return failed('BAD_PARAMETERS');
  const info = concatBytes(DERIVE_INFO, Uint8Array.of(label.length), label);
  return done(hkdfSm3(seed, NO_SALT, info, length));
}

function evidence(facts: ServiceFacts, nonce: Uint8Array, userData: Uint8Array): DomainAnswer {
  const { min, max } = EVIDENCE_NONCE_BYTES;
  if (nonce.length < min || nonce.length > max || userData.length > EVIDENCE_USER_DATA_MAX_BYTES) {
    return failed('BAD_PARAMETERS');
  }
  const { result, parts } = facts.evidence(nonce, userData);
  return { ...plainAnswer(result, TEEC_ORIGINS.TEE), parts };
}
