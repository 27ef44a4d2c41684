import { type PathOptions, parseCertificate, type RevocationScope, validateCertificatePath } from '@cssi/pki';
import type { Arguments, Command, OptionTable } from '../../command.ts';
import { readAnchors, timeOf } from '../../files.ts';
import {
  oidOption,
  purposeOf,
  readCrls,
  readKind,
  readOcspResponses,
  SIGNER_ID_HELP,
  signerIdsOf,
  usageError,
  usagesOf,
} from '../../pki/options.ts';
import { judged, pathEntries, pathJson } from '../../pki/report.ts';
import { contextOf, TIME_HELP, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

/** Options by which paths are judged. */
export const PATH_OPTIONS: OptionTable = {
  anchor: { many: true },
  intermediate: { many: true },
  crl: { many: true },
  ocsp: { many: true },
  revocation: {},
  'signer-id': { many: true },
  time: {},
  strict: { flag: true },
};

/** Help for {@link PATH_OPTIONS}. */
export const PATH_HELP: readonly (readonly [string, string])[] = [
  [
    '--anchor FILE',
    'trust anchors, the only certificates that are trusted; without one trust is indeterminate',
  ],
  ['--intermediate FILE', 'certificates that may lie between; not trusted'],
  ['--crl FILE', 'revocation lists, complete and delta'],
  ['--ocsp FILE', 'OCSP responses'],
  ['--revocation none|leaf|all', 'which certificates must be shown not to be revoked'],
  SIGNER_ID_HELP,
  TIME_HELP,
  ['--strict', 'refuses every known deviation from the standards instead of reporting it'],
];

const SCOPES: readonly RevocationScope[] = ['none', 'leaf', 'all'];

function scopeOf(args: Arguments): { readonly revocation?: RevocationScope } {
  const text = args.text('revocation');
  if (text === undefined) return {};
  const revocation = SCOPES.find((scope) => scope === text);
  if (revocation === undefined) throw usageError('--revocation expects none, leaf or all');
  return { revocation };
}

/** What paths are judged by, of {@link PATH_OPTIONS}. @throws SmError ERR_CLI_USAGE, ERR_CLI_FILE and those of the files */
export async function pathOptionsOf(args: Arguments): Promise<PathOptions> {
  const checked = { ...scopeOf(args), ...signerIdsOf(args), time: timeOf(args.text('time')) };
  const [crls, ocspResponses] = [await readCrls(args), await readOcspResponses(args)];
  return {
    ...checked,
    anchors: await readAnchors(args.many('anchor')),
    intermediates: await readAnchors(args.many('intermediate')),
    ...(crls.length === 0 ? {} : { crls }),
    ...(ocspResponses.length === 0 ? {} : { ocspResponses }),
  };
}

export const verify: Command = {
  synopsis:
    'FILE [--anchor FILE]… [--intermediate FILE]… [--crl FILE]… [--ocsp FILE]… [--revocation none|leaf|all] [--usage NAME]… [--purpose NAME] [--policy OID]… [--signer-id ID]… [--time ISO] [--strict]',
  summary: 'judges a certificate up to a trust anchor, step by step 逐步验证证书链',
  options: { ...PATH_OPTIONS, ...VIEW_OPTIONS, usage: { many: true }, purpose: {}, policy: { many: true } },
  help: [
    ['FILE', 'the certificate; others in the file count as intermediates'],
    ...PATH_HELP,
    ['--usage NAME', 'key usage that the certificate must state, such as digitalSignature'],
    ['--purpose NAME', 'extended key usage that it must state: serverAuth, timeStamping, … or an OID'],
    ['--policy OID', 'certificate policies, one of which must hold'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const keyUsage = usagesOf(args.many('usage'));
    const purpose = args.text('purpose');
    const extendedKeyUsage = purpose === undefined ? {} : { extendedKeyUsage: purposeOf(purpose) };
    const policies = args.many('policy').map((text) => oidOption('policy', text));
    const context = contextOf(args);
    const path = args.only('FILE');
    const options = await pathOptionsOf(args);
    const [leaf, ...others] = (await readKind(path, 'certificate', 'ERR_PKI_CERTIFICATE_MALFORMED')).map(
      (der) => parseCertificate(der, { policy: context.policy }),
    );
    const report = validateCertificatePath(leaf!, {
      ...options,
      intermediates: [...others, ...(options.intermediates ?? [])],
      keyUsage,
      ...extendedKeyUsage,
      ...(policies.length === 0 ? {} : { policies }),
    });
    // The steps give every reason.
    return judged(args, report.verdict, pathEntries(report, context), pathJson(report, context), {
      reasons: false,
    });
  },
};
