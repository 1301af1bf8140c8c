-- What people think of answers: one feedback a call, and sums that routing learns from.

create table illm.feedback (
  call_id uuid primary key,
  given_at timestamptz(3) not null,
  -- From 0 (bad) to 1 (good).
  score numeric(7, 6) not null check (score between 0 and 1),
  comment text,
  task text not null,
  requested_model text not null,
  provider text not null,
  model text not null,
  -- The virtual key that gave it; null for an administrator.
  key_id text
);

create index feedback_given_at on illm.feedback (given_at);

-- A hash of the four names is the key, since they may be too long for an index.
create table illm.feedback_sums (
  dims uuid primary key,
  requested_model text not null,
  provider text not null,
  model text not null,
  task text not null,
  ratings bigint not null,
  score_sum numeric(20, 6) not null
) with (fillfactor = 70);
