import type { Operation } from '@cssi/security-service-api';
import type {
  BooleanSchema,
  ListSchema,
  ObjectSchema,
  TextSchema,
  WholeSchema,
  WordSchema,
} from './schema-parts.ts';

type Status = WordSchema<['passed', 'failed', 'indeterminate']>;
type Reasons = ListSchema<ObjectSchema<{ code: TextSchema; en: TextSchema; zh: TextSchema }>>;
type Aspect = ObjectSchema<{ status: Status; reasons: Reasons }>;
type Step = ObjectSchema<{ id: TextSchema; clause: TextSchema; status: Status; reasons: Reasons }>;

type SealFacts = ObjectSchema<{
  esId: TextSchema;
  name: TextSchema;
  type: WholeSchema;
  validFrom: TextSchema;
  validTo: TextSchema;
  makerFingerprint: TextSchema;
}>;

type SignatureFacts = ObjectSchema<{
  accepted: BooleanSchema;
  integrity: Aspect;
  trust: Aspect;
  time: Aspect;
  id: TextSchema;
  path: TextSchema;
  signedAt: TextSchema;
  signer: TextSchema;
  signerFingerprint: TextSchema;
  seal: SealFacts;
  steps: ListSchema<Step>;
}>;

/** Type of the operation `seal.make`. @group Operations */
export type SealMakeOperation = Operation<
  'seal.make',
  ObjectSchema<{
    esId: TextSchema;
    name: TextSchema;
    type: WholeSchema;
    keyId: TextSchema;
    certificate: TextSchema;
    signerCertificates: ListSchema<TextSchema>;
    validFrom: TextSchema;
    validTo: TextSchema;
  }>,
  ObjectSchema<{ seal: TextSchema; digest: TextSchema }>,
  'json'
>;

/** Type of the operation `seal.ofd.sign`. @group Operations */
export type SealOfdSignOperation = Operation<
  'seal.ofd.sign',
  ObjectSchema<{
    keyId: TextSchema;
    certificate: TextSchema;
    page: WholeSchema;
    x: WholeSchema;
    y: WholeSchema;
    width: WholeSchema;
    height: WholeSchema;
  }>,
  ObjectSchema<Record<never, TextSchema>>,
  'stream-both'
>;

/** Type of the operation `seal.ofd.verify`. @group Operations */
export type SealOfdVerifyOperation = Operation<
  'seal.ofd.verify',
  ObjectSchema<Record<never, TextSchema>>,
  ObjectSchema<{
    accepted: BooleanSchema;
    integrity: Aspect;
    trust: Aspect;
    time: Aspect;
    signatures: ListSchema<SignatureFacts>;
  }>,
  'stream-in'
>;
