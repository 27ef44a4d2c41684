import { SM_CORE_ERRORS } from '../errors.ts';

/** Longest input of one call in bytes: 1 GiB. GCM itself would allow 2^36 - 32. */
export const SM4_MAX_BYTES: number = 2 ** 30;
/** Longest data unit of XTS in bytes: 2^20 blocks. @standard IEEE 1619-2018 §5.1 */
export const SM4_XTS_MAX_BYTES: number = 2 ** 24;
/** Longest GCM message in bytes, also in pieces: 2^39 - 256 bits. @standard NIST SP 800-38D §5.2.1.1 */
export const SM4_GCM_MAX_MESSAGE_BYTES: number = 2 ** 36 - 32;
/** Longest GCM nonce in bytes that this package takes. */
export const SM4_GCM_MAX_NONCE_BYTES = 1024;
/** How often one key may be used with random 96-bit nonces. @standard NIST SP 800-38D §8.3 */
export const SM4_MAX_RANDOM_NONCES: number = 2 ** 32;
/** Longest key that can be wrapped, in bytes. */
export const SM4_MAX_WRAPPED_BYTES = 65_536;

/** What has to hold for the initial value of a mode. */
export type Sm4NonceRule =
  /** The mode has none. */
  | 'none'
  /** Unpredictable and fresh for each message. */
  | 'random'
  /** Never twice under one key. */
  | 'unique'
  /** Never twice under one key, drawn and counted by this package. */
  | 'drawn'
  /** The place of the data unit; the same again only for the same place. */
  | 'position'
  /** Fixed to zero. */
  | 'zero';

/** The parameters of one way to use SM4; all lengths are in bytes. */
export interface Sm4Parameters {
  /** The standard that the mode comes from. */
  readonly standard: string;
  /** Does the mode notice changed data? */
  readonly authenticated: boolean;
  /** Length of the key. */
  readonly keyBytes: number;
  /** Shortest, longest and usual length of the IV, nonce, counter or tweak. */
  readonly nonceBytes: { readonly min: number; readonly max: number; readonly default: number };
  /** What has to hold for it. */
  readonly nonceRule: Sm4NonceRule;
  /** Tag lengths on offer, the default first; empty where there is no tag. */
  readonly tagBytes: readonly number[];
  /** Paddings on offer, the default first. */
  readonly padding: readonly string[];
  /** Shortest and longest message of one call. */
  readonly messageBytes: { readonly min: number; readonly max: number };
}

const freeze = <T extends object>(value: T): T => {
  for (const inner of Object.values(value)) if (typeof inner === 'object') freeze(inner as object);
  return Object.freeze(value);
};

const GB_MODES = 'GB/T 17964-2021';
const GB_MAC = 'GB/T 15852.1-2020';
const GB_AEAD = 'GB/T 36624-2018';
const fixed = (length: number) => ({ min: length, max: length, default: length });
const any = { min: 0, max: SM4_MAX_BYTES };
const plain = (
  standard: string,
  nonceRule: Sm4NonceRule,
  more: Partial<Sm4Parameters> = {},
): Sm4Parameters => ({
  standard,
  authenticated: false,
  keyBytes: 16,
  nonceBytes: fixed(nonceRule === 'none' ? 0 : 16),
  nonceRule,
  tagBytes: [],
  padding: ['none'],
  messageBytes: any,
  ...more,
});
const FULL_TAGS = [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4];
const mac = (
  standard: string,
  keyBytes: number,
  padding: readonly string[],
  tagBytes: readonly number[] = FULL_TAGS,
) =>
  plain(standard, 'zero', {
    authenticated: true,
    keyBytes,
    nonceBytes: fixed(0),
    padding,
    tagBytes,
  });
const CHOSEN = ['method-2', 'method-3', 'method-1', 'none'];
const xts = (standard: string) =>
  plain(standard, 'position', { keyBytes: 32, messageBytes: { min: 16, max: SM4_XTS_MAX_BYTES } });

