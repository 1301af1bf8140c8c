import type { Decision } from '../../core/decision.ts';
import { ERROR_CODES } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { CallStatus } from '../../core/record.ts';
import { formatTarget } from '../../core/target.ts';
import type { Target } from '../../core/target.ts';
import { drawOne } from '../draw.ts';
import type { Draw } from '../draw.ts';
import type { Workload } from '../workloads.ts';

/** How one call went: which target answered after which tries, or why none did. */
export interface Outcome {
  readonly status: CallStatus;
  readonly httpStatus: number;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly target: Target;
  readonly attempts: number;
  readonly decisions: readonly Decision[];
  /** Milliseconds lost before the target that answered was asked. */
  readonly waitedMs: number;
}

const FAILURES: readonly (readonly [ErrorCode, string])[] = [
  ['rate_limited', 'The provider allows no more requests for now.'],
  ['upstream_error', 'The provider answered with status 529: overloaded.'],
  ['upstream_timeout', 'The provider sent nothing in time.'],
];

const USUAL_FAILURES = 0.025;
const ABORTS = 0.03;
const BAD_REQUESTS = 0.008;

/** Draws how a call goes. @param failures share of first targets that fail, where more than usual */
export function drawOutcome(workload: Workload, failures: number, draw: Draw): Outcome {
  const [first, second] = workload.targets;
  const why = workload.requestedModel.includes('/')
    ? 'the model was named'
    : `first target of ${workload.requestedModel}`;
  const chose = decision('route', 'chose', `${formatTarget(first)}: ${why}`, 0.05);
  const plain = { target: first, attempts: 1, decisions: [chose], waitedMs: 0 };
  if (draw() < BAD_REQUESTS) {
    return failed(
      { ...plain, attempts: 1 },
      'invalid_request',
      'The provider refused the request: prompt is too long.',
    );
  }
  if (draw() >= Math.max(failures, USUAL_FAILURES)) return { ...answered(workload, draw), ...plain };

  const [code, message] = drawOne(FAILURES, draw);
  const paused = Math.round(150 + draw() * 350);
  const retried = decision('retry', 'retried', `${code} at try 1; trying again after ${paused} ms`, 380);
  if (draw() < 0.55) {
    const decisions = [chose, retried];
    return { ...answered(workload, draw), target: first, attempts: 2, decisions, waitedMs: 380 + paused };
  }
  if (!second)
    return failed({ ...plain, attempts: 3, decisions: [chose, retried], waitedMs: 2100 }, code, message);
  const fell = decision(
    'route',
    'fell-back',
    `${formatTarget(first)} failed (${code}); trying ${formatTarget(second)}`,
    1900,
  );
  const decisions = [chose, retried, fell];
  return { ...answered(workload, draw), target: second, attempts: 4, decisions, waitedMs: 1900 };
}

type Went = Pick<Outcome, 'target' | 'attempts' | 'decisions' | 'waitedMs'>;

function answered({ operation }: Workload, draw: Draw): Omit<Outcome, keyof Went> {
  if (operation === 'generate' && draw() < ABORTS) {
    const { status } = ERROR_CODES.client_aborted;
    const errorMessage = 'The client closed the connection before the answer was complete.';
    return { status: 'aborted', httpStatus: status, errorCode: 'client_aborted', errorMessage };
  }
  return { status: 'ok', httpStatus: 200, errorCode: null, errorMessage: null };
}

function failed(went: Went, errorCode: ErrorCode, errorMessage: string): Outcome {
  return { ...went, status: 'error', httpStatus: ERROR_CODES[errorCode].status, errorCode, errorMessage };
}

function decision(stage: string, action: string, why: string, atMs: number): Decision {
  return { stage, action, why, atMs };
}
