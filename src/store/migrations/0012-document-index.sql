-- How large a document is and how long its vectors are, so that nobody counts passages to learn it; and whether all of
-- them stand in illm.passage_vectors_<dimensions>, a table of pgvector that exists only where the extension does. It is
-- made when a collection is large enough to need it, and never by a migration.

alter table illm.documents
  add column passages integer,
  add column dimensions integer,
  add column indexed boolean not null default false;

-- Four bytes a dimension, four characters for three bytes.
update illm.documents set
  passages = (select count(*) from illm.passages where document_id = documents.id),
  dimensions = coalesce((select length(vector) * 3 / 16 from illm.passages where document_id = documents.id limit 1), 0);

alter table illm.documents
  alter column passages set not null,
  alter column dimensions set not null;

create index documents_unindexed on illm.documents (collection) where not indexed;
