import { PKI_ERRORS } from '@cssi/pki';
import { sm2SoftwareDecipherer } from '@cssi/pki/adapters/software';
import {
  decryptAndVerifyMessage,
  decryptMessage,
  type SignedMessageReport,
  verifySignedMessage,
} from '@cssi/pki/messages';
import { isAccepted, type JsonValue } from '@cssi/sm-core';
import { type Arguments, type Command, EXIT, type Outcome } from '../../command.ts';
import { readAnchors, readBounded, withPrivateFile, writePrivate } from '../../files.ts';
import { type Entry, entry, label } from '../../pki/entry.ts';
import { findingEntries, toJson } from '../../pki/inspected.ts';
import { marked } from '../../pki/labels.ts';
import { timeText } from '../../pki/moments.ts';
import { nameText, type Privacy } from '../../pki/names.ts';
import { withSm2Key } from '../../pki/private-key-file.ts';
import { judged, signerIdText } from '../../pki/report.ts';
import { digestOf, referenceText } from '../../pki/show-message.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { MAX_CONTENT_BYTES, onlyCertificate, readMessage } from './cms-shared.ts';
import { PATH_HELP, PATH_OPTIONS, pathOptionsOf } from './verify.ts';

const MARKS: Readonly<Record<string, string>> = { right: '✓', wrong: '✗', 'key-mismatch': '✗' };

function signerEntries({ signers }: SignedMessageReport, privacy: Privacy): Entry[] {
  return signers.map((signer, i) => {
    const { certificate, signature, signingTime, signerId } = signer;
    const digest = digestOf(signer);
    const name = certificate === undefined ? undefined : nameText(certificate.subjectRaw, privacy);
    return {
      label: label(`签名者 ${i + 1}`, `Signer ${i + 1}`),
      below: [
        ...entry(label('证书', 'Certificate'), name ?? referenceText(signer.reference, privacy)),
        ...entry(label('内容', 'Content'), `${MARKS[digest] ?? '?'} ${digest}`),
        ...entry(label('签名', 'Signature'), `${MARKS[signature] ?? '?'} ${signature}`),
        ...entry(
          label('签名者标识', 'Signer ID'),
          signerId === undefined ? undefined : signerIdText(signerId),
        ),
        ...entry(
          label('声称的签名时间', 'Claimed signing time'),
          signingTime === undefined ? undefined : timeText(signingTime),
        ),
      ],
    };
  });
}

const signersJson = ({ signers }: SignedMessageReport, privacy: Privacy): JsonValue =>
  signers.map((signer) => {
    const { certificate, signature, signingTime, signerId, reference } = signer;
    return {
      subject: certificate === undefined ? null : nameText(certificate.subjectRaw, privacy),
      reference: referenceText(reference, privacy),
      sm3Fingerprint: certificate?.fingerprint ?? null,
      digest: digestOf(signer),
      signature,
      signerId: signerId === undefined ? null : signerIdText(signerId),
      signingTime: toJson(signingTime, privacy),
    };
  });

/** The judgement on a message; its content is written only when everything passed. */
async function reportOutcome(
  args: Arguments,
  report: SignedMessageReport,
  content: Uint8Array | undefined,
  extra: Readonly<Record<string, JsonValue>> = {},
): Promise<Outcome> {
  const privacy = contextOf(args);
  const out = args.text('out');
  const writes = out !== undefined && content !== undefined && isAccepted(report.verdict);
  if (writes) await writePrivate(out, content);
  const file = entry(label('已写入内容', 'Content written to'), writes ? out : undefined);
  return judged(
    args,
    report.verdict,
    [...file, ...signerEntries(report, privacy), ...findingEntries(report.findings)],
    {
      ...extra,
      signers: signersJson(report, privacy),
      findings: report.findings.map(({ code, where }) => ({ code, where })),
      out: writes ? out : null,
    },
  );
}

