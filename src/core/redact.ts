const SECRETS =
  /\b(?:sk|pk|rk|gsk|xai)-[A-Za-z0-9_-]{8,}|\bAIza[A-Za-z0-9_-]{20,}|\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}|([?&]key=)[^&\s"']+/gi;

/** Replaces what looks like a provider key, virtual key or bearer token. For logs, stored errors and bodies. */
export function redactSecrets(text: string): string {
  return text.replace(SECRETS, (_match, key: string | undefined) => `${key ?? ''}[redacted]`);
}
