-- Keys of tags ignore case on users and roles only: elsewhere key_fold is the key itself.
UPDATE tag SET key_fold = key WHERE substr(entity_id, 1, 4) NOT IN ('AIDA', 'AROA');
