import { parseCertificate } from '@cssi/pki';
import type { ApplicationState, DomainProofInput } from '@cssi/pki/authority';
import type { Arguments, Command, Outcome } from '../../command.ts';
import { PRIVATE_MODE, PUBLIC_MODE, timeOf, type Write, withNewFile } from '../../files.ts';
import { withAuthority } from '../../pki/authority-folder.ts';
import { type Entry, entry, label } from '../../pki/entry.ts';
import { readOneKind, usageError } from '../../pki/options.ts';
import { formOf, inForm } from '../../pki/output.ts';
import { applicationEntries, applicationJson } from '../../pki/show-authority.ts';
import { certificateEntries, certificateJson } from '../../pki/show-certificate.ts';
import { identityOf, subjectOf } from '../../pki/subject.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

/** The clock of a command: `--time`, or now. @throws SmError ERR_CLI_USAGE */
export function clockOf(args: Arguments): () => Date {
  const text = args.text('time');
  timeOf(text);
  return () => timeOf(text);
}

/** The two positional arguments of a command. @throws SmError ERR_CLI_USAGE */
export function twoOf(args: Arguments, first: string, second: string): readonly [string, string] {
  const [a, b, ...rest] = args.positionals;
  if (a === undefined || b === undefined || rest.length > 0) throw usageError(`expected ${first} ${second}`);
  return [a, b];
}

