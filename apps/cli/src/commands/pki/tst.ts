import {
  createTimeStampAuthority,
  createTimeStampRequest,
  grantedToken,
  type MessageImprint,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  type TimeStampHash,
  type TimeStampReport,
  verifyTimeStampToken,
} from '@cssi/pki/timestamp';
import { type JsonValue, randomBytes } from '@cssi/sm-core';
import { type Arguments, type Command, type CommandGroup, EXIT } from '../../command.ts';
import { readAnchors, readCertificates, timeOf } from '../../files.ts';
import { kindOf } from '../../pki/detect.ts';
import { type Entry, entry, label } from '../../pki/entry.ts';
import { hashFile } from '../../pki/hash-file.ts';
import { readOnly } from '../../pki/input.ts';
import { findingEntries } from '../../pki/inspected.ts';
import { marked } from '../../pki/labels.ts';
import { timeText } from '../../pki/moments.ts';
import { nameText, type Privacy } from '../../pki/names.ts';
import { oidOption, readOneKind, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { judged, pathEntries, pathJson } from '../../pki/report.ts';
import { inspectTimeStampRequest, inspectTimeStampResponse } from '../../pki/show-time-stamp.ts';
import { timeStampEntries, timeStampJson } from '../../pki/show-time-stamp-info.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { PATH_HELP, PATH_OPTIONS, pathOptionsOf } from './verify.ts';

const HASHES: readonly TimeStampHash[] = ['sm3', 'sha256', 'sha384', 'sha512'];
const readRequest = (path: string): Promise<Uint8Array> =>
  readOneKind(path, 'time-stamp-request', 'ERR_PKI_TIMESTAMP_MALFORMED');

const policyOf = (args: Arguments): { readonly policy?: string } => {
  const text = args.text('policy');
  return text === undefined ? {} : { policy: oidOption('policy', text) };
};

const request: Command = {
  synopsis:
    'FILE --out FILE [--hash sm3|sha256|sha384|sha512] [--policy OID] [--no-nonce] [--no-certificate]',
  summary: 'asks for a time stamp on a file 生成时间戳请求',
  options: {
    ...VIEW_OPTIONS,
    out: {},
    hash: {},
    policy: {},
    form: {},
    'no-nonce': { flag: true },
    'no-certificate': { flag: true },
  },
  help: [
    ['--hash NAME', 'by which the file is named; sm3 when left out'],
    ['--policy OID', 'policy to stamp under'],
    ['--no-nonce', 'no number that the token must repeat'],
    ['--no-certificate', "does not ask for the authority's certificate in the token"],
    ...VIEW_HELP,
  ],
  async run(args) {
    const hash = HASHES.find((known) => known === (args.text('hash') ?? 'sm3'));
    if (hash === undefined) throw usageError(`--hash expects one of ${HASHES.join(' ')}`);
    const options = { ...policyOf(args), certReq: !args.flag('no-certificate') };
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const imprint = { hash, digest: await hashFile(args.only('FILE'), hash) };
    const nonce = args.flag('no-nonce') ? { nonce: null } : {};
    const der = await writeNew(out, form, 'TIMESTAMP REQUEST', async () =>
      createTimeStampRequest({ ...options, ...nonce, imprint }),
    );
    const { entries, json } = inspectTimeStampRequest(der, contextOf(args));
    const title = label('已生成时间戳请求', 'Time stamp request made');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

/** A positive serial number that no token had before, but for a chance of one in 2¹²⁰. */
function drawSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

const reply: Command = {
  synopsis:
    'REQUEST --key FILE --certificate FILE --policy OID --out FILE [--chain FILE]… [--accuracy SECONDS] [--syntax rfc5652|gbt35275] [--time ISO]',
  summary: 'answers a time stamp request 签发时间戳',
  options: {
    ...VIEW_OPTIONS,
    key: {},
    certificate: {},
    policy: {},
    out: {},
    form: {},
    chain: { many: true },
    accuracy: {},
    syntax: {},
    time: {},
  },
  help: [
    [
      '--key FILE, --certificate FILE',
      'of the time stamp authority; its only purpose is timeStamping, critical',
    ],
    ['--policy OID', 'policy of the token'],
    ['--chain FILE', 'certificates above, to carry along'],
    ['--accuracy SECONDS', 'how far off the clock may be'],
    ['--time ISO', 'time of the stamp, for tests; now when left out'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const der = await readRequest(args.only('REQUEST'));
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const syntax = args.text('syntax') ?? 'rfc5652';
    if (syntax !== 'rfc5652' && syntax !== 'gbt35275')
      throw usageError('--syntax expects rfc5652 or gbt35275');
    const policy = oidOption('policy', args.required('policy'));
    const seconds = args.whole('accuracy');
    const time = args.text('time');
    const [certificate] = await readCertificates(args.required('certificate'));
    const options = {
      certificate: certificate!,
      chain: await readAnchors(args.many('chain')),
      policy,
      syntax,
      ...(seconds === undefined ? {} : { accuracy: { seconds } }),
      clock: () => timeOf(time),
      serial: drawSerial,
    } as const;
    timeOf(time);
    let failure: unknown;
    const made = await withSigner(args.required('key'), (signer) =>
      writeNew(out, form, 'TIMESTAMP RESPONSE', () =>
        createTimeStampAuthority({ ...options, signer, onFailure: (error) => (failure = error) }).reply(der),
      ),
    );
    const { entries, json } = inspectTimeStampResponse(made, contextOf(args));
    const granted = parseTimeStampResponse(made).token !== undefined;
    const title = granted
      ? marked('✓', '已签发时间戳', 'Time stamp issued')
      : marked('✗', '已拒绝', 'Rejected');
    const why = failure instanceof Error ? entry(label('内部原因', 'Failure'), failure.message) : [];
    const exitCode = granted ? EXIT.done : EXIT.negative;
    return done(
      args,
      title,
      [...entry(label('文件', 'File'), out), ...why, ...entries],
      { file: out, ...json },
      exitCode,
    );
  },
};

/** The token of a file, which may be the whole answer of an authority. */
async function readToken(path: string): Promise<Uint8Array> {
  const { der, pemLabel } = await readOnly(path, {
    kinds: ['time-stamp-token', 'time-stamp-response', 'message'],
    code: 'ERR_PKI_TIMESTAMP_MALFORMED',
    unknown: true,
  });
  return kindOf(der, pemLabel) === 'time-stamp-response' ? grantedToken(parseTimeStampResponse(der)) : der;
}

/** Hash of the content by the token's algorithm; one that is not computed here has the empty hash, which is none. */
async function imprintOf(
  path: string | undefined,
  name: string,
): Promise<{ readonly imprint?: MessageImprint; readonly content?: Uint8Array }> {
  if (path === undefined) return {};
  const hash = HASHES.find((known) => known === name);
  if (hash === undefined) return { content: new Uint8Array(0) };
  return { imprint: { hash, digest: await hashFile(path, hash) } };
}

function reportEntries(report: TimeStampReport, privacy: Privacy): Entry[] {
  const { info, certificate, path, latest, findings } = report;
  return [
    ...timeStampEntries(info, privacy),
    ...entry(label('最迟时间', 'There by'), timeText(latest)),
    ...entry(
      label('时间戳机构证书', 'Certificate'),
      certificate === undefined ? undefined : nameText(certificate.subjectRaw, privacy),
    ),
    ...(path === undefined ? [] : pathEntries(path, privacy)),
    ...findingEntries(findings),
  ];
}

const verify: Command = {
  synopsis:
    'TOKEN [--content FILE] [--request FILE] [--policy OID]… [--certificate FILE]… [--anchor FILE]… [--intermediate FILE]… [--crl FILE]… [--signer-id ID]… [--time ISO] [--strict]',
  summary: 'judges a time stamp token, or the answer that holds one 验证时间戳',
  options: {
    ...PATH_OPTIONS,
    ...VIEW_OPTIONS,
    content: {},
    request: {},
    policy: { many: true },
    certificate: { many: true },
  },
  help: [
    ['--content FILE', 'what should have been stamped'],
    ['--request FILE', 'the request that the token answers'],
    ['--policy OID', 'policies that are good enough'],
    ['--certificate FILE', "the authority's certificate, for tokens that carry none; not trusted"],
    ...PATH_HELP.map(([option, text]) =>
      option === '--time ISO'
        ? ([option, 'time of judgement; the time of the token when left out'] as const)
        : ([option, text] as const),
    ),
    ...VIEW_HELP,
  ],
  async run(args) {
    const token = args.only('TOKEN');
    const context = contextOf(args);
    const { time, signerIds, ...path } = await pathOptionsOf(args);
    const policies = args.many('policy').map((text) => oidOption('policy', text));
    const [contentFile, requestFile] = [args.text('content'), args.text('request')];
    const asked = requestFile === undefined ? undefined : await readRequest(requestFile);
    const parsed = parseTimeStampToken(await readToken(token), { policy: context.policy });
    const report = verifyTimeStampToken(parsed, {
      path: args.text('time') === undefined ? path : { ...path, time },
      ...(args.text('time') === undefined ? { now: time } : {}),
      ...(await imprintOf(contentFile, parsed.info.imprint.hash)),
      ...(asked === undefined ? {} : { request: parseTimeStampRequest(asked) }),
      ...(policies.length === 0 ? {} : { requiredPolicy: policies }),
      ...(signerIds === undefined ? {} : { signerIds }),
      certificates: await readAnchors(args.many('certificate')),
      policy: context.policy,
    });
    const extra: Record<string, JsonValue> = {
      ...timeStampJson(report.info),
      latest: report.latest.toISOString(),
      ...(report.path === undefined ? {} : pathJson(report.path, context)),
      findings: report.findings.map(({ code, where }) => ({ code, where })),
    };
    return judged(args, report.verdict, reportEntries(report, context), extra);
  },
};

/** `cssi pki tst …` */
export const tstCommands: CommandGroup = { 'tst request': request, 'tst reply': reply, 'tst verify': verify };
