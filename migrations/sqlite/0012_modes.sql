-- What a conversation is for: to talk ('chat'), or to work on files and run code ('code'). What stood here before had no effect.
UPDATE conversations SET mode = 'chat' WHERE mode NOT IN ('chat', 'code');
