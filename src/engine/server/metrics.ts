import type { EngineReport } from './report.ts';

type Sample = readonly [name: string, kind: 'gauge' | 'counter', help: string, value: number];

/** The report in Prometheus' text format. */
export function metricsText(report: EngineReport): string {
  const own = report.instances.filter(({ self }) => self);
  const sum = (of: 'lent' | 'borrowed'): number => own.reduce((total, { blocks }) => total + blocks[of], 0);
  const samples: readonly Sample[] = [
    ['requests_running', 'gauge', 'Sequences in the batch.', report.running],
    [
      'requests_waiting',
      'gauge',
      'Sequences that wait for memory or for a place in the batch.',
      report.waiting,
    ],
    ['requests_finished_total', 'counter', 'Requests answered.', report.requests.finished],
    ['requests_failed_total', 'counter', 'Requests that failed or were refused.', report.requests.failed],
    ['requests_aborted_total', 'counter', 'Requests whose client left.', report.requests.aborted],
    ['preemptions_total', 'counter', 'Sequences put back to free memory.', report.preemptions],
    ['prefill_tokens_total', 'counter', 'Prompt tokens computed.', report.prefillTokens],
    ['decode_tokens_total', 'counter', 'Tokens generated.', report.decodeTokens],
    ['tokens_per_second', 'gauge', 'Tokens generated a second, lately.', report.tokensPerSecond],
    ['kv_tokens', 'gauge', 'Tokens whose KV is held.', report.tokensHeld],
    ['kv_blocks_total', 'gauge', 'rBlocks that may be used, borrowed ones included.', report.blocks.total],
    ['kv_blocks_free', 'gauge', 'rBlocks that hold nothing.', report.blocks.free],
    ['kv_blocks_cached', 'gauge', 'rBlocks kept for prompts to come.', report.blocks.cached],
    ['kv_blocks_lent', 'gauge', 'rBlocks lent to other instances.', sum('lent')],
    ['kv_blocks_borrowed', 'gauge', 'rBlocks borrowed from other instances.', sum('borrowed')],
    ['wire_sent_bytes_total', 'counter', 'Bytes sent to shards elsewhere.', report.wire.sentBytes],
    [
      'wire_received_bytes_total',
      'counter',
      'Bytes received from shards elsewhere.',
      report.wire.receivedBytes,
    ],
  ];
  return samples
    .map(([name, kind, help, value]) => {
      const full = `illm_engine_${name}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${full} ${value}\n`;
    })
    .join('');
}
