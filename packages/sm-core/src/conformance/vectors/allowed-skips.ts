import type { EngineCapability } from '../../spec/v1/engine.ts';

/**
 * Why a case may be skipped: the engine under test does not declare a capability, this
 * version does not have the algorithm yet, or no requirement asks for it.
 */
export type SkipKind = 'engine' | 'not-built' | 'out-of-scope';

/** One entry of the reviewed list. */
export interface AllowedSkip {
  readonly kind: SkipKind;
  readonly reason: string;
}

const engine = (reason: string): AllowedSkip => ({ kind: 'engine', reason });
const later = (reason: string): AllowedSkip => ({ kind: 'not-built', reason });
const never = (reason: string): AllowedSkip => ({ kind: 'out-of-scope', reason });

/** What this package does not compute, by capability name. */
const MISSING = {
  'hkdf-expand': later('HKDF-Expand alone and HKDF-Expand-Label belong to TLS'),
  pbkdf2: later('PBKDF2 with HMAC-SM3 belongs to encrypted key containers'),
  'sm2.compressed-point': later('public keys are read in the uncompressed form only'),
  'sm2.key-exchange': later('key exchange of GB/T 32918.3'),
  'sm4.cbc-cs3': later('CBC with ciphertext stealing'),
  'sm4.cbc-mac': later('the MACs of GB/T 15852.1 over SM4'),
  'sm4.ccm': later('CCM'),
  'sm4.cfb': later('CFB'),
  'sm4.cmac': later('CMAC over SM4'),
  'sm4.gcm.nonce-length': later('GCM nonces other than 12 bytes: the engine interface fixes the length'),
  'sm4.gcm.tag-length': later('GCM tags other than 16 bytes: the engine interface fixes the length'),
  'sm4.ofb': later('OFB'),
  'sm4.xts': later('XTS, after GB/T 17964 and after IEEE 1619'),
  certificates: later('certificates, requests and containers are run by the tests of the pki package'),
  tls: later('handshakes, records and key schedules belong to TLS'),
  'curve.other': never('SM2 on another curve, such as the Fp-256 test curve of GM/T 0003'),
  'digest.other': never('SM2 or a hash with a digest other than SM3'),
  'sm4.bc': never('BC mode of GB/T 17964'),
  'sm4.eax': never('EAX'),
  'sm4.hctr': never('HCTR mode of GB/T 17964'),
  'sm4.ocb': never('OCB'),
  'sm4.ofbnlf': never('OFBNLF mode of GB/T 17964'),
  sm9: never('SM9'),
  'unknown-file': never('a JSON file that this runner has no reader for; its name is in the report'),
  zuc: never('ZUC-128 and ZUC-256 and what is built on them'),
} as const satisfies Readonly<Record<string, AllowedSkip>>;

/** Capabilities that an engine may lack. The default engine lacks none, which a test checks. */
const ENGINE: Readonly<Record<EngineCapability, AllowedSkip>> = {
  sm3: engine('SM3'),
  'hmac-sm3': engine('HMAC on the SM3 of the engine'),
  'sm2.keygen': engine('public key of a private key'),
  'sm2.sign': engine('SM2 signing'),
  'sm2.verify': engine('SM2 verification'),
  'sm2.encrypt': engine('SM2 encryption'),
  'sm2.decrypt': engine('SM2 decryption'),
  'sm2.random': engine('a nonce given by the caller: needed where a case prints k'),
  'sm4.ecb-block': engine('SM4 on one block'),
  'sm4.cbc': engine('CBC'),
  'sm4.ctr': engine('CTR'),
  'sm4.gcm': engine('GCM'),
};

/** Name under which a case was skipped. */
export type SkipName = keyof typeof MISSING | EngineCapability;

/**
 * The reviewed list of allowed skips. A case can be skipped under no other name: the
 * type of the readers admits only these.
 */
export const ALLOWED_SKIPS: Readonly<Record<SkipName, AllowedSkip>> = { ...MISSING, ...ENGINE };
