import { createCertificateRequest } from '@cssi/pki';
import type { Arguments, Command, OptionTable } from '../../command.ts';
import { entry, label } from '../../pki/entry.ts';
import { purposeOf, usagesOf } from '../../pki/options.ts';
import { formOf, writeNew } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { inspectRequest } from '../../pki/show-request.ts';
import { identityOf, subjectOf } from '../../pki/subject.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

/** Options of names besides the subject. */
export const NAME_OPTIONS: OptionTable = {
  dns: { many: true },
  ip: { many: true },
  email: { many: true },
  uri: { many: true },
  identity: { many: true },
};

/** Help for {@link NAME_OPTIONS}. */
export const NAME_HELP: readonly (readonly [string, string])[] = [
  ['--dns NAME, --ip ADDRESS', 'host names and addresses for subjectAltName'],
  ['--email ADDRESS, --uri URI', 'more names for subjectAltName'],
  [
    '--identity KIND=NUMBER',
    'identity extension: person, organization, socialInsurance, businessRegistration, tax',
  ],
];

/** What {@link NAME_OPTIONS} say. @throws SmError ERR_CLI_USAGE */
export const namesOf = (args: Arguments) => ({
  dnsNames: args.many('dns'),
  ipAddresses: args.many('ip'),
  emails: args.many('email'),
  uris: args.many('uri'),
  ...identityOf(args.many('identity')),
});

export const csr: Command = {
  synopsis:
    '--key FILE --subject NAME --out FILE [--dns NAME]… [--ip ADDRESS]… [--email ADDRESS]… [--uri URI]… [--identity KIND=NUMBER]… [--usage NAME]… [--purpose NAME]… [--form pem|der]',
  summary: 'makes a certificate request (PKCS#10) 生成证书请求',
  options: {
    ...VIEW_OPTIONS,
    ...NAME_OPTIONS,
    key: {},
    subject: {},
    out: {},
    form: {},
    usage: { many: true },
    purpose: { many: true },
  },
  help: [
    ['--key FILE', 'private key; CSSI_PASSPHRASE opens it'],
    ['--subject NAME', 'such as CN=张三,O=公司,C=CN'],
    ['--out FILE', 'the request; never replaces a file'],
    ...NAME_HELP,
    ['--usage NAME, --purpose NAME', 'key usages and extended key usages to ask for'],
    ...VIEW_HELP,
  ],
  async run(args) {
    args.none();
    const options = {
      subject: subjectOf(args.required('subject')),
      ...namesOf(args),
      extendedKeyUsage: args.many('purpose').map(purposeOf),
    };
    const keyUsage = usagesOf(args.many('usage'));
    const out = args.required('out');
    const form = formOf(args, 'pem');
    const der = await withSigner(args.required('key'), (signer) =>
      writeNew(out, form, 'CERTIFICATE REQUEST', () =>
        createCertificateRequest({ ...options, ...(keyUsage.length === 0 ? {} : { keyUsage }) }, signer),
      ),
    );
    const { entries, json } = inspectRequest(der, contextOf(args));
    return done(
      args,
      label('已生成证书请求', 'Certificate request made'),
      [...entry(label('文件', 'File'), out), ...entries],
      { file: out, ...json },
    );
  },
};
