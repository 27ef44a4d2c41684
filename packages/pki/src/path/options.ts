import { KEY_USAGES } from '../certificate/key-usage.ts';
import { isRecord, unknownField } from '../certificate/known-fields.ts';
import { badRevocationOption, isCertificate } from '../revocation/options.ts';
import { MAX_PATH_CANDIDATES, MAX_PATH_POLICIES, type PathOptions } from '../spec/v1/path.ts';

/** What an option is, but for those about revocation evidence. */
type Fits = (value: unknown) => boolean;

const isOid: Fits = (value) => typeof value === 'string' && /^[0-2](\.\d+)+$/.test(value);

const listOf =
  (fits: Fits, max: number, min = 0): Fits =>
  (value) =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every((one) => fits(one));

const SCOPES = new Set<unknown>(['none', 'leaf', 'all']);
const USAGES = new Set<unknown>(KEY_USAGES);

const candidates = listOf(isCertificate, MAX_PATH_CANDIDATES);

const FITS: Readonly<Record<Exclude<keyof PathOptions, EvidenceOption>, Fits>> = {
  anchors: candidates,
  intermediates: candidates,
  keyUsage: listOf((value) => USAGES.has(value), KEY_USAGES.length),
  extendedKeyUsage: isOid,
  keyAlgorithm: (value) => typeof value === 'string',
  policies: listOf(isOid, MAX_PATH_POLICIES, 1),
  revocation: (value) => SCOPES.has(value),
  // No ID at all would be no check at all; which ones are some is said by the check.
  signerIds: (value) => Array.isArray(value) && value.length > 0,
};

type EvidenceOption =
  | 'time'
  | 'evidenceTime'
  | 'toleranceSeconds'
  | 'crls'
  | 'ocspResponses'
  | 'trustedResponders';

const EVIDENCE: readonly EvidenceOption[] = [
  'time',
  'evidenceTime',
  'toleranceSeconds',
  'crls',
  'ocspResponses',
  'trustedResponders',
];

const RULES: readonly (readonly [string, Fits])[] = /* @__PURE__ */ Object.entries(FITS);

const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set<string>([...Object.keys(FITS), ...EVIDENCE]);

/** The first option that judges nothing: of a wrong kind, or of a name that is none. */
export function badPathOption(options: PathOptions): string | undefined {
  if (!isRecord(options)) return 'options';
  const unknown = unknownField(options, KNOWN);
  if (unknown !== undefined) return unknown;
  const wrong = RULES.find(([name, fits]) => {
    const value: unknown = options[name as keyof PathOptions];
    return (value !== undefined || name === 'anchors') && !fits(value);
  });
  return wrong?.[0] ?? badRevocationOption(options);
}