const TABLE = {
  ecb: plain(GB_MODES, 'none', { standard: `${GB_MODES} §5` }),
  cbc: plain(`${GB_MODES} §6`, 'random', { padding: ['pkcs7', 'none'] }),
  'cbc-cs3': plain('NIST SP 800-38A addendum', 'random', { messageBytes: { min: 16, max: SM4_MAX_BYTES } }),
  cfb: plain(`${GB_MODES} §7`, 'unique'),
  cfb8: plain(`${GB_MODES} §7`, 'unique'),
  ofb: plain(`${GB_MODES} §8`, 'unique'),
  ctr: plain(`${GB_MODES} §9`, 'unique'),
  'xts-gb': xts(`${GB_MODES}, XTS`),
  'xts-ieee': xts('IEEE 1619-2018'),
  gcm: plain(GB_AEAD, 'unique', {
    authenticated: true,
    nonceBytes: { min: 1, max: SM4_GCM_MAX_NONCE_BYTES, default: 12 },
    tagBytes: [16, 15, 14, 13, 12, 8, 4],
  }),
  ccm: plain(`${GB_AEAD}, RFC 8998`, 'unique', {
    authenticated: true,
    nonceBytes: { min: 7, max: 13, default: 12 },
    tagBytes: [16, 14, 12, 10, 8, 6, 4],
  }),
  aead: plain(GB_AEAD, 'drawn', { authenticated: true, nonceBytes: fixed(12), tagBytes: [16] }),
  gmac: plain('NIST SP 800-38D', 'unique', {
    authenticated: true,
    nonceBytes: { min: 1, max: SM4_GCM_MAX_NONCE_BYTES, default: 12 },
    tagBytes: [16, 15, 14, 13, 12, 8, 4],
  }),
  'cbc-mac': mac(GB_MAC, 16, CHOSEN),
  emac: mac(GB_MAC, 32, CHOSEN),
  'ansi-retail-mac': mac(GB_MAC, 32, CHOSEN),
  'mac-des': mac(GB_MAC, 32, CHOSEN),
  cmac: mac(GB_MAC, 16, ['method-4']),
  lmac: mac(GB_MAC, 16, CHOSEN),
  'tr-cbc-mac': mac(GB_MAC, 16, ['method-4'], [8]),
  'cbcr-mac': mac(GB_MAC, 16, ['method-4']),
  'key-wrap': plain(`${GB_AEAD}, RFC 3394`, 'none', {
    authenticated: true,
    tagBytes: [8],
    messageBytes: { min: 16, max: SM4_MAX_WRAPPED_BYTES },
  }),
} satisfies Record<string, Sm4Parameters>;

/** Name of a way to use SM4. */
export type Sm4ModeName = keyof typeof TABLE;

/**
 * Every way to use SM4 that this package offers, with its parameters. The functions read
 * their limits from this table, so it is what they do and not a description of it.
 *
 * @standard GB/T 17964-2021, GB/T 15852.1-2020, GB/T 36624-2018
 */
export const SM4_PARAMETERS: Readonly<Record<Sm4ModeName, Sm4Parameters>> = freeze(TABLE);

/**
 * The parameters of one mode.
 *
 * @throws {@link SmError} ERR_INPUT_VALUE for a name that is not in {@link SM4_PARAMETERS}
 */
export function sm4Parameters(mode: Sm4ModeName): Sm4Parameters {
  if (typeof mode !== 'string' || !Object.hasOwn(SM4_PARAMETERS, mode)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=mode allowed=${Object.keys(SM4_PARAMETERS).join('|')}`,
    });
  }
  return SM4_PARAMETERS[mode];
}

/**
 * The tag length of `mode`: the default, or a value that is on its list.
 *
 * @throws SmError ERR_INPUT_VALUE
 */
export function tagLength(mode: Sm4ModeName, value: number | undefined): number {
  const { tagBytes } = SM4_PARAMETERS[mode];
  if (value === undefined) return tagBytes[0]!;
  if (!tagBytes.includes(value)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=tagBytes allowed=${tagBytes.join('|')}`,
    });
  }
  return value;
}

/**
 * The nonce length of `mode`: the default, or a value in its range.
 *
 * @throws SmError ERR_INPUT_VALUE
 */
export function nonceLength(mode: Sm4ModeName, value: number | undefined): number {
  const { min, max, default: usual } = SM4_PARAMETERS[mode].nonceBytes;
  if (value === undefined) return usual;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: `parameter=nonceBytes allowed=${min}..${max}` });
  }
  return value;
}

/**
 * The padding for `mode`: the default, or a value that is on its list.
 *
 * @throws SmError ERR_INPUT_VALUE
 */
export function paddingOf<T extends string>(mode: Sm4ModeName, value: T | undefined): T {
  const padding = SM4_PARAMETERS[mode].padding as readonly T[];
  if (value === undefined) return padding[0]!;
  if (!padding.includes(value)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=padding allowed=${padding.join('|')}`,
    });
  }
  return value;
}
