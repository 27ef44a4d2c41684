export { formatDistinguishedName } from './format-name.ts';
export { issueCertificate } from './issue-certificate.ts';
export { keyIdentifier } from './key-identifier.ts';
export {
  ATTRIBUTE_LABELS,
  EXTENDED_KEY_USAGE_LABELS,
  EXTENSION_LABELS,
  GENERAL_NAME_LABELS,
  IDENTITY_LABELS,
  KEY_USAGE_LABELS,
  keyUsageLabels,
  type Label,
  PROFILE_LABELS,
} from './labels.ts';
export { type ParseOptions, parseCertificate } from './parse-certificate.ts';
