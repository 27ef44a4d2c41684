import {
  checkBytes,
  randomBytes,
  SM_CORE_ERRORS,
  SM4_GCM_NONCE_BYTES,
  type Sm2KeyPair,
  sm2,
} from '@cssi/sm-core';
import { KMS_ERRORS } from '../errors.ts';
import {
  type KeyUsage,
  KMS_MAX_AAD_BYTES,
  KMS_MAX_PLAINTEXT_BYTES,
  KMS_MAX_SIGNATURE_BYTES,
  KMS_VERIFY_VERSIONS,
} from '../spec/v1/algorithms.ts';
import { dataBinding } from '../spec/v1/binding.ts';
import { ciphertextHeader, decodeCiphertext, encodeCiphertext } from '../spec/v1/ciphertext.ts';
import type {
  DecryptRequest,
  DecryptResult,
  EncryptRequest,
  EncryptResult,
  KeyReference,
  SignRequest,
  SignResult,
  VerifyRequest,
  VerifyResult,
} from '../spec/v1/service.ts';
import type { KeyRow } from '../spec/v1/store.ts';
import { checkContent, checkReference, checkVersion, notFound } from './check.ts';
import type { UnlockedKey, UnlockedMaterial } from './key-material.ts';
import { type KeyVault, VAULT_ATTEMPTS } from './key-vault.ts';
import type { RecordedRandom } from './random.ts';
import type { UsageMeter } from './usage-meter.ts';

/** What the operations work on. */
export interface CryptoOperationsDeps {
  readonly vault: KeyVault;
  readonly meter: UsageMeter;
  readonly random: RecordedRandom;
  readonly clock: () => Date;
}

const NO_BYTES = new Uint8Array(0);
/** First byte of a bare SM2Cipher, a DER SEQUENCE. */
const DER_SEQUENCE = 0x30;

const decryptFailed = () => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');

/** Signing, verifying, encrypting and decrypting with cached keys. */
export class CryptoOperations {
  readonly #deps: CryptoOperationsDeps;

  constructor(deps: CryptoOperationsDeps) {
    this.#deps = deps;
  }

