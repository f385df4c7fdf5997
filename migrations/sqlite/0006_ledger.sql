-- A row is entered before its call is made (outcome `running`, with the estimate) and changed once, when the call has ended.
-- `call_id` says which one; `node` is the run of the server that makes it, so that the rows of a process that went away can
-- be closed. Both are NULL in rows of calls that were entered at their end only.
ALTER TABLE ledger ADD COLUMN call_id TEXT;
ALTER TABLE ledger ADD COLUMN node    TEXT;

CREATE UNIQUE INDEX ledger_by_call ON ledger (call_id);

-- Calls that have not ended: few, however long the ledger grows.
CREATE INDEX ledger_open ON ledger (node) WHERE outcome = 'running';
