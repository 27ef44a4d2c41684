import {
  concatBytes,
  equalBytes,
  hmacSm3,
  Secret,
  SM2_PUBLIC_KEY_BYTES,
  SM2_SIGNATURE_BYTES,
  type Sm2KeyPair,
  sm2,
  sm3,
  utf8,
} from '@cssi/sm-core';
import {
  CHANNEL_LIMITS,
  CHANNEL_REPORT_MARK,
  CHANNEL_SIGNER_ID,
  type ChannelAcceptance,
  type ChannelCredential,
  type ChannelPeer,
} from '../spec/v1/channel.ts';
import { lengthPrefixed, partAt } from '../spec/v1/parts.ts';
import type { Attesting } from './attesting.ts';
import { badOption, broken, refused } from './errors.ts';
import type { KeySchedule } from './key-schedule.ts';
import { KIND } from './messages.ts';
import type { LinkRole } from './secure-link.ts';

const MAC_BYTES = 32;
const NO_BYTES = new Uint8Array(0);
const DIGEST_PREFIX = 'cssi-channel/1 ';
const SIGNING = /* @__PURE__ */ { id: utf8(CHANNEL_SIGNER_ID), format: 'raw' } as const;

/** Where in a handshake an identity is shown. @internal */
export interface IdentityPlace {
  /** The side that shows it. */
  readonly side: LinkRole;
  readonly keys: KeySchedule;
  /** Digest of all that was sent before. */
  readonly transcript: Uint8Array;
}

const KINDS_OF: Readonly<Record<ChannelCredential['kind'], number>> = {
  evidence: KIND.evidence,
  key: KIND.key,
  'evidence-and-key': KIND.evidence | KIND.key,
  anonymous: 0,
};

const isPair = (pair: Partial<Sm2KeyPair> | null | undefined): boolean =>
  pair?.publicKey instanceof Uint8Array &&
  pair.publicKey.length === SM2_PUBLIC_KEY_BYTES &&
  pair.privateKey instanceof Secret;

/** Bits of {@link KIND} a credential has. @throws {@link SmError} ERR_TEE_OPTION_INVALID @internal */
export function kindsOf(credential: ChannelCredential): number {
  if (!Object.hasOwn(KINDS_OF, credential?.kind ?? '')) throw badOption('credential');
  const kinds = KINDS_OF[credential.kind];
  const { attest, pair } = credential as { readonly attest?: unknown; readonly pair?: Sm2KeyPair };
  if ((kinds & KIND.evidence) !== 0 && typeof attest !== 'function') throw badOption('credential');
  if ((kinds & KIND.key) !== 0 && !isPair(pair)) throw badOption('credential');
  return kinds;
}

/** Whom a side accepts, as it was when the handshake was made. @internal */
export interface Judgement {
  /** Bits of {@link KIND} that are demanded. */
  readonly asks: number;
  readonly evidence: ((evidence: Uint8Array, reportData: Uint8Array) => unknown) | undefined;
  readonly key: ((publicKey: Uint8Array) => unknown) | undefined;
}

/**
 * Reads an acceptance, once: what is demanded and what judges it cannot part afterwards.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgementOf(accept: ChannelAcceptance): Judgement {
  const { evidence, key, anonymous } = accept ?? {};
  // One that cannot be called judges nothing: null is not the same as left out.
  for (const given of [evidence, key]) {
    if (given !== undefined && typeof given !== 'function') throw badOption('accept');
  }
  const asks = (evidence === undefined ? 0 : KIND.evidence) | (key === undefined ? 0 : KIND.key);
  // Nobody talks to an anonymous peer by leaving something out.
  if ((asks === 0) !== (anonymous === true)) throw badOption('accept');
  return { asks, evidence: evidence?.bind(accept), key: key?.bind(accept) };
}

/**
 * What evidence binds and keys sign: who shows it, at which point of which handshake, and with which
 * key.
 */
function digestOf({ side, transcript }: IdentityPlace, kinds: number, publicKey: Uint8Array): Uint8Array {
  return sm3(concatBytes(utf8(`${DIGEST_PREFIX}${side}\0`), Uint8Array.of(kinds), transcript, publicKey));
}

const reportDataOf = (digest: Uint8Array): Uint8Array => concatBytes(digest, CHANNEL_REPORT_MARK);

