-- The language that a user is spoken to in, as a tag (BCP 47); none: the one that their browser asks for.
ALTER TABLE users ADD COLUMN locale TEXT;
