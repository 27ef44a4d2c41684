import {
  type Certificate,
  certIdMatches,
  createOcspErrorResponse,
  createOcspRequest,
  createOcspResponse,
  type OcspAnswer,
  type OcspHash,
  type OcspRequest,
  type OcspResponse,
  type OcspSingleResponse,
  PATH_REASONS,
  parseOcspRequest,
  parseOcspResponse,
  type RevocationReport,
  verifyOcspResponse,
} from '@cssi/pki';
import { type JsonValue, randomBytes, toHex } from '@cssi/sm-core';
import { type Arguments, type Command, type CommandGroup, EXIT } from '../../command.ts';
import { readCertificates, timeOf } from '../../files.ts';
import { type Entry, entry, label } from '../../pki/entry.ts';
import { type InspectContext, toJson } from '../../pki/inspected.ts';
import { marked } from '../../pki/labels.ts';
import { nameText, type Privacy } from '../../pki/names.ts';
import { answerBy, checkResponder, listsOf } from '../../pki/ocsp-answer.ts';
import { readCrls, readOneKind, SIGNER_ID_HELP, signerIdsOf, usageError } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import {
  inspectOcspRequest,
  inspectOcspResponse,
  revocationText,
  updateEntries,
} from '../../pki/show-revocation.ts';
import { contextOf, done, TIME_HELP, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

const HASHES: readonly OcspHash[] = ['sm3', 'sha1', 'sha256'];
const NONCE_BYTES = 16;

async function onlyCertificate(args: Arguments, option: string): Promise<Certificate> {
  const [certificate] = await readCertificates(args.required(option));
  return certificate!;
}

const readRequest = async (path: string): Promise<OcspRequest> =>
  parseOcspRequest(await readOneKind(path, 'ocsp-request', 'ERR_PKI_OCSP_MALFORMED'));

const request: Command = {
  synopsis:
    '--certificate FILE --issuer FILE --out FILE [--hash sm3|sha1|sha256] [--no-nonce] [--form der|pem]',
  summary: 'asks whether a certificate was revoked 生成 OCSP 请求',
  options: {
    ...VIEW_OPTIONS,
    certificate: {},
    issuer: {},
    out: {},
    hash: {},
    form: {},
    'no-nonce': { flag: true },
  },
  help: [
    ['--certificate FILE', 'the certificate asked about'],
    ['--issuer FILE', 'certificate of its issuer'],
    ['--hash NAME', 'by which the issuer is named; sm3 when left out'],
    ['--no-nonce', 'no number that the answer must repeat'],
    ...VIEW_HELP,
  ],
  async run(args) {
    args.none();
    const hash = HASHES.find((known) => known === (args.text('hash') ?? 'sm3'));
    if (hash === undefined) throw usageError('--hash expects sm3, sha1 or sha256');
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const spec = {
      certificate: await onlyCertificate(args, 'certificate'),
      issuer: await onlyCertificate(args, 'issuer'),
      hash,
      ...(args.flag('no-nonce') ? {} : { nonce: randomBytes(NONCE_BYTES) }),
    };
    const der = await writeNew(out, form, 'OCSP REQUEST', async () => createOcspRequest(spec));
    const { entries, json } = inspectOcspRequest(der, contextOf(args));
    const title = label('已生成 OCSP 请求', 'OCSP request made');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

async function answersOf(
  args: Arguments,
  asked: OcspRequest,
  issuer: Certificate,
  now: Date,
): Promise<OcspAnswer[]> {
  const crls = await readCrls(args);
  if (crls.length === 0) throw usageError('--crl is missing');
  const lists = listsOf(crls, issuer, now);
  return asked.certIds.map((certId) => answerBy(certId, lists, now));
}

const reply: Command = {
  synopsis:
    'REQUEST --ca FILE --key FILE --crl FILE… --out FILE [--certificate FILE] [--form der|pem] [--time ISO]',
  summary: 'answers an OCSP request by the revocation lists of a CA 生成 OCSP 响应',
  options: {
    ...VIEW_OPTIONS,
    ca: {},
    key: {},
    certificate: {},
    crl: { many: true },
    out: {},
    form: {},
    time: {},
  },
  help: [
    ['--ca FILE', 'certificate of the CA'],
    ['--certificate FILE', "the responder's, for ocspSigning; the CA's own when left out"],
    ['--key FILE', "private key of the responder's certificate"],
    ['--crl FILE', 'lists of the CA: the newest complete one counts, with the delta lists on it'],
    ['--time ISO', 'time of the answer; now when left out'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const asked = await readRequest(args.only('REQUEST'));
    const [out, form] = [args.required('out'), formOf(args, 'der')];
    const now = timeOf(args.text('time'));
    const issuer = await onlyCertificate(args, 'ca');
    const responder =
      args.text('certificate') === undefined ? issuer : await onlyCertificate(args, 'certificate');
    checkResponder(responder, issuer);
    const answers = await answersOf(args, asked, issuer, now);
    const { nonce, unknownCritical } = asked;
    const spec = { responder, producedAt: now, answers, ...(nonce === undefined ? {} : { nonce }) };
    const chain = responder === issuer ? [] : [responder];
    const made = await withSigner(args.required('key'), (signer) =>
      writeNew(out, form, 'OCSP RESPONSE', async () =>
        // What the asker calls critical and this command does not know cannot be answered.
        unknownCritical.length > 0
          ? createOcspErrorResponse('malformedRequest')
          : await createOcspResponse(spec, signer, chain),
      ),
    );
    const { entries, json } = inspectOcspResponse(made, contextOf(args));
    const title = label('已生成 OCSP 响应', 'OCSP response made');
    return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
  },
};

const STATUS = {
  good: marked('✓', '正常', 'good'),
  revoked: marked('✗', '已吊销', 'revoked'),
  unknown: marked('?', '无法判定', 'not known'),
} as const;

const reasonOf = (code: keyof typeof PATH_REASONS) => label(PATH_REASONS[code][1], PATH_REASONS[code][0]);

/** What is shown besides the judgement: about whom, by whom, of when. */
interface Facts {
  readonly certificate: Certificate;
  readonly response: OcspResponse;
  readonly single: OcspSingleResponse | undefined;
  readonly nonce: 'repeated' | 'missing' | 'wrong' | 'not compared';
}

const NONCES = {
  repeated: marked('✓', '与请求一致', 'repeated'),
  missing: marked('✗', '响应中没有', 'missing in the response'),
  wrong: marked('✗', '与请求不一致', 'another one'),
  'not compared': marked('–', '未比对', 'not compared'),
} as const;

function nonceOf(
  code: string,
  notes: readonly { readonly code: string }[],
  isGiven: boolean,
): Facts['nonce'] {
  const codes = [code, ...notes.map((note) => note.code)];
  if (codes.includes('OCSP_NONCE_MISSING')) return 'missing';
  if (codes.includes('OCSP_NONCE_WRONG')) return 'wrong';
  return isGiven ? 'repeated' : 'not compared';
}

const responderText = ({ basic }: OcspResponse, privacy: Privacy): string | undefined => {
  if (basic === undefined) return undefined;
  const { responder } = basic;
  return 'nameRaw' in responder
    ? nameText(responder.nameRaw, privacy)
    : `key hash ${toHex(responder.keyHash)}`;
};

const reportEntries = (
  { code, notes, revocation }: RevocationReport,
  { certificate, response, single, nonce }: Facts,
  context: InspectContext,
): Entry[] => [
  ...entry(label('结论', 'Reason'), reasonOf(code)),
  ...entry(label('证书', 'Certificate'), nameText(certificate.subjectRaw, context)),
  ...entry(label('证书序列号', 'Serial number'), toHex(certificate.serial)),
  ...entry(label('响应者', 'Responder'), responderText(response, context)),
  ...(single === undefined ? [] : updateEntries(single.thisUpdate, single.nextUpdate, context.now)),
  ...entry(label('随机数', 'Nonce'), NONCES[nonce]),
  ...entry(label('吊销', 'Revoked'), revocation === undefined ? undefined : revocationText(revocation)),
  ...entry(
    label('说明', 'Notes'),
    notes.map((note) => reasonOf(note.code)),
  ),
];

const verify: Command = {
  synopsis:
    'RESPONSE --certificate FILE --issuer FILE [--request FILE] [--crl FILE]… [--signer-id ID]… [--time ISO] [--strict]',
  summary: 'verifies an OCSP response and what it says of a certificate 验证 OCSP 响应',
  options: {
    ...VIEW_OPTIONS,
    certificate: {},
    issuer: {},
    request: {},
    crl: { many: true },
    'signer-id': { many: true },
    time: {},
    strict: { flag: true },
  },
  help: [
    ['--certificate FILE', 'the certificate that the response is about'],
    ['--issuer FILE', 'certificate of its issuer, which is trusted as given: check it with pki verify'],
    ['--request FILE', 'whose nonce the response must repeat; without it none is compared'],
    ['--crl FILE', "lists by which the responder's own certificate is judged"],
    SIGNER_ID_HELP,
    TIME_HELP,
    ...VIEW_HELP,
  ],
  async run(args) {
    const context = contextOf(args);
    const signerIds = signerIdsOf(args);
    const der = await readOneKind(args.only('RESPONSE'), 'ocsp-response', 'ERR_PKI_OCSP_MALFORMED');
    const requestFile = args.text('request');
    const nonce = requestFile === undefined ? undefined : (await readRequest(requestFile)).nonce;
    const response = parseOcspResponse(der, { policy: context.policy });
    const [certificate, issuer] = [
      await onlyCertificate(args, 'certificate'),
      await onlyCertificate(args, 'issuer'),
    ];
    const report = verifyOcspResponse(response, {
      certificate,
      issuer,
      time: context.now,
      crls: await readCrls(args),
      ...(nonce === undefined ? {} : { nonce }),
      ...signerIds,
    });
    const facts: Facts = {
      certificate,
      response,
      single: response.basic?.responses.find(({ certId }) => certIdMatches(certId, certificate, issuer)),
      nonce: nonceOf(report.code, report.notes, nonce !== undefined && response.basic !== undefined),
    };
    const json: Record<string, JsonValue> = {
      status: report.status,
      code: report.code,
      certificate: nameText(certificate.subjectRaw, context),
      serial: toHex(certificate.serial),
      responder: responderText(response, context) ?? null,
      thisUpdate: toJson(facts.single?.thisUpdate, context),
      nextUpdate: toJson(facts.single?.nextUpdate, context),
      nonce: facts.nonce,
      revocation: toJson(report.revocation, context),
      notes: report.notes.map(({ code }) => code),
    };
    const exitCode = report.status === 'good' ? EXIT.done : EXIT.negative;
    return done(args, STATUS[report.status], reportEntries(report, facts, context), json, exitCode);
  },
};

/** `cssi pki ocsp …` */
export const ocspCommands: CommandGroup = {
  'ocsp request': request,
  'ocsp reply': reply,
  'ocsp verify': verify,
};
