-- The old name of `skynet.queue`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.queue"
