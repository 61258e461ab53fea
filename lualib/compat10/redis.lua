-- The old name of `skynet.db.redis`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.db.redis"
