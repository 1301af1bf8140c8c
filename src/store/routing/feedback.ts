import type { FeedbackStore, Ratings } from '../../core/feedback.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

/** Two feedbacks on one call, one after the other: each must see what the one before left. */
const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 5))';

const PUT = `
with old as (
  select requested_model, provider, model, task, score from illm.feedback where call_id = $1
), put as (
  insert into illm.feedback (call_id, given_at, score, comment, task, requested_model, provider, model, key_id)
  values ($1, $2, $3::text::numeric, $4, $5, $6, $7, $8, $9)
  on conflict (call_id) do update set given_at = excluded.given_at, score = excluded.score,
    comment = excluded.comment, task = excluded.task, key_id = excluded.key_id
  returning requested_model, provider, model, task, score
), change as (
  select requested_model, provider, model, task, 1 as ratings, score from put
  union all
  select requested_model, provider, model, task, -1, -score from old
), summed as (
  insert into illm.feedback_sums as kept (dims, requested_model, provider, model, task, ratings, score_sum)
  select md5(json_build_array(requested_model, provider, model, task)::text)::uuid,
    requested_model, provider, model, task, sum(ratings), sum(score)
  from change group by requested_model, provider, model, task
  order by 1
  on conflict (dims) do update set
    ratings = kept.ratings + excluded.ratings, score_sum = kept.score_sum + excluded.score_sum
)
select task, score from old`;

interface SumRow {
  readonly requestedModel: string;
  readonly provider: string;
  readonly model: string;
  readonly task: string;
  readonly ratings: number;
  readonly scoreSum: string;
}

/** More groups than this are not read: the ones with the fewest ratings are left out. */
const MOST_SUMS = 50_000;

export function createFeedback(sql: Sql): FeedbackStore {
  return {
    async put({ callId, at, score, comment, task, requestedModel, target, keyId }) {
      const { provider, model } = target;
      const params = [
        callId,
        iso(at),
        score.toFixed(6),
        comment,
        task,
        requestedModel,
        provider,
        model,
        keyId,
      ];
      const [, rows] = await reached(
        sql.transaction([
          { text: LOCK, params: [callId] },
          { text: PUT, params },
        ]),
      );
      const [old] = rows as { task: string; score: string }[];
      return old ? { task: old.task, score: Number(old.score) } : null;
    },
    async sums() {
      const rows = await reached(
        sql.query<SumRow>(
          `select requested_model as "requestedModel", provider, model, task, ratings, score_sum as "scoreSum"
           from illm.feedback_sums where ratings > 0 order by ratings desc limit ${MOST_SUMS}`,
        ),
      );
      return rows.map(
        ({ requestedModel, provider, model, task, ratings, scoreSum }): Ratings => ({
          requestedModel,
          target: { provider, model },
          task,
          count: ratings,
          scoreSum: Number(scoreSum),
        }),
      );
    },
  };
}
