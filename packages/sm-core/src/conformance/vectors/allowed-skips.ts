import type { EngineCapability } from '../../spec/v1/engine.ts';

/**
 * Why a case may be skipped: the engine under test does not declare a capability, another
 * package owns the format and runs it in its own tests, or no requirement asks for it.
 */
export type SkipKind = 'engine' | 'elsewhere' | 'out-of-scope';

/** One entry of the reviewed list. */
export interface AllowedSkip {
  readonly kind: SkipKind;
  readonly reason: string;
}

const engine = (reason: string): AllowedSkip => ({ kind: 'engine', reason });
const elsewhere = (reason: string): AllowedSkip => ({ kind: 'elsewhere', reason });
const never = (reason: string): AllowedSkip => ({ kind: 'out-of-scope', reason });

/** What this package does not compute, by name: nothing that an issue asks of it. */
const MISSING = {
  certificates: elsewhere('certificates, requests and containers: the tests of the pki package run them'),
  tls: elsewhere('recorded handshakes: the tests of the tls package run them'),
  'cipher.other': never('a mode of a block cipher other than SM4'),
  'curve.other': never('SM2 on another curve, such as the Fp-256 test curve of GM/T 0003'),
  'digest.other': never('SM2 or a hash with a digest other than SM3'),
  'sm4.bc': never('BC mode of GB/T 17964'),
  'sm4.eax': never('EAX'),
  'sm4.hctr': never('HCTR mode of GB/T 17964'),
  'sm4.ocb': never('OCB'),
  'sm4.ofbnlf': never('OFBNLF mode of GB/T 17964'),
  sm9: never('SM9'),
  'unknown-file': never('a JSON file that this runner has no reader for; its name is in the report'),
  'zuc-256': never('ZUC-256 and the MACs on it'),
  'zuc.modes': never('the authenticated modes GXM and MUR of GM/T 0001.4'),
} as const satisfies Readonly<Record<string, AllowedSkip>>;

/** Capabilities that an engine may lack. The default engine lacks none, which a test checks. */
const ENGINE: Readonly<Record<EngineCapability, AllowedSkip>> = {
  sm3: engine('SM3'),
  'sm3.many': engine('digests of many messages side by side'),
  'hmac-sm3': engine('HMAC on the SM3 of the engine'),
  'sm2.keygen': engine('public key of a private key'),
  'sm2.sign': engine('SM2 signing'),
  'sm2.verify': engine('SM2 verification'),
  'sm2.encrypt': engine('SM2 encryption'),
  'sm2.decrypt': engine('SM2 decryption'),
  'sm2.random': engine('a nonce given by the caller: needed where a case prints k'),
  'sm2.multiply': engine('a multiple of any point of the curve'),
  'sm2.exchange': engine('the shared point of an SM2 key exchange'),
  'sm2.decompress': engine('the point of a compressed encoding'),
  'sm2.prepared-private': engine('private keys made ready for many signatures'),
  'sm2.prepared-public': engine('public keys made ready for many verifications'),
  'sm4.blocks': engine('SM4 on whole blocks'),
  'sm4.cbc': engine('CBC'),
  'sm4.ctr': engine('CTR'),
  'sm4.gcm': engine('the parts of GCM'),
  zuc: engine('the key stream of ZUC-128'),
};

/** Name under which a case was skipped. */
export type SkipName = keyof typeof MISSING | EngineCapability;

/**
 * The reviewed list of allowed skips. A case can be skipped under no other name: the
 * type of the readers admits only these.
 */
export const ALLOWED_SKIPS: Readonly<Record<SkipName, AllowedSkip>> = { ...MISSING, ...ENGINE };
