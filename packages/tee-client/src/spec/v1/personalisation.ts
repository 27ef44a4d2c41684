/**
 * Command by which personalisation data reach an application, in a session of login
 * {@link PERSONALISATION_LOGIN}: parameter 0 in, the data.
 *
 * @group Management
 */
export const PERSONALISE_COMMAND = 0xffff0001;

/**
 * Login of the security domain that personalises; no client can use it.
 *
 * @group Management
 */
export const PERSONALISATION_LOGIN = 0xf1000000;