export const applyCommand: Command = {
  synopsis:
    'FOLDER --csr FILE --profile person|device|domain --applicant NAME [--subject NAME] [--identity KIND=NUMBER]… [--dns NAME]… [--pair] [--time ISO]',
  summary: 'hands in an application with a certificate request 提交证书申请',
  options: {
    ...VIEW_OPTIONS,
    csr: {},
    profile: {},
    applicant: {},
    subject: {},
    identity: { many: true },
    dns: { many: true },
    pair: { flag: true },
    time: {},
  },
  help: [
    ['--applicant NAME', 'whoever applies, ASCII; somebody else must review'],
    ['--subject NAME', 'in place of the subject of the request'],
    ['--dns NAME', 'host names, for the profile domain'],
    ['--pair', 'a signing and an encryption certificate'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const folder = args.only('FOLDER');
    const subject = args.text('subject');
    const input = {
      profile: args.required('profile'),
      applicant: args.required('applicant'),
      pair: args.flag('pair'),
      ...identityOf(args.many('identity')),
      ...(args.many('dns').length === 0 ? {} : { dnsNames: args.many('dns') }),
      ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
    };
    const csr = await readOneKind(args.required('csr'), 'certificate-request', 'ERR_PKI_CSR_MALFORMED');
    const record = await withAuthority(folder, clockOf(args), (authority) =>
      authority.apply({ ...input, csr }),
    );
    const context = contextOf(args);
    const title = label('已提交申请', 'Application handed in');
    return done(args, title, applicationEntries(record, context), applicationJson(record, context));
  },
};

const METHODS: readonly DomainProofInput['method'][] = ['dns', 'http', 'registry', 'document'];

function proofOf(text: string, provenAt: Date): DomainProofInput {
  const [dnsName = '', method] = text.split('=');
  const known = METHODS.find((one) => one === method);
  if (dnsName === '' || known === undefined) throw usageError(`--proof expects NAME=${METHODS.join('|')}`);
  return { dnsName, method: known, provenAt };
}

export const reviewCommand: Command = {
  synopsis:
    'FOLDER ID (--approve | --reject) --reviewer NAME [--note TEXT] [--proof NAME=METHOD]… [--time ISO]',
  summary: 'records a review of an application 审核证书申请',
  options: {
    ...VIEW_OPTIONS,
    approve: { flag: true },
    reject: { flag: true },
    reviewer: {},
    note: {},
    proof: { many: true },
    time: {},
  },
  help: [
    ['--reviewer NAME', 'another person than the applicant, and than whoever agreed before'],
    ['--proof NAME=METHOD', 'how the control of a host name was checked: dns, http, registry, document'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const [folder, id] = twoOf(args, 'FOLDER', 'ID');
    if (args.flag('approve') === args.flag('reject')) throw usageError('expected --approve or --reject');
    const clock = clockOf(args);
    const note = args.text('note');
    const input = {
      decision: args.flag('approve') ? ('approve' as const) : ('reject' as const),
      reviewer: args.required('reviewer'),
      domainProofs: args.many('proof').map((text) => proofOf(text, clock())),
      ...(note === undefined ? {} : { note }),
    };
    const record = await withAuthority(folder, clock, (authority) => authority.review(id, input));
    const context = contextOf(args);
    const title = label('已记录审核', 'Review recorded');
    return done(args, title, applicationEntries(record, context), applicationJson(record, context));
  },
};

const STATES: readonly ApplicationState[] = [
  'submitted',
  'approved',
  'rejected',
  'issuing',
  'issued',
  'expired',
];
const MAX_LISTED = 1000;

export const listCommand: Command = {
  synopsis: `FOLDER [--state ${STATES.join('|')}] [--time ISO]`,
  summary: 'lists the applications of a CA 列出证书申请',
  options: { ...VIEW_OPTIONS, state: {}, time: {} },
  help: [...VIEW_HELP],
  async run(args) {
    const folder = args.only('FOLDER');
    const text = args.text('state');
    const state = STATES.find((known) => known === text);
    if (text !== undefined && state === undefined)
      throw usageError(`--state expects one of ${STATES.join(' ')}`);
    const records = await withAuthority(folder, clockOf(args), (authority) =>
      authority.listApplications({ limit: MAX_LISTED, ...(state === undefined ? {} : { state }) }),
    );
    const context = contextOf(args);
    const entries: Entry[] = records.map((record, i) => ({
      label: label(`申请 ${i + 1}`, `Application ${i + 1}`),
      below: applicationEntries(record, context),
    }));
    // The library gives no more at once.
    const isCut = records.length === MAX_LISTED;
    const title = isCut
      ? label(
          `前 ${records.length} 件申请，其余未列出：用 --state 缩小范围`,
          `the first ${records.length} applications, others are not listed: narrow by --state`,
        )
      : label(`共 ${records.length} 件申请`, `${records.length} applications`);
    return done(
      args,
      title,
      entries,
      records.map((record) => applicationJson(record, context)),
    );
  },
};

/** Where an issued certificate goes, and the second one of a pair with its key. */
interface Places {
  readonly out: string;
  readonly encryptionOut?: string;
  readonly keyOut?: string;
}

/** The places that an application needs, no more and no fewer. @throws SmError ERR_CLI_USAGE */
function placesOf(args: Arguments, isPair: boolean): Places {
  const out = args.required('out');
  const [encryptionOut, keyOut] = [args.text('encryption-out'), args.text('key-out')];
  if (!isPair) {
    if (encryptionOut === undefined && keyOut === undefined) return { out };
    throw usageError('--encryption-out and --key-out are for a pair, which this is not');
  }
  if (encryptionOut === undefined || keyOut === undefined) {
    throw usageError('a pair needs --encryption-out and --key-out');
  }
  return { out, encryptionOut, keyOut };
}

/** Runs `work` when every place is taken: what was issued is not lost for want of one. */
function withPlaces<T>(
  { out, encryptionOut, keyOut }: Places,
  work: (write: Write, writeEncryption: Write, writeKey: Write) => Promise<T>,
): Promise<T> {
  return withNewFile(out, PUBLIC_MODE, (write) =>
    encryptionOut === undefined || keyOut === undefined
      ? work(write, write, write)
      : withNewFile(encryptionOut, PUBLIC_MODE, (writeEncryption) =>
          withNewFile(keyOut, PRIVATE_MODE, (writeKey) => work(write, writeEncryption, writeKey)),
        ),
  );
}

/** Writes what was issued: the certificate, and of a pair the second one with its key. */
async function issued(args: Arguments, folder: string, id: string): Promise<Outcome> {
  const form = formOf(args, 'pem');
  args.required('out');
  const operator = args.text('operator');
  return withAuthority(folder, clockOf(args), async (authority) => {
    const record = await authority.findApplication(id);
    const places = placesOf(args, record?.pair === true);
    const { certificate, encryption } = await withPlaces(places, async (write, writeEncryption, writeKey) => {
      const made =
        record?.state === 'issued'
          ? await authority.collect(id)
          : await authority.issue(id, operator === undefined ? {} : { operator });
      await write(inForm(form, 'CERTIFICATE', made.certificate));
      if (made.encryption !== undefined) {
        await writeEncryption(inForm(form, 'CERTIFICATE', made.encryption.certificate));
        await writeKey(inForm(form, 'SM2 ENVELOPED KEY', made.encryption.delivery.bytes));
      }
      return made;
    });
    const { out, encryptionOut = null, keyOut = null } = places;
    return shown(args, [certificate, ...(encryption === undefined ? [] : [encryption.certificate])], {
      out,
      encryptionOut,
      keyOut,
    });
  });
}

function shown(
  args: Arguments,
  certificates: readonly Uint8Array[],
  files: Readonly<Record<string, string | null>>,
): Outcome {
  const context = contextOf(args);
  const read = certificates.map((der) => parseCertificate(der));
  const entries: Entry[] = [
    ...entry(
      label('文件', 'Files'),
      Object.values(files).filter((file) => file !== null),
    ),
    ...read.map((certificate, i) => ({
      label: label(`证书 ${i + 1}`, `Certificate ${i + 1}`),
      below: certificateEntries(certificate, context),
    })),
  ];
  const json = { ...files, certificates: read.map((certificate) => certificateJson(certificate, context)) };
  return done(args, label('已签发', 'Issued'), entries, json);
}

export const issueCommand: Command = {
  synopsis:
    'FOLDER ID --out FILE [--encryption-out FILE --key-out FILE] [--operator NAME] [--form pem|der] [--time ISO]',
  summary: 'issues an application that was approved; again gives the same certificates 签发已审核的申请',
  options: {
    ...VIEW_OPTIONS,
    out: {},
    'encryption-out': {},
    'key-out': {},
    operator: {},
    form: {},
    time: {},
  },
  help: [
    ['--out FILE', 'the certificate, or the signing certificate of a pair'],
    ['--encryption-out FILE', 'the encryption certificate of a pair'],
    ['--key-out FILE', 'its private key as SM2EnvelopedKey, for the holder of the signing key: pki key open'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const [folder, id] = twoOf(args, 'FOLDER', 'ID');
    return await issued(args, folder, id);
  },
};