const macOf = ({ side, keys }: IdentityPlace, digest: Uint8Array, identity: Uint8Array): Uint8Array => {
  const key = keys.macKey(side);
  try {
    return hmacSm3(key, digest, identity);
  } finally {
    key.destroy();
  }
};

/**
 * `kinds ‖ public key, signature ‖ length, evidence ‖ MAC`, with what was asked for and no more.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL_REFUSED when more is asked than the credential has; whatever
 * `attest` throws
 * @internal
 */
export function* showIdentity(
  place: IdentityPlace,
  credential: ChannelCredential,
  asked: number,
): Attesting<Uint8Array> {
  if ((asked & ~kindsOf(credential)) !== 0) throw refused('credential-missing');
  const pair = (asked & KIND.key) !== 0 && 'pair' in credential ? credential.pair : undefined;
  const digest = digestOf(place, asked, pair?.publicKey ?? NO_BYTES);
  const parts: Uint8Array[] = [Uint8Array.of(asked)];
  if (pair !== undefined) parts.push(pair.publicKey, sm2.signWith(pair, digest, SIGNING));
  if ((asked & KIND.evidence) !== 0 && 'attest' in credential) {
    const evidence = yield credential.attest(reportDataOf(digest));
    if (!(evidence instanceof Uint8Array) || evidence.length > CHANNEL_LIMITS.evidence) {
      throw badOption('credential');
    }
    parts.push(lengthPrefixed(evidence));
  }
  const identity = concatBytes(...parts);
  return concatBytes(identity, macOf(place, digest, identity));
}

interface Shown {
  readonly publicKey: Uint8Array | undefined;
  readonly signature: Uint8Array;
  readonly evidence: Uint8Array | undefined;
}

function readIdentity(identity: Uint8Array, asked: number): Shown {
  if (identity[0] !== asked) throw broken('identity');
  let at = 1;
  let publicKey: Uint8Array | undefined;
  let signature: Uint8Array = NO_BYTES;
  if ((asked & KIND.key) !== 0) {
    publicKey = identity.slice(at, at + SM2_PUBLIC_KEY_BYTES);
    at += SM2_PUBLIC_KEY_BYTES;
    signature = identity.slice(at, at + SM2_SIGNATURE_BYTES);
    at += SM2_SIGNATURE_BYTES;
  }
  let evidence: Uint8Array | undefined;
  if ((asked & KIND.evidence) !== 0) {
    evidence = partAt(identity, at, CHANNEL_LIMITS.evidence);
    if (evidence === undefined) throw broken('identity');
    at += 4 + evidence.length;
  }
  if (at !== identity.length) throw broken('identity');
  return { publicKey, signature, evidence };
}

function signedBy(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return sm2.verify(publicKey, digest, signature, SIGNING);
  } catch {
    // No point of the curve, or r and s out of range.
    return false;
  }
}

/**
 * Checks what the other side shows: first that it is genuine, then whether it is accepted.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED
 * @internal
 */
export function checkIdentity(place: IdentityPlace, accept: Judgement, shown: Uint8Array): ChannelPeer {
  const { asks: asked } = accept;
  const identity = shown.subarray(0, Math.max(shown.length - MAC_BYTES, 0));
  const { publicKey, signature, evidence } = readIdentity(identity, asked);
  const digest = digestOf(place, asked, publicKey ?? NO_BYTES);
  if (!equalBytes(shown.subarray(identity.length), macOf(place, digest, identity))) throw broken('mac');
  if (publicKey !== undefined) {
    if (!signedBy(publicKey, digest, signature)) throw broken('signature');
    judge('key', true, () => accept.key?.(Uint8Array.from(publicKey)));
  }
  if (evidence !== undefined) {
    judge('evidence', undefined, () => accept.evidence?.(Uint8Array.from(evidence), reportDataOf(digest)));
  }
  return {
    ...(evidence === undefined ? {} : { evidence }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

/**
 * A judgement that throws has refused, whatever it throws; one that returns a promise has judged nothing
 * yet, and what becomes of the promise is not looked at.
 */
function judge(what: string, accepted: unknown, judgement: () => unknown): void {
  let judged: unknown;
  try {
    judged = judgement();
  } catch (cause) {
    throw refused(what, cause);
  }
  if (judged instanceof Promise) judged.catch(() => undefined);
  if (judged !== accepted) throw refused(what);
}
