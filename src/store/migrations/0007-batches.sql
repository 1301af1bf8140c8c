-- Files that clients uploaded, batches of calls made of them, and the state of each call.

create table illm.files (
  id text primary key,
  tenant text not null,
  filename text not null,
  purpose text not null,
  bytes bigint not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- Where an output file's lines are; an uploaded one has its own pieces.
  batch_id text,
  of_errors boolean
);
create index files_tenant on illm.files (tenant, created_at);
create index files_expiry on illm.files (expires_at);

create table illm.file_pieces (
  file_id text not null references illm.files (id) on delete cascade,
  position integer not null,
  text text not null,
  primary key (file_id, position)
);

create table illm.batches (
  id text primary key,
  tenant text not null,
  caller jsonb not null,
  endpoint text not null,
  input_file_id text not null,
  metadata jsonb,
  status text not null,
  problems jsonb not null default '[]',
  output_file_id text,
  error_file_id text,
  total integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  started_at timestamptz(3),
  cancelling_at timestamptz(3),
  ended_at timestamptz(3),
  keep_until timestamptz(3),
  -- Exactly one gateway runs a batch: who, and until when unless it renews. By the clock of the database.
  lease_owner text,
  lease_until timestamptz
);
create index batches_tenant on illm.batches (tenant, created_at desc);
create index batches_open on illm.batches (created_at) where ended_at is null;
create index batches_keep on illm.batches (keep_until) where keep_until is not null;

-- waiting → running → done: called by the gateway. waiting → submitted → done: in a batch of the provider's.
create table illm.batch_items (
  batch_id text not null references illm.batches (id) on delete cascade,
  line integer not null,
  custom_id text not null,
  model text not null,
  -- Emptied when the item is done.
  request text,
  state text not null,
  spooled boolean not null default false,
  submission text,
  attempt integer not null default 0,
  not_before timestamptz(3),
  started_at timestamptz(3),
  ok boolean,
  result text,
  primary key (batch_id, line)
);
create index batch_items_open on illm.batch_items (batch_id, line) where state <> 'done';
create index batch_items_submission on illm.batch_items (submission) where submission is not null;

create table illm.batch_submissions (
  id text primary key,
  batch_id text not null references illm.batches (id) on delete cascade,
  provider text not null,
  model text not null,
  state text not null,
  remote_id text,
  intended_at timestamptz(3) not null,
  polls integer not null default 0,
  poll_at timestamptz(3) not null
);
create index batch_submissions_batch on illm.batch_submissions (batch_id);
