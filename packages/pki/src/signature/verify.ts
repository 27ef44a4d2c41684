import { createVerify, type KeyObject, verify } from 'node:crypto';
import { type AlgorithmName, type AlgorithmRef, algorithmByName } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { keyFit, type NodeAlgorithm, nodeAlgorithm, nodeKey } from './node-algorithms.ts';
import { readPublicKeyInfo } from './public-key.ts';
import { MAX_SIGNER_IDS, matchSm2, Sm2StreamVerification, signatureFormat } from './sm2-signature.ts';

/**
 * Whether a signature is right or wrong, the key is of another kind than the signature
 * algorithm needs, or the algorithm is one that this version cannot check.
 */
export type SignatureCheck = 'right' | 'wrong' | 'key-mismatch' | 'unsupported';

/** Outcome of one check. */
export interface SignatureResult {
  readonly check: SignatureCheck;
  /** The signer ID under which an SM2 signature is right, when the caller listed IDs. */
  readonly signerId?: Sm2SignerId;
}

/** A public key that was read; a `Certificate` is one. */
export interface VerificationKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** As in `Certificate.keyAlgorithm`. */
  readonly keyAlgorithm: string;
  /** 04‖x‖y, 65 bytes, of an SM2 key. */
  readonly sm2PublicKey?: Uint8Array;
}

/** How a signature is checked. */
export interface SignatureOptions {
  /**
   * What an SM2 signature may have been made with, tried in this order: at most 8. The default
   * ID `1234567812345678` alone when left out.
   */
  readonly signerIds?: readonly Sm2SignerId[] | undefined;
  /** Takes note of raw r‖s; without a log such a signature is wrong. */
  readonly log?: FindingLog;
}

const SM2_NAMES = new Set<string>(['sm2-sm3', 'sm2-sign'] satisfies AlgorithmName[]);
const WRONG: SignatureResult = { check: 'wrong' };
const MISMATCH: SignatureResult = { check: 'key-mismatch' };
const UNSUPPORTED: SignatureResult = { check: 'unsupported' };

function checkSignerIds(ids: readonly Sm2SignerId[] | undefined): void {
  if (ids === undefined) return;
  const good = Array.isArray(ids) && ids.length > 0 && ids.length <= MAX_SIGNER_IDS;
  if (!good || !ids.every((id: unknown) => id === 'plain-sm3' || id instanceof Uint8Array)) {
    throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: 'option=signerIds' });
  }
}

const toRef = (algorithm: AlgorithmRef | AlgorithmName): AlgorithmRef =>
  typeof algorithm === 'string'
    ? { name: algorithm, oid: algorithmByName(algorithm).oid, parameters: undefined }
    : algorithm;

const toKey = (key: Uint8Array | VerificationKey): VerificationKey =>
  key instanceof Uint8Array ? { publicKeyInfo: key, ...readPublicKeyInfo(key) } : key;

/** The default ID is not named as a match: it is what nobody asked about. */
const sm2Result = (match: Sm2SignerId | 'default' | undefined): SignatureResult => {
  if (match === undefined) return WRONG;
  return match === 'default' ? { check: 'right' } : { check: 'right', signerId: match };
};

/** What checks a signature of an algorithm that node:crypto has, or why nothing does. */
function nodeCheck(
  ref: AlgorithmRef,
  key: VerificationKey,
): { algorithm: NodeAlgorithm; key: KeyObject } | SignatureResult {
  const algorithm = nodeAlgorithm(ref);
  if (algorithm === undefined) return UNSUPPORTED;
  const fit = keyFit(algorithm, key.keyAlgorithm);
  if (fit !== 'fits') return { check: fit };
  const opened = nodeKey(key.publicKeyInfo);
  if (opened === 'wrong') return WRONG;
  return opened === 'unsupported' ? UNSUPPORTED : { algorithm, key: opened };
}

const rightWhen = (check: () => boolean): SignatureResult => {
  try {
    return check() ? { check: 'right' } : WRONG;
  } catch {
    return WRONG;
  }
};

/**
 * Checks `signature` over `message`.
 *
 * SM2 with SM3; ECDSA on P-256, P-384 and P-521, RSA PKCS#1 v1.5 and PSS of 2048 to 8192
 * bits with SHA-2 by node:crypto.
 *
 * @param key - SubjectPublicKeyInfo in DER, or a key that was read, such as a certificate
 * @throws SmError ERR_PKI_PATH_OPTIONS for signer IDs that are none, ERR_SM2_ID_INVALID
 * @internal
 */
export function verifySignature(
  algorithm: AlgorithmRef | AlgorithmName,
  key: Uint8Array | VerificationKey,
  message: Uint8Array,
  signature: Uint8Array,
  { signerIds, log }: SignatureOptions = {},
): SignatureResult {
  checkSignerIds(signerIds);
  const ref = toRef(algorithm);
  const facts = toKey(key);
  if (SM2_NAMES.has(ref.name)) {
    const { sm2PublicKey } = facts;
    if (sm2PublicKey === undefined) return MISMATCH;
    return sm2Result(matchSm2(sm2PublicKey, message, signature, signerIds, signatureFormat(signature, log)));
  }
  const node = nodeCheck(ref, facts);
  if ('check' in node) return node;
  const { hash, options } = node.algorithm;
  return rightWhen(() => verify(hash, message, { key: node.key, ...options }, signature));
}

/** A check of a signature over a message that comes in pieces. */
export interface StreamVerification {
  update(bytes: Uint8Array): void;
  /** Ends it; nothing may follow. */
  finish(signature: Uint8Array): SignatureResult;
}

/**
 * As {@link verifySignature}, for a message in pieces.
 *
 * @throws SmError ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 * @internal
 */
export function startVerification(
  algorithm: AlgorithmRef | AlgorithmName,
  key: Uint8Array | VerificationKey,
  { signerIds, log }: SignatureOptions = {},
): StreamVerification {
  checkSignerIds(signerIds);
  const ref = toRef(algorithm);
  const facts = toKey(key);
  if (SM2_NAMES.has(ref.name)) {
    if (facts.sm2PublicKey === undefined) return { update() {}, finish: () => MISMATCH };
    const running = new Sm2StreamVerification(facts.sm2PublicKey, signerIds);
    return {
      update: (bytes) => running.update(bytes),
      finish: (signature) => sm2Result(running.finish(signature, signatureFormat(signature, log))),
    };
  }
  const node = nodeCheck(ref, facts);
  if ('check' in node) return { update() {}, finish: () => node };
  const running = createVerify(node.algorithm.hash);
  return {
    update: (bytes) => void running.update(bytes),
    finish: (signature) =>
      rightWhen(() => running.verify({ key: node.key, ...node.algorithm.options }, signature)),
  };
}
