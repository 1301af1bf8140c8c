-- Questions and answers of well-rated calls, which models are shown as examples. They are copied from stored bodies, as
-- redacted, and go with their call. What a call's rating is now, its row in illm.feedback says. A vector is 32-bit
-- little-endian floats in base64.

create table illm.examples (
  call_id uuid primary key,
  started_at timestamptz(3) not null,
  -- A hash of whose calls may see it.
  tenant text not null,
  task text not null,
  requested_model text not null,
  format text not null,
  question text not null,
  answer text not null,
  vector text not null
);

create index examples_tenant on illm.examples (tenant);
create index examples_started_at on illm.examples (started_at);
