/**
 * UUID of the conformance TA: a trusted application a TEE installs for testing so that the client
 * API suite can see parameters arrive. An adapter that has it declares the capability `conformance-ta`.
 *
 * @group Conformance
 */
export const CONFORMANCE_TA_UUID = 'c9e1b6f4-30a8-4d27-8e5d-6b72f0a4931c';

/**
 * Commands of the conformance TA. Opening a session takes no parameters, or 0 value inout, which
 * comes back as (a + 1, b + 1).
 *
 * - VALUES: 0 value in; 1 value out = (b, a) of 0; 2 value inout = (a + 1, b + 1), modulo 2^32
 * - COPY: 0 memory in; 1 memory out = 0
 * - INVERT: 0 memory inout, every bit inverted
 * - COUNT: 0 value out, a = how often COUNT was called in this session
 * - PANIC: the application dies
 * - WAIT: 0 value in, a = milliseconds (at most 10,000) the application computes before it answers
 *
 * @group Conformance
 */
export const CONFORMANCE_COMMANDS = { VALUES: 1, COPY: 2, INVERT: 3, COUNT: 4, PANIC: 5, WAIT: 6 } as const;
