import type { BatchStore } from '../../core/batch.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { ITEM, type ItemRow, itemOf, SUBMISSION, submissionOf, type SubmissionRow } from './rows.ts';

type Submissions = Pick<
  BatchStore,
  'intend' | 'submissions' | 'submissionItems' | 'sent' | 'polled' | 'closeSubmission' | 'remoteIds'
>;

/** Items that were given to providers, from before they are sent until all are done. */
export function createSubmissions(sql: Sql): Submissions {
  return {
    async intend({ id, batchId, provider, model, intendedAt, pollAt }) {
      const answers = await reached(
        sql.transaction([
          {
            text: `insert into illm.batch_submissions (id, batch_id, provider, model, state, intended_at, poll_at)
              values ($1, $2, $3, $4, 'intended', $5, $6)`,
            params: [id, batchId, provider, model, iso(intendedAt), iso(pollAt)],
          },
          {
            text: `update illm.batch_items set state = 'submitted', submission = $1, started_at = $4
              where batch_id = $2 and model = $3 and state = 'waiting' and not spooled returning line`,
            params: [id, batchId, model, iso(intendedAt)],
          },
        ]),
      );
      return answers[1]?.length ?? 0;
    },
    async submissions(id) {
      const rows = await reached(
        sql.query<SubmissionRow>(
          `select ${SUBMISSION} from illm.batch_submissions where batch_id = $1 order by id`,
          [id],
        ),
      );
      return rows.map(submissionOf);
    },
    async submissionItems(submission) {
      const rows = await reached(
        sql.query<ItemRow>(
          `select ${ITEM} from illm.batch_items where submission = $1 and state = 'submitted' order by line`,
          [submission],
        ),
      );
      return rows.map(itemOf);
    },
    async sent(submission, remoteId, pollAt) {
      await reached(
        sql.query(
          `update illm.batch_submissions set state = 'sent', remote_id = $2, poll_at = $3, polls = 0 where id = $1`,
          [submission, remoteId, iso(pollAt)],
        ),
      );
    },
    async polled(submission, pollAt) {
      await reached(
        sql.query('update illm.batch_submissions set polls = polls + 1, poll_at = $2 where id = $1', [
          submission,
          iso(pollAt),
        ]),
      );
    },
    async closeSubmission(submission) {
      await reached(sql.query('delete from illm.batch_submissions where id = $1', [submission]));
    },
    async remoteIds(provider) {
      const rows = await reached(
        sql.query<{ id: string }>(
          'select remote_id as id from illm.batch_submissions where provider = $1 and remote_id is not null',
          [provider],
        ),
      );
      return rows.map(({ id }) => id);
    },
  };
}
