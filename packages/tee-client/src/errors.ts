export { TEE_CLIENT_ERRORS, type TeeClientErrorCode, type TeecErrorCode } from './spec/v1/errors.ts';