export const verify: Command = {
  synopsis:
    'MESSAGE [--content FILE] [--certificate FILE]… [--anchor FILE]… [--intermediate FILE]… [--crl FILE]… [--ocsp FILE]… [--signer-id ID]… [--time ISO] [--strict] [--out FILE]',
  summary: 'judges a signed message 验证签名消息',
  options: { ...PATH_OPTIONS, ...VIEW_OPTIONS, content: {}, certificate: { many: true }, out: {} },
  help: [
    ['--content FILE', 'the content of a detached message'],
    ['--certificate FILE', 'certificates of signers, for messages that carry none; not trusted'],
    ...PATH_HELP,
    ['--out FILE', 'where the content goes, when everything passed'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const path = args.only('MESSAGE');
    const options = await pathOptionsOf(args);
    const message = await readMessage(args, path);
    if (message.kind !== 'signedData') {
      throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=message is ${message.kind}` });
    }
    const given = args.text('content');
    const content = given === undefined ? undefined : await readBounded(given, MAX_CONTENT_BYTES);
    const report = verifySignedMessage(message, {
      ...(content === undefined ? {} : { content }),
      ...(options.signerIds === undefined ? {} : { signerIds: options.signerIds }),
      signerCertificates: await readAnchors(args.many('certificate')),
      path: options,
    });
    return await reportOutcome(args, report, message.content ?? content);
  },
};

export const decrypt: Command = {
  synopsis:
    'MESSAGE --key FILE --certificate FILE --out FILE [--anchor FILE]… [--intermediate FILE]… [--crl FILE]… [--ocsp FILE]… [--revocation none|leaf|all] [--signer-id ID]… [--time ISO] [--strict]',
  summary: 'opens a message for the holder of a key; a signed one is judged too 打开数字信封',
  options: { ...PATH_OPTIONS, ...VIEW_OPTIONS, key: {}, certificate: {}, out: {} },
  help: [
    ['--key FILE', 'private key of the encryption certificate; CSSI_PASSPHRASE opens it'],
    ['--certificate FILE', 'the encryption certificate'],
    ['--out FILE', 'the content; that of a signed message only when everything passed'],
    ['--anchor FILE and others', 'for signed messages; refused when nobody signed'],
    ...PATH_HELP,
    ...VIEW_HELP,
  ],
  async run(args) {
    const path = args.only('MESSAGE');
    const out = args.required('out');
    const options = await pathOptionsOf(args);
    const message = await readMessage(args, path);
    const certificate = await onlyCertificate(args.required('certificate'));
    return await withSm2Key(args.required('key'), async (pair) => {
      const recipient = { decipherer: sm2SoftwareDecipherer(pair), certificate };
      if (message.kind === 'signedAndEnvelopedData') {
        const { signerIds } = options;
        const opened = await decryptAndVerifyMessage(message, {
          ...recipient,
          path: options,
          ...(signerIds === undefined ? {} : { signerIds }),
        });
        try {
          return await reportOutcome(args, opened.report, opened.content, {
            contentType: opened.contentType,
          });
        } finally {
          opened.content?.fill(0);
        }
      }
      if (message.kind !== 'envelopedData' && message.kind !== 'authEnvelopedData') {
        throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=message is ${message.kind}` });
      }
      refusePathOptions(args, message.kind);
      return await opened(args, out, message, recipient);
    });
  },
};

const PATH_NAMES = ['anchor', 'intermediate', 'crl', 'ocsp', 'signer-id'] as const;

/** Whoever names anchors wants to know who sent it: nobody signed this. @throws SmError ERR_PKI_MESSAGE_OPTIONS */
function refusePathOptions(args: Arguments, kind: string): void {
  const given = PATH_NAMES.find((name) => args.many(name).length > 0);
  const name = given ?? (args.text('revocation') === undefined ? undefined : 'revocation');
  if (name === undefined) return;
  throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', {
    detail: `reason=${kind} is not signed: --${name} cannot be judged`,
  });
}

async function opened(
  args: Arguments,
  out: string,
  message: Parameters<typeof decryptMessage>[0],
  recipient: Parameters<typeof decryptMessage>[1],
): Promise<Outcome> {
  const { content, contentType, authenticated, findings } = await withPrivateFile(out, async (write) => {
    const decrypted = await decryptMessage(message, recipient);
    await write(decrypted.content);
    return decrypted;
  });
  const bytes = content.length;
  content.fill(0);
  const entries = [
    ...entry(label('文件', 'File'), out),
    ...entry(label('内容', 'Content'), label(`${bytes} 字节`, `${bytes} bytes`)),
    ...entry(
      label('防篡改', 'Authenticated'),
      authenticated
        ? marked('✓', '加密方式带鉴别', 'by the cipher')
        : marked(
            '✗',
            '加密方式不带鉴别：来源与完整性未知',
            'the cipher does not: origin and integrity are unknown',
          ),
    ),
    ...findingEntries(findings),
  ];
  return done(
    args,
    label('已打开数字信封', 'Message opened'),
    entries,
    {
      out,
      bytes,
      contentType,
      authenticated,
      findings: findings.map(({ code, where }) => ({ code, where })),
    },
    EXIT.done,
  );
}
