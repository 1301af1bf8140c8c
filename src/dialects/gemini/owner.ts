/** Whose the dialect is; also marks the signatures that only this provider can read. */
export const OWNER = 'google';

/** The API's name in messages to people. */
export const TITLE = 'Gemini';
