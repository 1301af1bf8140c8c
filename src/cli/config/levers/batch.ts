import { z } from 'zod';
import { type BatchSettings, type DayWindow, USUAL_BATCH } from '../../../core/batch.ts';
import { duration, size } from '../amounts.ts';
import type { Findings } from '../findings.ts';

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)$/;
const DAY_MS = 86_400_000;

/** The section `batch`, which stands at the top only. Every field may be left out. */
export const batchSection = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe(
        'Whether /v1/files and /v1/batches are there. On by default: they store what clients upload.',
      ),
    providers: z
      .boolean()
      .optional()
      .describe('Gives calls to providers that have a batch API, at their price for batches. On by default.'),
    windows: z
      .array(z.string().regex(WINDOW, 'must be two times of day such as "22:00-06:00"'))
      .max(20)
      .optional()
      .describe('When all other calls are made, such as "22:00-06:00". Left out, at once.'),
    timezone: z.string().min(1).optional().describe('IANA name of the zone of the windows. UTC by default.'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Calls of batches at once in one gateway process. 4 by default.'),
    attempts: z.number().int().min(1).max(100).optional().describe('Tries of one call. 5 by default.'),
    maxFile: size.optional().describe('Largest file that may be uploaded. 100MB by default.'),
    maxLines: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Calls of one batch. 50000 by default.'),
    maxStored: size.optional().describe('For all files of a key or team together. 1GB by default.'),
    retention: duration
      .refine((ms) => ms >= 3_600_000 && ms <= 366 * DAY_MS, 'must be between one hour and 366 days')
      .optional()
      .describe('How long files and answers are kept. 30d by default.'),
    poll: duration.optional().describe('First pause between looks at a provider’s batch. 10s by default.'),
    resendAfter: duration
      .optional()
      .describe(
        'How long a batch that was perhaps given to a provider is looked for there before it is given anew. 1m by default.',
      ),
    lease: duration
      .refine((ms) => ms >= 500, 'must be at least 500ms')
      .optional()
      .describe('How long a batch stays with a gateway that died. 15s by default. A change needs a restart.'),
    pollMax: duration.optional().describe('Longest pause between such looks. 5m by default.'),
  })
  .describe('Batches of calls that may take a day.');

export function buildBatch(
  entry: z.output<typeof batchSection> | undefined,
  { findings }: { readonly findings: Findings },
): BatchSettings {
  const given = entry ?? {};
  if (given.timezone !== undefined && !isTimezone(given.timezone))
    findings.error(
      ['batch', 'timezone'],
      `${JSON.stringify(given.timezone)} is no time zone`,
      'Use an IANA name such as "Europe/Berlin".',
    );
  const pollMs = Math.max(given.poll ?? USUAL_BATCH.pollMs, 1);
  return {
    enabled: given.enabled ?? USUAL_BATCH.enabled,
    providers: given.providers ?? USUAL_BATCH.providers,
    windows: (given.windows ?? []).map((window, index) => windowOf(window, index, findings)),
    timezone: given.timezone ?? USUAL_BATCH.timezone,
    concurrency: given.concurrency ?? USUAL_BATCH.concurrency,
    attempts: given.attempts ?? USUAL_BATCH.attempts,
    maxFileBytes: given.maxFile ?? USUAL_BATCH.maxFileBytes,
    maxLines: given.maxLines ?? USUAL_BATCH.maxLines,
    maxStoredBytes: given.maxStored ?? USUAL_BATCH.maxStoredBytes,
    retentionMs: given.retention ?? USUAL_BATCH.retentionMs,
    resendAfterMs: given.resendAfter ?? USUAL_BATCH.resendAfterMs,
    leaseMs: given.lease ?? USUAL_BATCH.leaseMs,
    pollMs,
    pollMaxMs: Math.max(given.pollMax ?? USUAL_BATCH.pollMaxMs, pollMs),
  };
}

function windowOf(text: string, index: number, findings: Findings): DayWindow {
  const [, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(text) ?? [];
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (from === to || to > 1440)
    findings.error(
      ['batch', 'windows', index],
      `${text} is no span of a day`,
      'Use two times such as "22:00-06:00".',
    );
  return { from, to };
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