  /** @param pinned - the one version that may sign, for signers that belong to a certificate */
  async sign(request: SignRequest, pinned?: number): Promise<SignResult> {
    const reference = checkReference(request);
    const content = checkContent(request);
    const random = this.#deps.random.source;
    const select = (head: KeyRow): number => {
      if (pinned !== undefined && head.currentVersion !== pinned) {
        throw KMS_ERRORS.create('ERR_KMS_VERSION_RETIRED');
      }
      return head.currentVersion;
    };
    return this.#withKey(reference, 'sign', select, ({ material }, version) => {
      const pair = signingPair(material);
      const signature =
        content.kind === 'message'
          ? sm2.signWith(pair, content.bytes, { random })
          : sm2.signDigest(pair.privateKey, content.bytes, { random });
      return { signature, version };
    });
  }

  async verify(request: VerifyRequest): Promise<VerifyResult> {
    const reference = checkReference(request);
    const content = checkContent(request);
    const signature = checkBytes(request.signature, 'signature', 0, KMS_MAX_SIGNATURE_BYTES);
    const named = checkVersion(request.version);
    const newest = await this.#withHead(reference, 'sign', (head) => head.currentVersion);
    if (named !== undefined && named > newest) throw notFound();
    const first = named ?? newest;
    const last = named ?? Math.max(1, newest - KMS_VERIFY_VERSIONS + 1);
    for (let candidate = first; candidate >= last; candidate--) {
      const valid = await this.#withKey(
        reference,
        'sign',
        () => candidate,
        ({ material }) => {
          const { publicKey } = signingPair(material);
          return content.kind === 'message'
            ? sm2.verify(publicKey, content.bytes, signature)
            : sm2.verifyDigest(publicKey, content.bytes, signature);
        },
      );
      if (valid) return { valid, version: candidate };
    }
    return { valid: false };
  }

  async encrypt(request: EncryptRequest): Promise<EncryptResult> {
    const { clock, random } = this.#deps;
    const reference = checkReference(request);
    const plaintext = checkBytes(request.plaintext, 'plaintext', 0, KMS_MAX_PLAINTEXT_BYTES);
    const aad = checkAad(request.aad);
    const current = (head: KeyRow): number => head.currentVersion;
    return this.#withKey(
      reference,
      'encrypt',
      current,
      ({ material, encryptsUntil }, version) => {
        if (clock().getTime() >= encryptsUntil) throw KMS_ERRORS.create('ERR_KMS_ROTATION_OVERDUE');
        const header = ciphertextHeader(material.algorithm, version);
        if (material.algorithm === 'SM2') {
          refuseAad(aad);
          checkBytes(plaintext, 'plaintext', 1, KMS_MAX_PLAINTEXT_BYTES);
          const body = sm2.encrypt(material.pair.publicKey, plaintext, { random: random.source });
          return { ciphertext: encodeCiphertext(header, NO_BYTES, body), version };
        }
        const nonce = randomBytes(SM4_GCM_NONCE_BYTES, random.source);
        const binding = dataBinding(reference.tenantId, reference.keyId, header, aad);
        const body = material.gcm.seal(nonce, plaintext, binding);
        return { ciphertext: encodeCiphertext(header, nonce, body), version };
      },
      'metered',
    );
  }

  async decrypt(request: DecryptRequest): Promise<DecryptResult> {
    const reference = checkReference(request);
    const ciphertext = checkBytes(request.ciphertext, 'ciphertext', 0, Number.MAX_SAFE_INTEGER);
    const aad = checkAad(request.aad);
    const algorithm = await this.#withHead(reference, 'encrypt', (head) => head.algorithm);
    if (algorithm === 'SM2') refuseAad(aad);
    const bare = algorithm === 'SM2' && ciphertext[0] === DER_SEQUENCE;
    const parts = bare ? undefined : decodeCiphertext(ciphertext);
    const select = (head: KeyRow): number => {
      const version = parts?.version ?? head.currentVersion;
      if (version > head.currentVersion || (parts !== undefined && parts.algorithm !== head.algorithm)) {
        throw decryptFailed();
      }
      return version;
    };
    return this.#withKey(reference, 'encrypt', select, ({ material }, version) => {
      if (material.algorithm === 'SM2') {
        return { plaintext: sm2.decrypt(material.pair.privateKey, parts?.body ?? ciphertext), version };
      }
      if (parts === undefined) throw decryptFailed();
      const binding = dataBinding(reference.tenantId, reference.keyId, parts.header, aad);
      return { plaintext: material.gcm.open(parts.nonce, parts.body, binding), version };
    });
  }

  /** Runs `use` on the checked record of a key that may be used so. */
  async #withHead<T>(reference: KeyReference, usage: KeyUsage, use: (head: KeyRow) => T): Promise<T> {
    const { vault } = this.#deps;
    const { tenantId, keyId } = reference;
    for (let attempt = 0; attempt < VAULT_ATTEMPTS; attempt++) {
      const head = vault.head(tenantId, keyId);
      if (head !== undefined) return use(permitted(head, usage));
      await vault.loadHead(tenantId, keyId);
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }

  /**
   * Runs `use` with a key version. From the last look at the caches to the end of `use`
   * nothing is awaited, so that neither a change of state nor an eviction comes in between.
   * With everything cached the way holds no call to store or root.
   */
  async #withKey<T>(
    reference: KeyReference,
    usage: KeyUsage,
    select: (head: KeyRow) => number,
    use: (key: UnlockedKey, version: number) => T,
    metered?: 'metered',
  ): Promise<T> {
    const { vault, meter } = this.#deps;
    const { tenantId, keyId } = reference;
    for (let attempt = 0; attempt < VAULT_ATTEMPTS; attempt++) {
      const head = vault.head(tenantId, keyId);
      if (head === undefined) {
        await vault.loadHead(tenantId, keyId);
        continue;
      }
      const version = select(permitted(head, usage));
      const key = vault.key(tenantId, keyId, version);
      if (key === undefined) {
        await vault.loadKey(tenantId, keyId, version);
        continue;
      }
      const name = vault.versionName(tenantId, keyId, version);
      if (metered !== undefined && key.material.algorithm === 'SM4' && !meter.take(name)) {
        await meter.refill(name, tenantId, keyId, version);
        continue;
      }
      return use(key, version);
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }
}

function permitted(head: KeyRow, usage: KeyUsage): KeyRow {
  if (!head.usage.includes(usage)) throw KMS_ERRORS.create('ERR_KMS_USAGE_DENIED');
  if (head.state !== 'enabled') throw KMS_ERRORS.create('ERR_KMS_KEY_STATE');
  return head;
}

function signingPair(material: UnlockedMaterial): Sm2KeyPair {
  if (material.algorithm !== 'SM2') throw KMS_ERRORS.create('ERR_KMS_USAGE_DENIED');
  return material.pair;
}

function checkAad(aad: unknown): Uint8Array {
  return aad === undefined ? NO_BYTES : checkBytes(aad, 'aad', 0, KMS_MAX_AAD_BYTES);
}

function refuseAad(aad: Uint8Array): void {
  if (aad.length > 0) throw KMS_ERRORS.create('ERR_KMS_AAD_UNSUPPORTED');
}
