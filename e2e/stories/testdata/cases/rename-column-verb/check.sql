SELECT id, z FROM t WHERE id = n AND id <= 600 AND z <> CONCAT('a', id) AND z <> 'x';
